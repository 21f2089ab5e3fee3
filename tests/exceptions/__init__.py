"""Exceptions: kept, reviewed, renewed, closed, ended."""

"""Exceptions: what no policy covers is kept with its owner, its justification, its review and its end."""

"""Policies that an approval leaves behind or calls for: promote, create, take back."""

"""Years of a whole installation, held against a slow and obvious second implementation."""

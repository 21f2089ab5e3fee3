"""Years of a whole installation, held against a slow and obvious second implementation."""

MORE = "GATEHOUSE_YEARS"
"""The environment variable that says how many more years are played than a change's tests have time for."""

"""Fuzzing guided by coverage, for as long as somebody likes: `make fuzz`. Atheris is no dependency of the tests."""

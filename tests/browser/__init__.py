"""Tests that click as a person does, in Chromium. `make test-browser` runs them; `make test` leaves them out."""

"""Measurements against baselines, side by side in one run: `make bench`. Never asserted, only printed."""

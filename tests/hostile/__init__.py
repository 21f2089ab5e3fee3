"""Hostile input: whatever is sent, typed or written is read, or refused in words; no forged press gets past."""

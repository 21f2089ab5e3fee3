"""Maintenance modes of a computer: started on purpose, bounded, counted down, ended, and never a shortcut."""

"""The calendars that rotas come from: fetched over HTTPS, and read in a process of its own.

Nothing is imported here: that process needs no HTTP client, which is a quarter of what it would load.
"""

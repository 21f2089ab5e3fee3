"""A recorded shift of twelve hours, replayed on the real application: what it costs the people who answer it."""

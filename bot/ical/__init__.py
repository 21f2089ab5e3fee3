"""The calendars that rotas come from: fetched over HTTPS, and read in a process of its own."""

from bot.ical.fetching import AddressTrouble, CalendarAddress

__all__ = ["AddressTrouble", "CalendarAddress"]

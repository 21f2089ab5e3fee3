"""`gatehouse init` and `access import`: an installation's files, and people for them, from Slack and the portal."""

from bot.installing.answers import Answers, CannotInstall, Talk, at_the_terminal
from bot.installing.beginning import begin
from bot.installing.people import Sources, draft

__all__ = ["Answers", "CannotInstall", "Sources", "Talk", "at_the_terminal", "begin", "draft"]

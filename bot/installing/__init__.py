"""`gatehouse init`: an installation's three files, from what Slack and the portal say themselves."""

from bot.installing.answers import Answers, CannotInstall, Talk, at_the_terminal
from bot.installing.beginning import begin

__all__ = ["Answers", "CannotInstall", "Talk", "at_the_terminal", "begin"]

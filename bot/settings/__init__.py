"""Settings: the environment and one file, read once, frozen. Nothing else in Gatehouse reads either."""

from bot.models import EscalationSection
from bot.models.rules import (
    AccessSection,
    BacklogSection,
    DecisionsSection,
    MaintenanceSection,
    RepeatsSection,
    RetentionSection,
    SecondApproval,
    SlaPlan,
)
from bot.settings.environment import Given, given_by_environment
from bot.settings.errors import SettingsError
from bot.settings.load import SettingsFile, files_read, load
from bot.settings.model import Settings
from bot.settings.sections import (
    Channels,
    HealthSection,
    LedgerSection,
    LogSection,
    PortalSection,
    Route,
    RoutingSection,
    SlackSection,
)

__all__ = [
    "AccessSection",
    "BacklogSection",
    "Channels",
    "DecisionsSection",
    "EscalationSection",
    "Given",
    "HealthSection",
    "LedgerSection",
    "LogSection",
    "MaintenanceSection",
    "PortalSection",
    "RepeatsSection",
    "RetentionSection",
    "Route",
    "RoutingSection",
    "SecondApproval",
    "Settings",
    "SettingsError",
    "SettingsFile",
    "SlaPlan",
    "SlackSection",
    "files_read",
    "given_by_environment",
    "load",
]

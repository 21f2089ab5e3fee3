"""Settings: the environment and one file, read once, frozen. Nothing else in Gatehouse reads either."""

from bot.settings.errors import SettingsError
from bot.settings.load import load
from bot.settings.model import Settings
from bot.settings.sections import (
    AccessSection,
    BacklogSection,
    Channels,
    DecisionsSection,
    EscalationSection,
    HealthSection,
    LedgerSection,
    LogSection,
    MaintenanceSection,
    PortalSection,
    RepeatsSection,
    RetentionSection,
    Route,
    RoutingSection,
    SecondApprovalSection,
    SlackSection,
    SlaSection,
)

__all__ = [
    "AccessSection",
    "BacklogSection",
    "Channels",
    "DecisionsSection",
    "EscalationSection",
    "HealthSection",
    "LedgerSection",
    "LogSection",
    "MaintenanceSection",
    "PortalSection",
    "RepeatsSection",
    "RetentionSection",
    "Route",
    "RoutingSection",
    "SecondApprovalSection",
    "Settings",
    "SettingsError",
    "SlaSection",
    "SlackSection",
    "load",
]

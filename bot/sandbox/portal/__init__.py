"""A stand-in for the ThreatLocker portal API that any client written for the real one must work against.

It enforces the documented rules and their traps, keeps a believable managed-service provider in memory, and
misbehaves on command. It knows nothing of the program that is tested with it.
"""

from bot.sandbox.portal.arrivals import Choices
from bot.sandbox.portal.faults import Fault, FaultKind
from bot.sandbox.portal.run import run_portal
from bot.sandbox.portal.sandbox import PortalSandbox

__all__ = ["Choices", "Fault", "FaultKind", "PortalSandbox", "run_portal"]

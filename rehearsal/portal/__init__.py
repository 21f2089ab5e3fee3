"""A stand-in for the ThreatLocker portal API that any client written for the real one must work against.

It enforces the documented rules and their traps, keeps a believable managed-service provider in memory, and
misbehaves on command. It knows nothing of the program that is tested with it.
"""

from rehearsal.portal.arrivals import Choices
from rehearsal.portal.faults import Fault, FaultKind
from rehearsal.portal.run import run_portal
from rehearsal.portal.sandbox import PortalSandbox

__all__ = ["Choices", "Fault", "FaultKind", "PortalSandbox", "run_portal"]

"""What witnesses the record from outside of the ledger: a folder beside it, a second place far from it for its seals,
and a collector for every event.

WitnessFault
├── FolderFault     a file in the folder cannot be used; the sentence says how to mend it
│   └── NoFolder    there is no folder that can be written to
├── NotDelivered    the other side takes nothing now; the same comes again
└── NotTaken        the collector does not take these very events; no repetition mends it
"""

from bot.witness.collector import Auth, Collector, HttpCollector, Line, SyslogCollector
from bot.witness.folder import FolderFault, NoFolder, NotDelivered, NotTaken, WitnessFault, WitnessFolder
from bot.witness.second_place import SecondPlace
from bot.witness.syslog import SyslogPlace, reach

__all__ = [
    "Auth",
    "Collector",
    "FolderFault",
    "HttpCollector",
    "Line",
    "NoFolder",
    "NotDelivered",
    "NotTaken",
    "SecondPlace",
    "SyslogCollector",
    "SyslogPlace",
    "WitnessFault",
    "WitnessFolder",
    "reach",
]

"""What witnesses the record from outside of the ledger: a folder beside it, and a second place far from it.

WitnessFault
├── FolderFault     a file in the folder cannot be used; the sentence says how to mend it
│   └── NoFolder    there is no folder that can be written to
└── NotDelivered    the second place did not take the seals; they are delivered again
"""

from bot.witness.folder import FolderFault, NoFolder, NotDelivered, WitnessFault, WitnessFolder
from bot.witness.second_place import SecondPlace
from bot.witness.syslog import SyslogPlace

__all__ = [
    "FolderFault",
    "NoFolder",
    "NotDelivered",
    "SecondPlace",
    "SyslogPlace",
    "WitnessFault",
    "WitnessFolder",
]

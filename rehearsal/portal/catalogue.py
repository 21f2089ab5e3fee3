"""The software that people of the stand-in world run into: products, versions, signers and their files.

Vendors are invented; script hosts, remote tools and an attack tool carry their real file names, because
those names are what defenders look for. Hashes are derived from product and version, so that the same
version is the same file everywhere.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from rehearsal.portal.records import MACOS, WINDOWS, Certificate, FileFacts, FileRule, Research

_EXPLORER: Final = "C:\\Windows\\explorer.exe"
_BROWSER: Final = "C:\\Program Files\\Larkspur Browser\\larkspur.exe"
_FINDER: Final = "/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder"


@dataclass(frozen=True)
class Product:
    """One piece of software; `{user}` and `{version}` in the path are filled in per file."""

    key: str
    name: str
    path: str
    versions: tuple[str, ...]
    signer: str | None = None
    os_type: int = WINDOWS
    is_built_in: bool = False
    is_known_bad: bool = False
    concern_rating: int = 1
    category: str = "Business"
    country: str = "Norway"
    action_types: tuple[str, ...] = ("execute",)
    process_path: str = _EXPLORER
    size_bytes: int = 4_821_504
    reasons: tuple[str, ...] = ("I need this for my work",)


def _subject(company: str, country: str) -> str:
    return f"CN={company}, O={company}, C={country}"


PRODUCTS: Final[tuple[Product, ...]] = (
    Product(
        "tideplan",
        "TidePlan",
        "C:\\Users\\{user}\\Downloads\\tideplan-{version}-setup.exe",
        ("4.1", "4.2", "5.0"),
        _subject("Fjordlight Software AS", "NO"),
        action_types=("execute", "install"),
        reasons=("Need the tide planner for the Tuesday survey", "New version came out, old one expired"),
    ),
    Product(
        "ledgerleaf",
        "LedgerLeaf Accounting",
        "C:\\Program Files\\LedgerLeaf\\ledgerleaf-{version}.exe",
        ("11.0", "11.3", "12.0"),
        _subject("Ledgerleaf Ltd", "GB"),
        is_built_in=True,
        country="United Kingdom",
        action_types=("execute", "elevate"),
        size_bytes=38_220_800,
        reasons=("Month end closing, please hurry", "The updater asks for an administrator"),
    ),
    Product(
        "clearcall",
        "ClearCall Meetings",
        "C:\\Users\\{user}\\AppData\\Local\\ClearCall\\app-{version}\\clearcall.exe",
        ("6.8", "6.9", "7.0"),
        _subject("Clearcall Inc.", "US"),
        is_built_in=True,
        category="Communication",
        country="United States",
        action_types=("execute", "install"),
        size_bytes=91_002_880,
        reasons=("Customer meeting in ten minutes", "It updated itself and now it does not start"),
    ),
    Product(
        "draftwright",
        "Draftwright CAD",
        "C:\\Program Files\\Draftwright\\{version}\\draftwright.exe",
        ("2025.1", "2025.2", "2026.0"),
        _subject("Draftwright GmbH", "DE"),
        country="Germany",
        action_types=("execute", "install", "elevate"),
        size_bytes=120_400_128,
        reasons=("Drawing for the harbour job", "Plug-in needs admin rights once"),
    ),
    Product(
        "labelpress",
        "LabelPress Driver",
        "C:\\Drivers\\LabelPress\\setup-{version}.exe",
        ("3.0", "3.1"),
        _subject("Labelpress Oy", "FI"),
        category="Drivers",
        country="Finland",
        action_types=("elevate", "install"),
        reasons=("Label printer at the dock stopped working",),
    ),
    Product(
        "quickfix",
        "quickfix",
        "C:\\Users\\{user}\\Downloads\\quickfix-{version}.exe",
        ("1", "2"),
        category="Unknown",
        concern_rating=3,
        process_path=_BROWSER,
        size_bytes=733_184,
        reasons=("A colleague sent me this", "asdf"),
    ),
    Product(
        "tmpsetup",
        "tmpsetup",
        "C:\\Users\\{user}\\AppData\\Local\\Temp\\is-{version}.tmp\\setup.tmp",
        ("7K2QD", "9XH1B"),
        category="Unknown",
        concern_rating=3,
        size_bytes=1_204_224,
        reasons=("", "installer does not finish"),
    ),
    Product(
        "powershell",
        "PowerShell",
        "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
        ("10.0",),
        "CN=Microsoft Windows, O=Microsoft Corporation, C=US",
        is_built_in=True,
        category="Operating system",
        country="United States",
        process_path="C:\\Program Files\\LedgerLeaf\\ledgerleaf-11.3.exe",
        size_bytes=450_560,
        reasons=("some blue window pops up",),
    ),
    Product(
        "mshta",
        "HTML Application Host",
        "C:\\Windows\\System32\\mshta.exe",
        ("11.0",),
        "CN=Microsoft Windows, O=Microsoft Corporation, C=US",
        category="Operating system",
        country="United States",
        process_path="C:\\Program Files\\Larkspur Mail\\larkspurmail.exe",
        size_bytes=14_848,
        reasons=("invoice does not open",),
    ),
    Product(
        "anydesk",
        "AnyDesk",
        "C:\\Users\\{user}\\Downloads\\AnyDesk.exe",
        ("8.0", "8.1"),
        "CN=AnyDesk Software GmbH, O=AnyDesk Software GmbH, C=DE",
        concern_rating=4,
        category="Remote access",
        country="Germany",
        action_types=("execute", "elevate"),
        process_path=_BROWSER,
        size_bytes=5_330_944,
        reasons=("the man from support asked me to", "remote help"),
    ),
    Product(
        "mimikatz",
        "Mimikatz",
        "C:\\Users\\{user}\\Downloads\\tools\\mimikatz.exe",
        ("2.2",),
        is_built_in=True,
        is_known_bad=True,
        concern_rating=5,
        category="Hacking tools",
        country="France",
        process_path="C:\\Windows\\System32\\cmd.exe",
        size_bytes=1_355_264,
        reasons=("test",),
    ),
    Product(
        "sketchport",
        "Sketchport",
        "/Users/{user}/Downloads/Sketchport-{version}.app/Contents/MacOS/Sketchport",
        ("9.4", "9.5"),
        "Developer ID Application: Sketchport BV (4TR7Q2M9XK)",
        MACOS,
        category="Design",
        country="Netherlands",
        action_types=("execute", "install", "elevate"),
        process_path=_FINDER,
        size_bytes=64_118_784,
        reasons=("Design review this afternoon",),
    ),
    Product(
        "notekeeper",
        "Notekeeper for Mac",
        "/Applications/Notekeeper.app/Contents/MacOS/Notekeeper-{version}",
        ("3.2", "3.3"),
        "Developer ID Application: Notekeeper Labs (92LMQ4XT7A)",
        MACOS,
        is_built_in=True,
        category="Productivity",
        country="Canada",
        process_path=_FINDER,
        size_bytes=22_019_072,
        reasons=("My notes are in there",),
    ),
)

BY_KEY: Final = {product.key: product for product in PRODUCTS}


def file_hash(seed_text: str) -> str:
    """The portal's own kind of hash (32 upper-case hex digits), derived from what the file is."""
    return hashlib.sha256(f"hash {seed_text}".encode()).hexdigest()[:32].upper()


def file_sha256(seed_text: str) -> str:
    """A SHA-256 to go with `file_hash`."""
    return hashlib.sha256(f"content {seed_text}".encode()).hexdigest()


def certificates_of(subject: str | None, *, is_valid: bool = True) -> tuple[Certificate, ...]:
    """The signature with this subject, none for an unsigned file."""
    if not subject:
        return ()
    return (Certificate(hashlib.sha256(subject.encode()).hexdigest()[:40].upper(), subject, is_valid),)


def file_of(product: Product, version: str, user: str) -> FileFacts:
    """One version's file in one person's place."""
    identity = f"{product.key} {version}"
    return FileFacts(
        full_path=product.path.format(user=user, version=version),
        process_path=product.process_path,
        hash=file_hash(identity),
        sha256=file_sha256(identity),
        size_bytes=product.size_bytes,
        certificates=certificates_of(product.signer),
        created_by=(_BROWSER,) if "Downloads" in product.path and product.os_type == WINDOWS else (),
        is_known_bad=product.is_known_bad,
    )


def rules_of(product: Product) -> tuple[FileRule, ...]:
    """What a built-in knows of a product: every version but the newest, which nobody has reviewed yet."""
    known = product.versions[:-1] or product.versions
    return tuple(FileRule(hash=file_hash(f"{product.key} {version}")) for version in known)


def research_of(product: Product) -> Research:
    """The vendor's research page on a product."""
    return Research(
        product.name,
        f"{product.name}, versions {', '.join(product.versions)}.",
        product.concern_rating,
        6 - product.concern_rating,
        (product.category,),
        (product.country,),
    )

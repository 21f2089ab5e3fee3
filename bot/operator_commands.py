"""The commands of whoever operates Gatehouse: `init`, the files that come with it, `audit ...` for the record,
`report`, `backup`, `restore`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot import packaged
from bot.terminal import complain, played

if TYPE_CHECKING:
    from bot.audit import KnownSeal
    from bot.settings import Settings

Parser = argparse.ArgumentParser


def add(commands: argparse._SubParsersAction[Parser], with_config: Callable[[Parser], Parser]) -> None:
    """Add them to the command line."""
    _add_init(commands)
    _add_files(commands)
    audit = commands.add_parser("audit", help="the record: export it, verify an export, the key of its seals")
    what = audit.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_export(what, with_config)
    _add_verify(what)
    key = what.add_parser(
        "key", help="print the public key of the seals, for the auditor; made if there is none"
    )
    key.add_argument(
        "--new",
        action="store_true",
        help="take a new key; what the old one signed still verifies with its public half",
    )
    with_config(key).set_defaults(run=_key)
    _add_report(commands)
    _add_plan(commands, with_config)
    backup = commands.add_parser(
        "backup", help="copy the ledger to a file, while Gatehouse runs or not, and verify it"
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="the file to write; it must not exist")
    with_config(backup).set_defaults(run=_backup)
    restored = commands.add_parser(
        "restore", help="make the data folder of a backup; the folder must be empty"
    )
    restored.add_argument("file", type=Path, metavar="FILE", help="a backup")
    with_config(restored).set_defaults(run=_restore)


def _add_init(commands: argparse._SubParsersAction[Parser]) -> None:
    init = commands.add_parser(
        "init",
        help="make gatehouse.toml, access.toml and .env by asking you, Slack and the portal",
        description="Makes gatehouse.toml, access.toml and .env (readable by you alone). Tokens come from the "
        "environment (SLACK_BOT_TOKEN, SLACK_APP_TOKEN, PORTAL_TOKEN) or are asked for; they are no flags, since other "
        "people on this machine see a command line. Whatever is not given is asked for at the terminal.",
    )
    texts = {
        "portal": ("the portal's instance: its letter, or the API's address (also PORTAL_URL)", "INSTANCE"),
        "cards": ("the channel for the cards, by name or id", "CHANNEL"),
        "escalations": ("the channel for what is late or unusual", "CHANNEL"),
        "audit": ("the channel for the record and alerts", "CHANNEL"),
        "approvers": ("the approvers' user group in Slack, by handle", "GROUP"),
        "team": ("the escalation team's user group in Slack, by handle", "GROUP"),
        "administrator": ("who administers Gatehouse: e-mail address in Slack, or member id", "PERSON"),
        "account": ("their account on their own computer, as the portal's requests name it", "ACCOUNT"),
        "zone": ("the time zone of the team's hours (default: the administrator's)", "ZONE"),
    }
    for name, (text, metavar) in texts.items():
        init.add_argument(f"--{name}", help=text, metavar=metavar)
    init.add_argument(
        "--mode", choices=("socket", "http"), default="socket", help="how Slack reaches us (default: socket)"
    )
    init.add_argument(
        "--folder", type=Path, default=Path(), metavar="FOLDER", help="where to (default: here)"
    )
    init.add_argument(
        "--replace", action="store_true", help="where a file is there already: keep it as NAME.before"
    )
    init.set_defaults(run=_init)


def _add_files(commands: argparse._SubParsersAction[Parser]) -> None:
    manifest = commands.add_parser("manifest", help="print the manifest to make the Slack app from")
    manifest.set_defaults(run=_manifest)
    example = commands.add_parser("example", help="print a file to copy and change")
    example.add_argument(
        "file", choices=tuple(packaged.EXAMPLES), metavar="FILE", help=", ".join(packaged.EXAMPLES)
    )
    example.set_defaults(run=_example)
    docs = commands.add_parser("docs", help="print a page of the documentation; without a page, their names")
    docs.add_argument("page", nargs="?", metavar="PAGE", help="a page's name, such as operations")
    docs.set_defaults(run=_docs)


def _add_plan(commands: argparse._SubParsersAction[Parser], with_config: Callable[[Parser], Parser]) -> None:
    plans = commands.add_parser("plan", help="what happens to a request while nobody decides it, and why")
    what = plans.add_subparsers(title="commands", metavar="COMMAND", required=True)
    explain = what.add_parser(
        "explain",
        help="the time line of a request that nobody made",
        description="By the files alone: kind, time (in the organization's zone), organization, usual or unusual, and "
        "“by” an account; with commas, and in any order. What is left out is an application request of now, of any "
        "organization, usual. Organizations above the named one are the portal's to tell, and are left out.",
    )
    explain.add_argument(
        "request", nargs="*", metavar="REQUEST", help="such as: elevation, Saturday 23:00, Contoso"
    )
    with_config(explain).set_defaults(run=_explain)


def _add_report(commands: argparse._SubParsersAction[Parser]) -> None:
    report = commands.add_parser(
        "report",
        help="how long requests waited, from an export of the record",
        description="The figures of `/gatehouse sla`, recomputed from an export that verifies. Needs no server.",
    )
    report.add_argument("file", type=Path, metavar="FILE", help="an export (`gatehouse audit export`)")
    report.add_argument("--since", type=_day, metavar="DAY", help="asked from this day on (YYYY-MM-DD, UTC)")
    report.add_argument("--until", type=_day, metavar="DAY", help="asked before this day (YYYY-MM-DD, UTC)")
    report.add_argument("--organization", default="", metavar="ID", help="one organization only")
    report.add_argument("--csv", action="store_true", help="one line a request instead of the summary")
    report.set_defaults(run=_report)


def _add_export(what: argparse._SubParsersAction[Parser], with_config: Callable[[Parser], Parser]) -> None:
    export = what.add_parser(
        "export",
        help="write the record, or a part of it, to a file",
        description="JSON Lines verify by themselves; a table (CSV) is for a spreadsheet, OCSF for a SIEM. An export "
        "that was interrupted goes on with --resume.",
    )
    export.add_argument("file", type=Path, metavar="FILE", help="the file to write; it must not exist")
    export.add_argument(
        "--format",
        choices=("jsonl", "csv", "ocsf"),
        default="jsonl",
        help="how it is written (default: jsonl)",
    )
    since = "events from this time on (2026-11-29, or 2026-11-29T13:30, UTC)"
    export.add_argument("--since", type=_moment, metavar="TIME", help=since)
    export.add_argument("--until", type=_moment, metavar="TIME", help="events before this time")
    export.add_argument("--organization", default="", metavar="ID", help="events of one organization only")
    export.add_argument(
        "--after",
        type=_cursor,
        default=(0, ""),
        metavar="N=LINK",
        help="events that follow this one, as the export before said at its end",
    )
    export.add_argument("--resume", action="store_true", help="go on with an export that was interrupted")
    with_config(export).set_defaults(run=_export)


def _add_verify(what: argparse._SubParsersAction[Parser]) -> None:
    verify = what.add_parser(
        "verify",
        help="verify an export; needs no server",
        description="Recompute an export. By itself it proves that the export fits together; with seals from the "
        "audit channel or the second place, or with the public key, that it is the record that was kept.",
    )
    verify.add_argument(
        "file", type=Path, nargs="+", metavar="FILE", help="an export; several are parts, in order"
    )
    verify.add_argument(
        "--from",
        type=_event_number,
        default=1,
        dest="begins_at",
        metavar="N",
        help="the event that the export begins with, where it is one of a part (default: 1)",
    )
    _add_seals(verify)
    verify.add_argument(
        "--whole",
        type=Path,
        metavar="FILE",
        help="a whole export that a part, a table or an OCSF file is to be held against",
    )
    verify.set_defaults(run=_verify)


def _add_seals(verify: Parser) -> None:
    """What stands outside the export, and says that it is the record that was kept."""
    verify.add_argument(
        "--seal",
        type=_seal,
        action="append",
        default=[],
        metavar="N=DIGEST",
        help="a seal as the audit channel says it; it must stand in the export (repeatable)",
    )
    verify.add_argument(
        "--seals",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="the same from a file: N=DIGEST lines, or what the second place received (repeatable)",
    )
    verify.add_argument(
        "--public-key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a public key of the seals; the export must be signed by it (repeatable)",
    )


def _init(chosen: argparse.Namespace) -> int:
    from bot.installing import Answers, CannotInstall, at_the_terminal, begin

    given = {name: value for name, value in vars(chosen).items() if name in Answers.__dataclass_fields__}
    try:
        return played(begin(Answers(**given), at_the_terminal()))
    except CannotInstall as error:
        return complain(error.problems, keep="\n")
    except EOFError:
        return complain(["The answers ended before the questions, and nothing was written."])


def _manifest(_chosen: argparse.Namespace) -> int:
    sys.stdout.write(packaged.text_of(packaged.MANIFEST))
    return 0


def _example(chosen: argparse.Namespace) -> int:
    sys.stdout.write(packaged.text_of(packaged.EXAMPLES[chosen.file]))
    return 0


def _docs(chosen: argparse.Namespace) -> int:

    names = "\n".join(packaged.pages())
    if chosen.page is None:
        sys.stdout.write(f"{names}\n")
        return 0
    text = packaged.page(chosen.page)
    if text is None:
        return complain([f"There is no page {chosen.page!r}. There are:\n{names}"], keep="\n")
    sys.stdout.write(text)
    return 0


def _export(chosen: argparse.Namespace) -> int:
    from bot.audit import Asked
    from bot.checkup.exporting import Order, export

    number, link = chosen.after
    asked = Asked(_ms(chosen.since), _ms(chosen.until), chosen.organization, number)
    order: Order | None = Order(chosen.format, asked, link)
    if chosen.resume:
        if order != Order():
            return complain(
                ["--resume goes on with what was asked for at the beginning. Leave the other choices out."]
            )
        order = None
    return _with_settings(chosen, lambda settings: played(export(settings, chosen.file, order)))


def _ms(at: datetime | None) -> int:
    return int(at.timestamp() * 1000) if at is not None else 0


def _with_settings(
    chosen: argparse.Namespace, work: Callable[[Settings], int], *, files_only: bool = False
) -> int:
    from bot.settings import SettingsError, load

    try:
        settings = load(chosen.config, files_only=files_only)
    except SettingsError as error:
        return complain(error.problems, keep="\n")
    return work(settings)


def _verify(chosen: argparse.Namespace) -> int:
    from bot.checkup.parts import part_format, verify_part
    from bot.checkup.verifying import Brought, Unreadable, verify

    file, *following = chosen.file
    brought = Brought(
        chosen.seal, chosen.seals, chosen.public_key, chosen.begins_at, tuple(following), chosen.whole
    )
    try:
        kind = part_format(file)
        if kind is not None:
            return verify_part(file, kind, brought)
    except Unreadable as error:
        return complain([str(error)])
    if brought.whole is not None:
        return complain([f"{file} verifies by itself: it holds every event. Leave --whole out."])
    return verify(file, brought)


def _key(chosen: argparse.Namespace) -> int:
    from bot.checkup.record import print_key

    return _with_settings(chosen, lambda settings: print_key(settings, renew=chosen.new), files_only=True)


def _report(chosen: argparse.Namespace) -> int:
    from bot.checkup.reporting import Asked, print_report

    return print_report(chosen.file, Asked(chosen.since, chosen.until, chosen.organization, chosen.csv))


def _backup(chosen: argparse.Namespace) -> int:
    from bot.checkup.keeping import make_backup

    return _with_settings(
        chosen, lambda settings: played(make_backup(settings, chosen.file)), files_only=True
    )


def _restore(chosen: argparse.Namespace) -> int:
    from bot.checkup.keeping import use_backup

    return _with_settings(chosen, lambda settings: played(use_backup(settings, chosen.file)), files_only=True)


def _seal(text: str) -> KnownSeal:
    from bot.audit import typed_seal

    try:
        return typed_seal(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _explain(chosen: argparse.Namespace) -> int:
    from bot.checkup.access_file import access_file_report
    from bot.rules.timeline import NotARequest, explained
    from bot.settings import SettingsError, load

    try:
        settings = load(chosen.config, files_only=True)
        access = access_file_report(settings.access.file).access
        names = access.organization_ids if access is not None else {}
        lines = explained(" ".join(chosen.request), settings.rules(), names, datetime.now(UTC))
    except SettingsError as error:
        return complain(error.problems)
    except NotARequest as error:
        return complain([str(error)])
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2026-11-29") from None


def _moment(text: str) -> datetime:
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"):
        with suppress(ValueError):
            return datetime.strptime(text.removesuffix("Z"), form).replace(tzinfo=UTC)
    raise argparse.ArgumentTypeError(f"{text!r} is no time; write it as 2026-11-29 or 2026-11-29T13:30 (UTC)")


def _cursor(text: str) -> tuple[int, str]:
    number, _, link = text.partition("=")
    if re.fullmatch(r"[1-9][0-9]{0,14}", number) and re.fullmatch(r"[0-9a-fA-F]{40}", link):
        return int(number), link.lower()
    raise argparse.ArgumentTypeError(
        f"{text!r} is no place in a record; write N=LINK as the export before said it at its end"
    )


def _event_number(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) >= 1:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of an event; the first is 1")

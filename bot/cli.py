"""The command `gatehouse`.

Exit status: 0 all is well (or the bot stopped as told); 1 a fault was found or the work failed, with sentences on
standard error; 2 the command line itself is wrong; 130 interrupted, 143 told to stop (SIGTERM) while at work. Heavy
imports wait inside the functions, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from bot import operator_commands

if TYPE_CHECKING:
    from bot.checkup.permissions import Wanted
    from bot.checkup.trees import AccessSource

OK, FAULT, INTERRUPTED, TOLD_TO_STOP = 0, 1, 130, 143


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    chosen = _parser().parse_args(arguments)
    return guarded(chosen.run, chosen)


def guarded(work: Callable[[argparse.Namespace], int], chosen: argparse.Namespace) -> int:
    """Do it; whatever goes wrong is an exit status and a sentence, never a traceback."""
    try:
        with _stoppable():
            status = work(chosen)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as told:
        return told.code if isinstance(told.code, int) else FAULT
    except BrokenPipeError:
        # Whoever reads (`| head`) has seen enough; what Python still holds goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:  # noqa: BLE001 - the last boundary: nobody is helped by a traceback without a sentence
        return complain([_unexpected(error)])
    return status


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM ends what is at work as Ctrl-C does: by the way out, so that a server that was begun is ended too.

    As the first process of a container nobody else would end it: there the signal does nothing by itself.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _told_to_stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _told_to_stop(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(TOLD_TO_STOP)


def _unexpected(error: Exception) -> str:
    """What nobody thought of, in one sentence with its place."""
    what = f"{type(error).__name__}: {error}"
    if isinstance(error, ImportError):
        return f"This installation of Gatehouse is not whole ({what}). Install it again."
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"Gatehouse met a fault of its own: {what} ({Path(place.filename).name}, line {place.lineno}). "
        "Nothing was decided. If it comes again, report this line."
    )


def complain(sentences: Sequence[str]) -> int:
    """Print faults to standard error, one line each; answers the exit status for them."""
    from bot.logs import printable

    for sentence in sentences:
        print(printable(sentence, keep="\n"), file=sys.stderr)
    return FAULT


def _run(chosen: argparse.Namespace) -> int:
    from bot import logs
    from bot.settings import SettingsError, load

    try:
        settings = load(chosen.config)
    except SettingsError as error:
        return complain(error.problems)
    logs.set_up(level=settings.log.level, style=settings.log.format, secrets=settings.secrets())
    from bot.app import run

    return _play(run(settings, chosen.config, accept_older=chosen.accept_older_ledger))


def _demo(_chosen: argparse.Namespace) -> int:
    from rehearsal.demo import play

    return _play(play())


def _rehearse(chosen: argparse.Namespace) -> int:
    from bot import logs
    from rehearsal.page import rehearse

    logs.set_up(level="error", style="console")
    return _serve(rehearse(chosen.port))


def _check(chosen: argparse.Namespace) -> int:
    from bot.checkup import check

    return _play(check(chosen.config, offline=chosen.offline))


def _sandbox_portal(chosen: argparse.Namespace) -> int:
    from rehearsal.portal import run_portal

    return _serve(run_portal(chosen.port, chosen.seed))


def _sandbox_slack(chosen: argparse.Namespace) -> int:
    from rehearsal.slack import ManifestError, run_slack
    from rehearsal.stage.stage import MANIFEST

    here = Path("app_manifest.yml")
    # Where Gatehouse is installed there is no checkout: then the one that came with it is meant.
    manifest = chosen.manifest or (here if here.is_file() else MANIFEST)
    if not manifest.is_file():
        return complain([f"{manifest}: there is no such file. Name the app's manifest with --manifest."])
    try:
        return _serve(run_slack(chosen.port, manifest))
    except ManifestError as error:
        return complain([str(error)])


def _permissions_check(chosen: argparse.Namespace) -> int:
    from bot.checkup.access import access_file_report
    from bot.logs import printable

    report = access_file_report(chosen.file)
    for sentence in (*report.good, *(f"warning: {caution}" for caution in report.warnings)):
        print(printable(sentence))
    return complain(report.faults) if report.faults else OK


def _permissions_list(chosen: argparse.Namespace) -> int:
    from bot.checkup.permissions import list_permissions

    print(list_permissions(as_json=chosen.json))
    return OK


def _permissions_schema(_chosen: argparse.Namespace) -> int:
    from bot.checkup.permissions import schema

    print(schema())
    return OK


def _permissions_who(chosen: argparse.Namespace) -> int:
    from bot.checkup.permissions import who

    return _play(who(_source(chosen), _wanted(chosen), as_json=chosen.json))


def _permissions_explain(chosen: argparse.Namespace) -> int:
    from bot.checkup.permissions import tell_why

    return _play(tell_why(_source(chosen), _wanted(chosen), as_json=chosen.json))


def _permissions_people(chosen: argparse.Namespace) -> int:
    from bot.checkup.access import people
    from bot.checkup.trees import AccessSource

    source = AccessSource(config=chosen.config, file=chosen.file, in_force=chosen.in_force)
    return _play(people(source, as_json=chosen.json))


def _permissions_confirm(chosen: argparse.Namespace) -> int:
    from bot.checkup.access import confirm

    return _play(confirm(chosen.config, "drop" if chosen.drop else "confirm" if chosen.yes else "look"))


def _source(chosen: argparse.Namespace) -> AccessSource:
    from bot.checkup.trees import AccessSource

    return AccessSource(
        config=chosen.config,
        file=chosen.file,
        tree=chosen.tree,
        offline=chosen.offline,
        in_force=chosen.in_force,
    )


def _wanted(chosen: argparse.Namespace) -> Wanted:
    from bot.checkup.permissions import Wanted
    from permissions import Ask, Maintenance

    return Wanted(
        person=getattr(chosen, "person", ""),
        organization=chosen.organization,
        global_owner=chosen.global_owner or "",
        receiver=chosen.receiver or "",
        ask=Ask(
            person_id="",
            organization_id="",
            action=chosen.action,
            kind=chosen.kind,
            reach=chosen.reach,
            computers=chosen.computers,
            elevates=chosen.elevates,
            already_approved=True if chosen.already_approved else None,
            built_in_match=chosen.built_in_match,
            maintenance=Maintenance(chosen.mode, chosen.door) if chosen.mode else None,
            own_request=chosen.own_request,
            is_claimer=chosen.claimer,
            from_look_up=chosen.from_look_up,
        ),
    )


def _play(work: Coroutine[Any, Any, int | None]) -> int:
    """Run it to its end; its own status, or 0 for one that simply ended."""
    return asyncio.run(work) or OK


def _serve(work: Coroutine[Any, Any, int | None]) -> int:
    try:
        return _play(work)
    except OSError as error:
        return complain(
            [f"It cannot listen: {error.strerror or error}. Name another --port, or 0 for any free one."]
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gatehouse",
        description="ThreatLocker approval requests, decided in Slack by the people who may.",
        epilog="Exit status: 0 well, 1 a fault (told on standard error), 2 wrong usage, 130 or 143 by a signal.",
    )
    parser.add_argument("--version", action="version", version=f"gatehouse {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_main_commands(commands)
    _add_sandbox(commands)
    _add_permissions(commands)
    operator_commands.add(commands, _with_config)
    return parser


def _add_main_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser("run", help="run the bot until it is told to stop (SIGTERM drains)")
    run.add_argument(
        "--accept-older-ledger",
        action="store_true",
        help="start although the ledger is behind what was seen of it; drops all that was given in Slack",
    )
    _with_config(run).set_defaults(run=_run)
    demo = commands.add_parser("demo", help="play the whole story here, without Slack and without a portal")
    demo.set_defaults(run=_demo)
    rehearse = commands.add_parser(
        "rehearse", help="try it all in a browser, without Slack and without a portal"
    )
    rehearse.add_argument("--port", type=_port, default=0, help="loopback port (default: any free one)")
    rehearse.set_defaults(run=_rehearse)
    check = commands.add_parser("check", help="tell every fault of this installation, with its remedy")
    check.add_argument("--offline", action="store_true", help="look at the files only; needs no secrets")
    _with_config(check).set_defaults(run=_check)


def _add_sandbox(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sandbox = commands.add_parser("sandbox", help="run a stand-in portal or a stand-in Slack by itself")
    kinds = sandbox.add_subparsers(title="stand-ins", metavar="STAND-IN", required=True)
    portal = kinds.add_parser("portal", help="a portal that enforces the real one's rules")
    portal.add_argument("--port", type=_port, default=0, help="loopback port (default: any free one)")
    portal.add_argument("--seed", type=int, default=1, help="which organizations and requests (default: 1)")
    portal.set_defaults(run=_sandbox_portal)
    slack = kinds.add_parser("slack", help="a workspace that enforces Slack's rules, for any Bolt app")
    slack.add_argument("--port", type=_port, default=0, help="loopback port (default: any free one)")
    slack.add_argument(
        "--manifest",
        type=Path,
        help="the app's manifest (default: app_manifest.yml here, else the one that comes with Gatehouse)",
    )
    slack.set_defaults(run=_sandbox_slack)


def _add_permissions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    permissions = commands.add_parser(
        "permissions", help="the permissions, an access file, and who may do what"
    )
    what = permissions.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = what.add_parser("check", help="tell every fault of an access file, with key and remedy")
    check.add_argument("file", type=Path, metavar="FILE", help="the access file")
    check.set_defaults(run=_permissions_check)
    every = what.add_parser("list", help="every permission and what it opens here")
    every.add_argument("--json", action="store_true", help="for programs; the keys are stable")
    every.set_defaults(run=_permissions_list)
    schema = what.add_parser("schema", help="the JSON Schema of the access file, for editors")
    schema.set_defaults(run=_permissions_schema)
    people = what.add_parser(
        "people", help="each person of the access file, what is known of them and missing"
    )
    accesses = people.add_mutually_exclusive_group()
    accesses.add_argument(
        "--file", type=Path, metavar="FILE", help="the access file (default: the settings' one)"
    )
    accesses.add_argument(
        "--in-force", action="store_true", help="the ledger's accepted file and Slack's grants"
    )
    people.add_argument("--json", action="store_true", help="for programs; the keys are stable")
    _with_config(people).set_defaults(run=_permissions_people)
    confirm = what.add_parser(
        "confirm", help="what was given in Slack and rests, since anybody may have written it into the ledger"
    )
    wishes = confirm.add_mutually_exclusive_group()
    wishes.add_argument("--yes", action="store_true", help="let all of it count again")
    wishes.add_argument("--drop", action="store_true", help="put all of it away")
    _with_config(confirm).set_defaults(run=_permissions_confirm)
    who = what.add_parser("who", help="everybody who may do this there")
    _with_question(who).set_defaults(run=_permissions_who)
    explain = what.add_parser("explain", help="may this person do this there, and why (not)")
    explain.add_argument("person", metavar="PERSON", help="key, Slack id or name in the access file")
    _with_question(explain).set_defaults(run=_permissions_explain)


def _with_question(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The words of one question, its less usual facts, and where the answer is to come from."""
    parser.add_argument("action", type=_one_of("Action"), metavar="ACTION", help="approve, deny, view, …")
    parser.add_argument(
        "kind",
        type=_kind,
        metavar="KIND",
        help="application, elevation, storage, web_control, other; - for none",
    )
    parser.add_argument(
        "reach", type=_one_of("Reach"), metavar="REACH", help="computer, computer_group, organization, global"
    )
    parser.add_argument("organization", metavar="ORGANIZATION", help="name in the file or the portal, or id")
    facts = parser.add_argument_group("facts of the request")
    facts.add_argument(
        "--computers", type=int, default=1, metavar="N", help="computers in one press (default: 1)"
    )
    facts.add_argument("--already-approved", action="store_true", help="the software may already run there")
    facts.add_argument("--elevates", action="store_true", help="the write switches elevation on")
    facts.add_argument("--built-in-match", action="store_true", help="it takes a match of the vendor's own")
    facts.add_argument("--global-owner", metavar="ORGANIZATION", help="who owns the global group")
    facts.add_argument("--mode", type=_one_of("MaintenanceMode"), metavar="MODE", help="the maintenance mode")
    facts.add_argument(
        "--door", type=_one_of("Door"), default="request", metavar="DOOR", help="request or computer"
    )
    facts.add_argument("--own-request", action="store_true", help="one of the requests is the person's own")
    facts.add_argument("--claimer", action="store_true", help="the person holds the claim")
    facts.add_argument("--receiver", metavar="PERSON", help="who is to receive the case (hand_over)")
    facts.add_argument("--from-look-up", action="store_true", help="asked from a look-up, not from a card")
    sources = parser.add_argument_group("where the answer comes from")
    accesses = sources.add_mutually_exclusive_group()
    accesses.add_argument(
        "--file", type=Path, metavar="FILE", help="the access file (default: the settings' one)"
    )
    accesses.add_argument(
        "--in-force",
        action="store_true",
        help="the ledger's accepted file with what was given, made and stopped in Slack",
    )
    trees = sources.add_mutually_exclusive_group()
    trees.add_argument(
        "--tree", type=Path, metavar="FILE", help="organizations as JSON, instead of the portal's"
    )
    trees.add_argument("--offline", action="store_true", help="no portal: each organization stands alone")
    parser.add_argument("--json", action="store_true", help="for programs; the keys are stable")
    return _with_config(parser)


def _one_of(name: str) -> Callable[[str], StrEnum]:
    """A reader of one word of a question; `name` is the enumeration in `permissions` that has it."""

    def read(text: str) -> StrEnum:
        import permissions

        words: type[StrEnum] = getattr(permissions, name)
        try:
            return words(text.lower().replace("-", "_"))
        except ValueError:
            known = ", ".join(words)
            raise argparse.ArgumentTypeError(f"{text!r} is none of {known}") from None

    return read


def _kind(text: str) -> StrEnum | None:
    return None if text == "-" else _one_of("Kind")(text)


def _with_config(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the configuration file (default: GATEHOUSE_CONFIG or gatehouse.toml)",
    )
    return parser


def _version() -> str:
    try:
        return version("gatehouse")
    except PackageNotFoundError:
        return "(not installed: run from its source)"


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port; use 0 (any free one) to 65535")

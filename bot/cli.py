"""The command `gatehouse`.

Exit status: 0 all is well (or it stopped as told); 1 a fault was found or the work failed, with sentences
on standard error; 2 the command line itself is wrong; 130 interrupted. Heavy imports wait inside the
functions, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

OK, FAULT, INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


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

    return _play(run(settings))


def _demo(_chosen: argparse.Namespace) -> int:
    from bot.sandbox.demo import play

    return _play(play())


def _check(chosen: argparse.Namespace) -> int:
    from bot.checkup import check

    return _play(check(chosen.config, offline=chosen.offline))


def _sandbox_portal(chosen: argparse.Namespace) -> int:
    from bot.sandbox.portal import run_portal

    return _serve(run_portal(chosen.port, chosen.seed))


def _sandbox_slack(chosen: argparse.Namespace) -> int:
    from bot.sandbox.slack import ManifestError, run_slack

    if not chosen.manifest.is_file():
        return complain(
            [f"{chosen.manifest}: there is no such file. Name the app's manifest with --manifest."]
        )
    try:
        return _serve(run_slack(chosen.port, chosen.manifest))
    except ManifestError as error:
        return complain([str(error)])


def _permissions_check(chosen: argparse.Namespace) -> int:
    from bot.checkup.access import access_file_report
    from bot.logs import printable

    report = access_file_report(chosen.file)
    for sentence in (*report.good, *(f"warning: {caution}" for caution in report.warnings)):
        print(printable(sentence))
    return complain(report.faults) if report.faults else OK


def _audit_export(chosen: argparse.Namespace) -> int:
    from bot.checkup.record import export
    from bot.settings import SettingsError, load

    try:
        settings = load(chosen.config)
    except SettingsError as error:
        return complain(error.problems)
    return _play(export(settings, chosen.file))


def _audit_verify(chosen: argparse.Namespace) -> int:
    from bot.checkup.record import verify

    return verify(chosen.file)


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
        epilog="Exit status: 0 well, 1 a fault (told on standard error), 2 wrong usage, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"gatehouse {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_main_commands(commands)
    _add_sandbox(commands)
    _add_permissions(commands)
    _add_audit(commands)
    return parser


def _add_main_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser("run", help="run the bot until it is told to stop (SIGTERM drains)")
    _with_config(run).set_defaults(run=_run)
    demo = commands.add_parser("demo", help="play the whole story here, without Slack and without a portal")
    demo.set_defaults(run=_demo)
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
        default=Path("app_manifest.yml"),
        help="the app's manifest (default: %(default)s)",
    )
    slack.set_defaults(run=_sandbox_slack)


def _add_permissions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    permissions = commands.add_parser("permissions", help="look at an access file")
    what = permissions.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = what.add_parser("check", help="tell every fault of an access file, with key and remedy")
    check.add_argument("file", type=Path, metavar="FILE", help="the access file")
    check.set_defaults(run=_permissions_check)


def _add_audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    audit = commands.add_parser("audit", help="the record: export it, verify an export")
    what = audit.add_subparsers(title="commands", metavar="COMMAND", required=True)
    export = what.add_parser("export", help="write the whole record to a file, one event a line")
    export.add_argument("file", type=Path, metavar="FILE", help="the file to write; it must not exist")
    _with_config(export).set_defaults(run=_audit_export)
    verify = what.add_parser("verify", help="verify an export; needs nothing but the file")
    verify.add_argument("file", type=Path, metavar="FILE", help="an export")
    verify.set_defaults(run=_audit_verify)


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

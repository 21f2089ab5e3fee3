"""The command `gatehouse`.

Exit status: 0 all is well (or the bot stopped as told); 1 a fault was found or the work failed, with sentences on
standard error; 2 the command line itself is wrong; 130 interrupted, 143 told to stop (SIGTERM) while at work. Heavy
imports wait inside the functions, so that `--help` and `--version` answer at once.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from bot import operator_commands, permission_commands, terminal

OK, FAULT, INTERRUPTED, TOLD_TO_STOP = 0, 1, 130, 143


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    _make_writable()
    chosen = command_line().parse_args(arguments)
    return guarded(chosen.run, chosen)


def _make_writable() -> None:
    """What is said ends no command: a terminal without a letter gets its number, and who closed the output nothing."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


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
    except OSError as error:
        return complain([_unwritten() or _unexpected(error)])
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


def _unwritten() -> str:
    """Whether it is the output that takes nothing, as on a full disk; what Python still holds goes nowhere then."""
    try:
        sys.stdout.write("\n")  # what failed is forgotten by the stream, so there has to be more
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return f"What is to be said cannot be written to standard output ({error.strerror})."
    return ""


def _unexpected(error: Exception) -> str:
    """What nobody thought of, in one sentence with its place."""
    what = f"{type(error).__name__}: {error}"
    if isinstance(error, ImportError):
        return f"This installation of Gatehouse is not whole ({what}). Install it again."
    import traceback

    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"Gatehouse met a fault of its own: {what} ({Path(place.filename).name}, line {place.lineno}). "
        "Nothing was decided. If it comes again, report this line."
    )


def complain(sentences: Sequence[str]) -> int:
    """Print faults to standard error, one line each; answers the exit status for them."""
    return terminal.complain(sentences, keep="\n")


def _run(chosen: argparse.Namespace) -> int:
    # What is loaded stays, and the collector would go through it all a dozen times meanwhile: a tenth of the processor
    # time of a start. It is on again before anything else begins (bot/app/living.py).
    gc.disable()
    try:
        return _run_loaded(chosen)
    finally:
        gc.enable()


def _run_loaded(chosen: argparse.Namespace) -> int:
    from bot import logs
    from bot.settings import SettingsError, load

    try:
        settings = load(chosen.config)
    except SettingsError as error:
        return complain(error.problems)
    logs.set_up(level=settings.log.level, style=settings.log.format, secrets=settings.secrets())
    from bot.app import run

    return terminal.played(run(settings, chosen.config, accept_older=chosen.accept_older_ledger))


def _demo(_chosen: argparse.Namespace) -> int:
    from rehearsal.demo import play

    return terminal.played(play())


def _rehearse(chosen: argparse.Namespace) -> int:
    from bot import logs
    from rehearsal.page import rehearse

    logs.set_up(level="error", style="console")
    return _serve(rehearse(chosen.port))


def _check(chosen: argparse.Namespace) -> int:
    from bot.checkup.all import check

    return terminal.played(check(chosen.config, offline=chosen.offline, send_test=chosen.send_test))


def _sandbox_portal(chosen: argparse.Namespace) -> int:
    from rehearsal.portal import run_portal

    return _no_folder(chosen.env) or _serve(run_portal(chosen.port, chosen.seed, env_file=chosen.env))


def _sandbox_slack(chosen: argparse.Namespace) -> int:
    from rehearsal.slack import ManifestError, run_slack
    from rehearsal.stage.stage import MANIFEST

    here = Path("app_manifest.yml")
    # Where Gatehouse is installed there is no checkout: then the one that came with it is meant.
    manifest = chosen.manifest or (here if here.is_file() else MANIFEST)
    if not manifest.is_file():
        return complain([f"{manifest}: there is no such file. Name the app's manifest with --manifest."])
    try:
        return _no_folder(chosen.env) or _serve(run_slack(chosen.port, manifest, env_file=chosen.env))
    except ManifestError as error:
        return complain([str(error)])


def _no_folder(env_file: Path | None) -> int:
    """Whether the file for the variables has no folder to stand in: told, as an exit status."""
    if env_file is None or env_file.parent.is_dir():
        return OK
    return complain([f"{env_file}: there is no such folder. Make it first, or name another file with --env."])


def _serve(work: Coroutine[Any, Any, int | None]) -> int:
    try:
        return terminal.played(work)
    except OSError as error:
        return complain(
            [f"It cannot listen: {error.strerror or error}. Name another --port, or 0 for any free one."]
        )


def command_line() -> argparse.ArgumentParser:
    """Every command, with what it takes."""
    parser = argparse.ArgumentParser(
        prog="gatehouse",
        description="ThreatLocker approval requests, decided in Slack by the people who may.",
        epilog="Exit status: 0 well, 1 a fault (told on standard error), 2 wrong usage, 130 or 143 by a signal.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show program's version number and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_main_commands(commands)
    _add_sandbox(commands)
    permission_commands.add(commands, _with_config)
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
    asked = check.add_mutually_exclusive_group()
    asked.add_argument(
        "--send-test", action="store_true", help="also try every second way of [fallback]: it calls somebody"
    )
    asked.add_argument("--offline", action="store_true", help="look at the files only; needs no secrets")
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
    for stand_in in (portal, slack):
        stand_in.add_argument(
            "--env", type=Path, metavar="FILE", help="write its address and tokens to a file, as variables"
        )


def _with_config(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the configuration file (default: GATEHOUSE_CONFIG or gatehouse.toml)",
    )
    return parser


class _Version(argparse.Action):
    """Looks the version up when it is asked for: what knows it takes longer than all the rest of a command line."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print it and end."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            told = version("gatehouse")
        except PackageNotFoundError:
            told = "(not installed: run from its source)"
        sys.stdout.write(f"gatehouse {told}\n")
        parser.exit()


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port; use 0 (any free one) to 65535")

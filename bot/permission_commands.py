"""The commands `gatehouse permissions ...`: the catalogue, an access file, the people, and who may do what."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from bot.terminal import complain, played, printable

if TYPE_CHECKING:
    from bot.checkup.permissions import Wanted
    from bot.checkup.trees import AccessSource

Parser = argparse.ArgumentParser
WithConfig = Callable[[Parser], Parser]


def add(commands: argparse._SubParsersAction[Parser], with_config: WithConfig) -> None:
    """Put them under the command `permissions`."""
    permissions = commands.add_parser(
        "permissions", help="the permissions, an access file, and who may do what"
    )
    what = permissions.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = what.add_parser("check", help="tell every fault of an access file, with key and remedy")
    check.add_argument("file", type=Path, metavar="FILE", help="the access file")
    check.set_defaults(run=_check)
    every = what.add_parser("list", help="every permission and what it opens here")
    every.add_argument("--json", action="store_true", help="for programs; the keys are stable")
    every.set_defaults(run=_list)
    schema = what.add_parser("schema", help="the JSON Schema of the access file, for editors")
    schema.set_defaults(run=_schema)
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
    with_config(people).set_defaults(run=_people)
    confirm = what.add_parser(
        "confirm", help="what was given in Slack and rests, since anybody may have written it into the ledger"
    )
    wishes = confirm.add_mutually_exclusive_group()
    wishes.add_argument("--yes", action="store_true", help="let all of it count again")
    wishes.add_argument("--drop", action="store_true", help="put all of it away")
    with_config(confirm).set_defaults(run=_confirm)
    who = what.add_parser("who", help="everybody who may do this there")
    _with_question(with_config(who)).set_defaults(run=_who)
    explain = what.add_parser("explain", help="may this person do this there, and why (not)")
    explain.add_argument("person", metavar="PERSON", help="key, Slack id or name in the access file")
    _with_question(with_config(explain)).set_defaults(run=_explain)
    _add_access(commands, with_config)


def _add_access(commands: argparse._SubParsersAction[Parser], with_config: WithConfig) -> None:
    """`gatehouse access ...`: proposes differences to the access file, and writes none."""
    access = commands.add_parser(
        "access", help="propose people for the access file, or what in it is outdated"
    )
    what = access.add_subparsers(title="commands", metavar="COMMAND", required=True)
    draft = what.add_parser(
        "import",
        help="draft people and grants from a CSV, Slack user groups, or the portal's roles; writes nothing",
        description="Prints a difference to the access file, for `patch`. Nothing is written and nobody is given "
        "anything until you apply it. Columns of a CSV: name, slack, portal, email, organizations, permissions, roles, "
        "until, and_below, comment; several values of a cell stand with a semicolon between them.",
    )
    draft.add_argument("--csv", type=Path, metavar="FILE", help="people, and what they are to hold")
    draft.add_argument(
        "--user-group",
        action="append",
        default=[],
        metavar="GROUP",
        help="members, without grants (repeatable)",
    )
    draft.add_argument(
        "--portal", action="store_true", help="custom roles of the portal ([access] portal_roles)"
    )
    drift = what.add_parser(
        "drift", help="who of the file is gone, a guest or renamed, and what the portal has otherwise"
    )
    for each in (draft, drift):
        each.add_argument(
            "--file", type=Path, metavar="FILE", help="the access file (default: the settings' one)"
        )
    with_config(draft).set_defaults(run=_import)
    with_config(drift).set_defaults(run=_drift)


def _with_question(parser: Parser) -> Parser:
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
    _add_facts(parser)
    _add_sources(parser)
    parser.add_argument("--json", action="store_true", help="for programs; the keys are stable")
    return parser


def _add_facts(parser: Parser) -> None:
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


def _add_sources(parser: Parser) -> None:
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


def _import(chosen: argparse.Namespace) -> int:
    from bot.installing import CannotInstall, Sources, draft

    sources = Sources(
        config=chosen.config,
        file=chosen.file,
        csv=chosen.csv,
        user_groups=tuple(chosen.user_group),
        portal=chosen.portal,
    )
    try:
        return played(draft(sources))
    except CannotInstall as error:
        return complain(error.problems, keep="\n")


def _drift(chosen: argparse.Namespace) -> int:
    from bot.checkup.access import print_drift

    return played(print_drift(chosen.config, chosen.file))


def _check(chosen: argparse.Namespace) -> int:
    from bot.checkup.access_file import access_file_report

    report = access_file_report(chosen.file)
    for sentence in (*report.good, *(f"warning: {caution}" for caution in report.warnings)):
        print(printable(sentence))
    return complain(report.faults, keep="\n") if report.faults else 0


def _list(chosen: argparse.Namespace) -> int:
    from bot.checkup.listing import list_permissions

    print(list_permissions(as_json=chosen.json))
    return 0


def _schema(_chosen: argparse.Namespace) -> int:
    from bot.checkup.listing import schema

    print(schema())
    return 0


def _who(chosen: argparse.Namespace) -> int:
    from bot.checkup.permissions import who

    return played(who(_source(chosen), _wanted(chosen), as_json=chosen.json))


def _explain(chosen: argparse.Namespace) -> int:
    from bot.checkup.permissions import tell_why

    return played(tell_why(_source(chosen), _wanted(chosen), as_json=chosen.json))


def _people(chosen: argparse.Namespace) -> int:
    from bot.checkup.people import people
    from bot.checkup.trees import AccessSource

    source = AccessSource(config=chosen.config, file=chosen.file, in_force=chosen.in_force)
    return played(people(source, as_json=chosen.json))


def _confirm(chosen: argparse.Namespace) -> int:
    from bot.checkup.access import confirm

    return played(confirm(chosen.config, "drop" if chosen.drop else "confirm" if chosen.yes else "look"))


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

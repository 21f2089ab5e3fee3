"""The promises as a model, written from their words: nothing here asks the bot's code, only what its doors have seen.

What is looked at: the portal's history, what was let go towards it, Slack as it stands, the record as the server holds
it, and what people did. `check_step` after every step of the loop, `check_end` when everything has settled.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.cards.kit import ids
from rehearsal.portal import PortalSandbox
from rehearsal.slack import SlackSandbox
from tests.cards.reading import read
from tests.simulation.doors import SentWrite
from tests.simulation.people import People, Pressed, may
from tests.simulation.record import Broken, Told
from tests.simulation.replica import Replica
from tests.simulation.server import Server
from tests.simulation.virtual import START, VirtualLoop

_ATTEMPT = re.compile(r"\[attempt (a[0-9a-f]{24})\]")
_WORDS = ("name", "case_id", "request_id", "press_id", "person_id")
_LATE_MS = 20_000
_NOT_AFTER_S = 20.0
"""As `[decisions] send_within_s` says."""


_AGAIN, _REPEAT_S = "escalate_again", 55.0
"""The step that comes again, and the least pause before it does; a minute in the story's settings."""


@dataclass
class Promises:
    """What has been seen so far."""

    loop: VirtualLoop
    portal: PortalSandbox
    slack: SlackSandbox
    server: Server
    people: People
    channels: dict[str, str]
    sent: list[SentWrite] = field(default_factory=list)
    record: list[Told] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    healed_at_s: float = 0.0
    may_have_twins: bool = False
    """A poster was killed, or an answer of Slack's or the ledger's may have been lost: then a second card may stand."""
    _links: list[str] = field(default_factory=list)
    _looked: tuple[int, int] = (0, 0)
    _answers: dict[str, list[str]] = field(default_factory=dict)
    """What was said by each response URL."""
    _in_portal: set[str] = field(default_factory=set)
    _asked_at: dict[str, float] = field(default_factory=dict)
    strikes: Callable[[Told, str], None] = lambda _told, _asker: None
    """Hears each event of the record at the moment of its writing, and whose call wrote it."""
    _written: dict[str, frozenset[str]] = field(default_factory=dict)
    """Access files by their digest: whose grants are gone from them."""
    _faults: list[str] = field(default_factory=list)
    _lost: list[tuple[float, str, float]] = field(default_factory=list)

    # What the world tells

    def asked(self, request_id: str) -> None:
        """A request was raised."""
        self._asked_at[request_id] = self.loop.time()

    def decided_in_portal(self, request_id: str) -> None:
        """Somebody decided it there."""
        self._in_portal.add(request_id)

    def written(self, digest: str, without: frozenset[str]) -> None:
        """The access file was saved, without somebody's grants; its acceptance puts that in force."""
        self._written[digest] = without

    def said(self, path: str, text: str) -> None:
        """By a response URL."""
        self._answers.setdefault(path, []).append(text)

    def forget_lost(self) -> None:
        """The ledger has lost what it had not promised: the record is read anew from where it stands."""
        [head] = self.server.run([("HGET", "{gatehouse}:head", "n")])
        number = int(head or 0)
        del self.record[number:], self._links[number:]

    def look(self, asker: str = "") -> None:
        """Read what is new in the record, its chain included. `asker`: whose call has written it."""
        found, self.server.fresh = self.server.fresh, []
        for name, values in found:
            self._take(int(name.split("-")[0]), values)
            self.strikes(self.record[-1], asker)

    def _take(self, number: int, held: dict[str, str]) -> None:
        if number != len(self.record) + 1:
            raise Broken(f"P7: the record goes from event {len(self.record)} to {number}")
        before = self._links[-1] if self._links else "0" * 40
        text = f"{before}\n{number}\n{held['at']}\n{held['body']}"
        link = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        if link != held["link"]:
            raise Broken(f"P7: the chain does not hold at event {number}")
        body = json.loads(held["body"])
        words = {word: str(body.get(word, "")) for word in _WORDS}
        told = Told(number, self.loop.time(), **words, facts=body.get("facts", {}))
        self.record.append(told)
        self._links.append(link)
        if told.name.endswith("_failed"):
            raise Broken(f"a fault of its own: {told.name} {told.facts}")

    def clock_lost(self, replica: str, lost_s: float) -> None:
        """A replica's own clock went back."""
        self._lost.append((self.loop.time(), replica, lost_s))

    def own_fault(self, said: str) -> None:
        """The bot logged an exception that it does not know."""
        self._faults.append(f"a fault of its own: {said}")

    def broken(self, said: str) -> None:
        """Seen at the moment of a writing, and told after that step."""
        self._faults.append(said)

    # After every step

    def check_step(self) -> None:
        """What can be judged at once, about writes that are new."""
        if self._faults:
            raise Broken(self._faults[0])
        so_far = (len(self.sent), len(self.portal.decisions))
        if so_far == self._looked:
            return
        for write in self.sent[self._looked[0] :]:
            self._check_sent(write)
        self._looked = so_far
        effects = Counter(
            r for write in self.portal.decisions if write.took_effect for r in write.request_ids
        )
        for request_id, count in effects.items():
            if count > 1:
                raise Broken(f"P2: {count} decisions of ours took effect on {request_id}")

    def _check_sent(self, write: SentWrite) -> None:
        found = _ATTEMPT.findall(write.body.replace("\\n", "\n"))
        if not found:
            raise Broken(f"P2: {write.replica} sent a decision that names no attempt")
        attempt_id = found[-1]
        if sum(attempt_id in other.body for other in self.sent) > 1:
            raise Broken(f"P2: the attempt {attempt_id} was sent twice")
        recorded = self._event("decision_attempted", attempt_id)
        if recorded is None:
            raise Broken(f"P2, P7: the attempt {attempt_id} was sent before it was recorded")
        # Nobody can know of a time that their own clock has lost, as that of a suspended host does.
        lost_s = sum(s for at_s, who, s in self._lost if who == write.replica and at_s >= recorded.at_s)
        late_s = write.at_s - recorded.at_s - lost_s
        if late_s > _NOT_AFTER_S + 1:
            raise Broken(f"P2: {attempt_id} was sent {late_s:.1f} s after its record")
        self._check_authority(recorded)

    def _check_authority(self, attempted: Told) -> None:
        press = next((one for one in self.people.pressed if one.press_id == attempted.press_id), None)
        if press is None:
            raise Broken(f"P1: nobody pressed what {attempted.facts['attempt_id']} rests on")
        request = self.portal.request(attempted.request_id)
        organization = self.portal.world.organizations[request.organization_id].name
        verb = str(attempted.facts["verb"])
        if not may(press.who, verb, request.action_type, organization):
            raise Broken(f"P1: {press.who} may not {verb} {request.action_type} in {organization}, and did")
        if self._was_gone(press):
            raise Broken(f"P1: {press.who} pressed after the right was gone, and decided")

    def _was_gone(self, press: Pressed) -> bool:
        """Whether the presser's grants were out of force at the press, and have been since."""
        gone = False
        for event in self.record:
            if event.name == "access_accepted":
                is_without = press.who in self._written.get(str(event.facts["digest"]), ())
                gone = is_without and (gone or event.at_s < press.at_s)
        return gone

    def _event(self, name: str, attempt_id: str) -> Told | None:
        return next(
            (e for e in self.record if e.name == name and e.facts.get("attempt_id") == attempt_id), None
        )

    # When everything has settled

    def check_end(self, replicas: Sequence[Replica]) -> None:
        """Everything else."""
        self.look()
        for replica in replicas:
            if not replica.is_up:
                raise Broken(f"P9: {replica.name} does not run again")
        self._check_queues()
        self._check_presses()
        self._check_cards()
        self._check_clock()
        self._check_record()

    def _check_queues(self) -> None:
        """Everything that was to be said is said, and nothing is due that nobody has taken."""
        for lane in range(
            4
        ):  # What is drawn once more, a minute after a call was given up, stands in a fifth.
            [left] = self.server.run([("ZRANGE", f"{{gatehouse}}:send:{lane}", "0", "-1")])
            if left:
                raise Broken(f"P5: still to be said after everything is well: {left}")
        now_ms = (START.timestamp() + self.loop.time()) * 1000 + self.server.ahead_us / 1000
        [off] = self.server.run([("HGET", "{gatehouse}:clock", "off")])
        late_ms = int(now_ms + int(off or 0)) - _LATE_MS
        [late] = self.server.run([("ZRANGEBYSCORE", "{gatehouse}:due", "0", str(late_ms))])
        if late:
            raise Broken(f"P6: due, and nobody takes it: {late}")

    def _check_presses(self) -> None:
        [waiting] = self.server.run([("ZRANGE", "{gatehouse}:press:waiting", "0", "-1")])
        if waiting:
            raise Broken(f"P4: presses still wait after everything is well: {waiting}")
        for press in self.people.pressed:
            self._check_press(press)
        self.met["a right was gone at the press"] = sum(
            self._was_gone(press) and any(e.press_id == press.press_id for e in self.record)
            for press in self.people.pressed
        )

    def _check_press(self, press: Pressed) -> None:
        told = [e for e in self.record if e.press_id == press.press_id]
        # A card that several cases share is answered once, and each case's record tells of it.
        finals = Counter(e.case_id for e in told if e.name == "press_answered")
        if max(finals.values(), default=0) > 1:
            raise Broken(f"P4: {press.who}'s {press.name} ({press.press_id}) was answered twice: {finals}")
        said = self._answers.get(press.response_path, [])
        not_done = [text for text in said if "Not recorded, press again" in text]
        acked = [str(one.response or "") for one in press.deliveries]
        not_done += [text for text in acked if "Not recorded" in text]
        # A form that was not taken may be submitted again, as it says: that is the same press.
        same = [one for one in self.people.pressed if one.press_id == press.press_id]
        came_again = len(press.deliveries) > 1 or len(same) > 1
        if not_done and told and not came_again:
            raise Broken(
                f"P4: {press.who} was told that nothing was done by {press.press_id}, and {told[-1].name}"
            )
        if not press.is_acked:
            return
        if not told and not said and not any(acked):
            raise Broken(
                f"P4: {press.who}'s {press.name} ({press.press_id}) was acknowledged and came to nothing"
            )
        has_form = any(e.name in _FORMS for e in told)
        if not said and not any(acked) and not has_form and not self._told_directly(press):
            raise Broken(f"P4: {press.who} was never told what became of {press.name} ({press.press_id})")

    def _told_directly(self, press: Pressed) -> bool:
        """Whether something was said to the presser alone since, other than by the press's own address.

        A form that was not taken may be submitted again while its first submission is carried out after all: one press.
        """
        person = self.people.user_ids[press.who]
        first = min(one.at_s for one in self.people.pressed if one.press_id == press.press_id)
        since = START.timestamp() + first
        for channel in self.slack.workspace.channels.values():
            is_theirs = channel.kind == "im" and person in channel.members
            if is_theirs and any(float(ts) > since for ts in channel.messages):
                return True
            if any(float(one.ts) > since for one in self.slack.workspace.whispers(channel.id, person)):
                return True
        return any(float(view["hash"].split(".")[0]) > since for view in self._views(person))

    def _views(self, person: str) -> list[dict[str, Any]]:
        """The forms that somebody has open."""
        return self.slack.as_person(person, signed_in=True).views()

    def _check_cards(self) -> None:
        case_of: dict[str, str] = {}
        for event in self.record:
            if event.name in ("case_opened", "request_joined"):
                case_of[event.request_id] = event.case_id
        cards = self._cards()
        self._check_twins(cards)
        self._check_home()
        for request_id in self._asked_at:
            self._check_card(request_id, case_of.get(request_id, ""), cards)

    def _check_home(self) -> None:
        """Whoever looked at the Home sees one; no card stands outside of its channel."""
        for who, delivery in self.people.looked:
            is_shown = any(e.name == "home_shown" and e.person_id == who for e in self.record)
            if is_shown and delivery.acked and self.slack.home(self.people.user_ids[who]) is None:
                raise Broken(f"P4: {who} looked at the Home, and sees nothing")
        for place in ("escalation", "audit"):
            for message in self.slack.messages(self.channels[place]):
                if (message.get("metadata") or {}).get("event_type") == ids.CARD_EVENT:
                    raise Broken(f"P3: a card stands in the {place} channel")

    def _cards(self) -> list[tuple[set[str], str, list[str]]]:
        """The live cards: their cases, their text and what can be pressed on them."""
        found = []
        # Where a post's answer was lost, a second copy stands that nobody knows of; the one in the record counts then.
        noted = {e.facts["ts"] for e in self.record if e.name == "card_posted"}
        for message in self.slack.messages(self.channels["card"]):
            metadata = message.get("metadata") or {}
            text = read(message.get("blocks") or [])
            if metadata.get("event_type") != ids.CARD_EVENT or "retired" in text:
                continue
            if self.may_have_twins and message["ts"] not in noted:
                continue
            held = metadata["event_payload"]
            cases = {held["case_id"], *filter(None, held.get("others", "").split(","))}
            elements = [e for block in message["blocks"] for e in block.get("elements", ())]
            found.append((cases, text, [e["action_id"] for e in elements if "action_id" in e]))
        return found

    def _check_twins(self, cards: Sequence[tuple[set[str], str, list[str]]]) -> None:
        """One live card for a case."""
        for case_id in {one for card in cards for one in card[0]}:
            found = sum(case_id in card[0] for card in cards)
            if found > 1:
                raise Broken(f"P5: {case_id} has {found} live cards")

    def _check_card(
        self, request_id: str, case_id: str, cards: Sequence[tuple[set[str], str, list[str]]]
    ) -> None:
        request = self.portal.request(request_id)
        if not case_id:
            if request.is_open:
                raise Broken(f"P5: {request_id} is pending and in no case")
            return
        mine = [card for card in cards if case_id in card[0]]
        if not mine and request.is_open:
            raise Broken(f"P5: {request_id} ({case_id}) is pending and has no card")
        ends = {e.name for e in self.record if e.request_id == request_id and e.name in _ENDS}
        if request.is_open and ends:
            raise Broken(f"P3: {request_id} is pending in the portal, and the record tells {ends}")
        if not request.is_open and not ends:
            raise Broken(f"P3, P7: {request_id} has ended in the portal, and the record tells no end")
        for cases, text, actions in mine:
            deciding = [a for a in actions if a in _DECIDING]
            if len(cases) == 1 and self._is_over(case_id) and deciding:
                raise Broken(f"P3: {case_id} is over, and its card offers {deciding}: {text[:200]}")
            words = _WORDS_OF.get(request.status_id, ())
            if (
                len(cases) == 1
                and self._is_alone(case_id)
                and words
                and not any(w in text.casefold() for w in words)
            ):
                raise Broken(f"P3: {request_id} is {words} in the portal, and its card says: {text[:200]}")
            if request.is_open and not actions:
                raise Broken(f"P3: {case_id} is pending, and its card offers nothing: {text[:200]}")

    def _is_alone(self, case_id: str) -> bool:
        return len({e.request_id for e in self.record if e.case_id == case_id and e.name in _ARRIVALS}) == 1

    def _is_over(self, case_id: str) -> bool:
        held = {e.request_id for e in self.record if e.case_id == case_id and e.name in _ARRIVALS}
        return all(not self.portal.request(one).is_open for one in held)

    def _check_clock(self) -> None:
        taken: dict[tuple[str, str], float] = {}
        for event in self.record:
            if event.name == "step_taken":
                self._check_step(event, taken)
        for request_id in self._asked_at:
            if not self.portal.request(request_id).is_open:
                continue
            called = [e for e in self.record if e.name in _CALLS and _concerns(e, request_id)]
            if not called:
                raise Broken(f"P6: {request_id} waits, its ceiling is over, and nobody was called")

    def _check_step(self, event: Told, taken: dict[tuple[str, str], float]) -> None:
        acts = str(event.facts["acts"])
        for request_id in event.facts["requests"]:
            before = taken.get((request_id, acts))
            if before is not None and (acts != _AGAIN or event.at_s - before < _REPEAT_S):
                raise Broken(
                    f"P6: {acts} of {request_id} was taken at {before:.1f} s and at {event.at_s:.1f} s"
                )
            taken[request_id, acts] = event.at_s

    def _check_record(self) -> None:
        for write in self.portal.decisions:
            if not write.took_effect:
                continue
            attempt_id = _ATTEMPT.findall(json.dumps(write.body).replace("\\n", "\n"))[-1]
            settled = [
                e for e in self.record if e.name == "decision_settled" and e.facts["attempt_id"] == attempt_id
            ]
            # A portal that takes a second decision may carry ours out after somebody else's, which was told by then.
            told = [e.facts["ours"] for e in settled]
            if told != [True] and (told != [False, True] or self.portal.rules.refuse_double_decisions):
                raise Broken(
                    f"P7: the record tells {len(settled)} settlements of {attempt_id}, which took effect"
                )
        done = " ".join(json.dumps(write.body) for write in self.portal.decisions if write.took_effect)
        for event in self.record:
            if (
                event.name == "decision_settled"
                and event.facts["ours"]
                and event.facts["attempt_id"] not in done
            ):
                raise Broken(
                    f"P7: {event.facts['attempt_id']} is recorded as ours, and the portal has not done it"
                )
        ends: dict[str, list[str]] = {}
        for event in self.record:
            if event.name in _ENDS:
                is_theirs = event.name == "decision_settled" and not event.facts["ours"]
                ends.setdefault(event.request_id, []).append("decided_in_portal" if is_theirs else event.name)
        # A portal that takes a second decision shows two, one after the other: theirs, and what came late.
        late = () if self.portal.rules.refuse_double_decisions else ("decided_in_portal", "decision_settled")
        may_be = [["decided_in_portal", name] for name in late]
        twice = [request_id for request_id, names in ends.items() if len(names) > 1 and names not in may_be]
        if twice:
            raise Broken(f"P7: the record tells two ends of {twice}")

    def counts(self) -> dict[str, int]:
        """Figures of the run."""
        names = Counter(event.name for event in self.record)
        return {
            "requests": len(self._asked_at),
            "presses": len(self.people.pressed),
            "writes": len(self.sent),
            "settled": names["decision_settled"],
            "in the portal": names["decided_in_portal"],
            "refused": names["decision_refused"] + names["press_refused"],
            "reopened": names["decision_reopened"],
            "doubt": names["decision_in_doubt"],
            "steps": names["step_taken"],
            "cards": names["card_posted"],
            "events": len(self.record),
        }


_ARRIVALS = ("case_opened", "request_joined")
_FORMS = ("form_asked_for", "form_opened", "form_drawn_anew")
_ENDS = ("decision_settled", "decided_in_portal", "request_withdrawn")
_CALLS = (
    "step_taken",
    "escalated_by_hand",
    "backlog_announced",
    "steps_skipped",
    "escalated_elsewhere",
    "unusual",
)
_DECIDING = (ids.APPROVE_COMPUTER, ids.APPROVE_BECAUSE, ids.APPROVE_MODAL, ids.DENY_MODAL, ids.AGREE)
_WORDS_OF = {4: ("approved",), 10: ("denied", "rejected")}
"""How a card says what the portal holds, by its status."""


def _concerns(event: Told, request_id: str) -> bool:
    return event.request_id == request_id or request_id in str(event.facts.get("requests", ""))

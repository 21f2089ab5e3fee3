"""Trust in what lies outside: an export is proven by seals and signatures that its owner does not hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.audit import (
    KeyFault,
    Outside,
    SealKey,
    kept_seals,
    new_key,
    read_key,
    read_public_keys,
    typed_seal,
    verify_export,
)
from bot.cli import main
from tests.audit.build import Record, head_after, record

TOLD = ["asked", "refused", "asked", "approved", "refused", "asked", "approved", "ended"]
WHOLE = record(TOLD)
KEY, OTHER = new_key(), new_key()


def _export(folder: Path, told: Record) -> str:
    file = folder / "record.jsonl"
    file.write_text("\n".join(told.lines) + "\n", "utf-8")
    return str(file)


def _without_refusals() -> Record:
    return record([name for name in TOLD if name != "refused"])


def _beginning_cut_off() -> Record:
    return record(TOLD[3:], after=head_after(WHOLE, 0))


def _invented_past() -> Record:
    invented = record(["invented"] * 3)
    return record(TOLD[3:], after=head_after(invented, 0))


FORGERIES: list[tuple[str, Callable[[], Record], str]] = [
    ("a wholesale rewrite", lambda: record(["harmless"] * 8), "its past was written anew"),
    ("refusals removed and all recomputed", _without_refusals, "its past was written anew"),
    ("events added in front", lambda: record(["asked", *TOLD]), "its past was written anew"),
    ("the beginning cut off", _beginning_cut_off, "begins at event 4, not at event 1"),
    ("an invented past", _invented_past, "begins at event 4, not at event 1"),
    ("the end cut off", lambda: record(TOLD[:4]), "its end was cut off"),
    ("nothing left", lambda: record([]), "its end was cut off"),
]


@pytest.mark.parametrize(
    ("forged", "told"), [row[1:] for row in FORGERIES], ids=[row[0] for row in FORGERIES]
)
def test_a_forgery_that_fits_together_is_betrayed_by_the_seals(
    forged: Callable[[], Record], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seals = [f"--seal={WHOLE.typed(0)}", f"--seal={WHOLE.typed(1)}"]
    assert main(["audit", "verify", _export(tmp_path, forged()), *seals]) == 1
    assert told in capsys.readouterr().err


def test_the_record_itself_stands_and_says_how_far_it_is_proven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "audit",
        "verify",
        _export(tmp_path, WHOLE),
        "--seal",
        WHOLE.typed(0),
        "--seal",
        WHOLE.typed(1),
    ]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "Proven up to event 6: 2 of 2 given seals stand" in said
    assert "Nothing from outside vouches for the 2 events after it" in said


def test_without_anything_from_outside_nothing_is_called_proven(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rewrite that fits together looks like this too; the words must not promise more."""
    assert main(["audit", "verify", _export(tmp_path, record(["harmless"]))]) == 0
    said = capsys.readouterr().out
    assert "nothing from outside was compared" in said
    assert "Proven" not in said


def test_one_seal_of_many_that_does_not_stand_fails_the_verification(tmp_path: Path) -> None:
    good, bad = WHOLE.typed(0), f"6={'0' * 64}"
    assert main(["audit", "verify", _export(tmp_path, WHOLE), "--seal", good, "--seal", bad]) == 1


def test_a_seal_where_none_ends_is_named() -> None:
    found = verify_export(WHOLE.lines, Outside([typed_seal(f"5={WHOLE.seals[1].digest}")]))
    assert "no seal ends at event 5" in found.problems[0]


def test_the_number_of_the_seal_itself_is_understood() -> None:
    assert verify_export(WHOLE.lines, Outside([typed_seal(f"2={WHOLE.seals[1].digest}")])).stood_to == 6


class TestPart:
    """An export that does not begin at event 1."""

    def test_it_needs_the_word(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        part = _export(tmp_path, _beginning_cut_off())
        assert main(["audit", "verify", part]) == 1
        assert "say --from 4" in capsys.readouterr().err
        assert main(["audit", "verify", part, "--from", "4"]) == 0
        assert main(["audit", "verify", part, "--from", "5"]) == 1

    def test_a_whole_export_is_no_part(self, tmp_path: Path) -> None:
        assert main(["audit", "verify", _export(tmp_path, WHOLE), "--from", "4"]) == 1

    def test_the_seal_before_it_proves_its_beginning(self) -> None:
        outside = Outside([typed_seal(WHOLE.typed(0)), typed_seal(WHOLE.typed(1))], begins_at=4)
        assert verify_export(_beginning_cut_off().lines, outside).is_good
        found = verify_export(_invented_past().lines, outside)
        assert "its past was written anew" in "".join(found.problems)

    def test_a_seal_from_before_it_proves_nothing_and_says_so(self) -> None:
        later = record(TOLD[6:], after=head_after(WHOLE, 1))
        found = verify_export(later.lines, Outside([typed_seal(WHOLE.typed(0))], begins_at=7))
        assert "lies before event 7" in found.problems[0]


class TestSignatures:
    """The public half is enough to check, and not enough to forge."""

    def _found(self, told: Record, *keys: SealKey) -> list[str]:
        public = read_public_keys(key.public_text() for key in keys)
        return verify_export(told.lines, Outside(keys=public)).problems

    def test_a_signed_record_verifies_with_the_public_key_alone(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "public.pem").write_text(KEY.public_text())
        export = _export(tmp_path, record(TOLD, sign=KEY.sign))
        assert main(["audit", "verify", export, "--public-key", str(tmp_path / "public.pem")]) == 0
        assert "Proven up to event 6: signed to event 6." in capsys.readouterr().out

    def test_a_rewrite_cannot_be_signed(self) -> None:
        assert "has no seal that is signed" in "".join(self._found(record(["harmless"] * 8), KEY))
        by_other = self._found(record(["harmless"] * 8, sign=OTHER.sign), KEY)
        assert f"is signed by the key {OTHER.key_id}, which was not given" in by_other[0]

    def test_a_signature_of_another_seal_does_not_fit(self) -> None:
        signed = record(TOLD, sign=KEY.sign)
        stolen = signed.seals[0].signature

        told = self._found(
            record(["harmless"] * 8, sign=lambda seal: replace(KEY.sign(seal), signature=stolen)), KEY
        )
        assert "did not make" in told[0]

    def test_seals_from_before_the_key_are_covered_by_the_first_signed_one(self) -> None:
        assert (
            self._found(record(TOLD, sign=lambda seal: KEY.sign(seal) if seal.number == 2 else seal), KEY)
            == []
        )

    def test_unsigned_seals_at_the_end_are_a_fault(self) -> None:
        """One in between is covered by the signed one after it: replicas of two versions may seal in turn."""
        told = self._found(record(TOLD, sign=lambda seal: KEY.sign(seal) if seal.number == 1 else seal), KEY)
        assert "is not signed" in told[0]

    def test_a_key_may_be_replaced(self) -> None:
        rotated = record(TOLD, sign=lambda seal: (KEY if seal.number == 1 else OTHER).sign(seal))
        assert self._found(rotated, KEY, OTHER) == []
        assert "which was not given" in self._found(rotated, KEY)[0]

    @pytest.mark.parametrize("signature", ["", "!", "AAAA", 7, None])
    def test_rubbish_in_place_of_a_signature_is_no_signature(self, signature: object) -> None:
        lines = list(record(TOLD, sign=KEY.sign).lines)
        damaged = json.loads(lines[7]) | {"signature": signature}
        lines[7] = json.dumps(damaged)
        assert not verify_export(lines, Outside(keys=read_public_keys([KEY.public_text()]))).is_good


class TestSealsFile:
    """`--seals FILE`: what was copied from the channel, and what the second place received."""

    def test_both_forms_are_read(self, tmp_path: Path) -> None:
        signed = record(TOLD, sign=KEY.sign)
        delivered = json.dumps({"seals": [json.loads(signed.lines[8])]})
        (tmp_path / "seals.txt").write_text(
            f"\ufeff# kept since March\n{signed.typed(0)}\n\n{delivered}\n", "utf-8"
        )
        (tmp_path / "public.pem").write_text(f"\ufeff{KEY.public_text()}", "utf-8")
        arguments = ["audit", "verify", _export(tmp_path, signed), "--seals", str(tmp_path / "seals.txt")]
        assert main([*arguments, "--public-key", str(tmp_path / "public.pem")]) == 0
        short = _export(tmp_path, record(TOLD[:4], sign=KEY.sign))
        assert main(["audit", "verify", short, *arguments[3:]]) == 1

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "it holds no seal"),
            ("# nothing\n", "it holds no seal"),
            ("3=abc\n", "line 1: '3=abc' is no seal"),
            (f"# one\nthree={'a' * 64}\n", "line 2: "),
            ("{\n", "line 1: this is not JSON"),
            ('{"seals":[1]}\n', "line 1: this JSON is not a whole seal"),
            ('{"seals":7}\n', "line 1: this JSON is not a whole seal"),
            ('{"last":3}\n', "line 1: this JSON is not a whole seal"),
        ],
    )
    def test_what_is_no_seal_is_named(
        self, text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "seals.txt").write_text(text)
        assert (
            main(["audit", "verify", _export(tmp_path, WHOLE), "--seals", str(tmp_path / "seals.txt")]) == 1
        )
        assert told in capsys.readouterr().err

    def test_a_delivery_whose_signature_does_not_hold_is_told(self) -> None:
        signed = record(TOLD, sign=OTHER.sign)
        kept = kept_seals([json.dumps(json.loads(signed.lines[4]) | {"key": KEY.key_id})])
        found = verify_export(
            record(TOLD, sign=KEY.sign).lines, Outside(kept, read_public_keys([KEY.public_text()]))
        )
        assert "as it was given has a signature that the key" in found.problems[0]


@pytest.mark.parametrize("words", [["--seal", "3"], ["--seal", "3=ff"], ["--from", "0"], ["--from", "x"]])
def test_a_word_that_is_none_is_wrong_usage(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["audit", "verify", _export(tmp_path, WHOLE), *words])
    assert ended.value.code == 2


def test_a_key_is_read_back_and_what_is_no_key_is_told() -> None:
    assert read_key(KEY.private_text()).key_id == KEY.key_id
    for text in ("", "rubbish", KEY.public_text()):
        with pytest.raises(KeyFault):
            read_key(text)
    for text in ("", KEY.private_text(), KEY.public_text().replace("MC", "AA")):
        with pytest.raises(KeyFault):
            read_public_keys([text])


def test_an_export_with_a_byte_order_mark_is_the_same_export(tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"
    file.write_text("\ufeff" + "\n".join(WHOLE.lines), "utf-8")
    assert main(["audit", "verify", str(file)]) == 0

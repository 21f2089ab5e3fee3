"""P7: a record. Whole, chained, sealed, verifiable by itself; tampering is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot import cli
from bot.audit import verify_export
from tests.flows.scene import Scene


async def _story(scene: Scene, file: Path) -> list[str]:
    """A decision, a refusal, an escalation, a look-up; sealed and exported."""
    _, card = await scene.carded(computer="BRW-WS-007")
    await scene.event("evidence_gathered")
    await scene.hand("hal").approve(card)
    await scene.hand("hal").hears("Not done")
    await scene.advance(minutes=15)
    await scene.said("escalation", "Escalated")
    await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    await scene.hand("hal").command("/blocked", "BRW-WS-007 4h")
    await scene.hand("hal").hears("Blocked")
    await scene.quiet()
    await scene.ledger.chain.seal()
    await scene.ledger.chain.export_to(file)
    return [line async for line in scene.ledger.chain.export()]


async def test_p7_a_storys_record_verifies_offline(scene: Scene, tmp_path: Path) -> None:
    """With nothing but the file, by the command that an auditor would use."""
    lines = await _story(scene, tmp_path / "record.jsonl")
    found = verify_export(lines)
    assert found.is_good, found.problems
    assert found.seals >= 1
    assert found.sealed_to == found.last
    assert cli.main(["audit", "verify", str(tmp_path / "record.jsonl")]) == 0
    names = [json.loads(json.loads(line)["body"])["name"] for line in lines if '"type":"event"' in line]
    for name in (
        "access_accepted",
        "case_opened",
        "card_posted",
        "evidence_gathered",
        "decision_refused",
        "step_taken",
        "decision_attempted",
        "decision_settled",
        "press_answered",
        "looked_up",
    ):
        assert name in names


@pytest.mark.parametrize("how", ["altered", "removed", "swapped", "cut", "private"])
async def test_p7_tampering_is_found(scene: Scene, tmp_path: Path, how: str) -> None:
    """One word, one line, the order, the end, a private part."""
    lines = await _story(scene, tmp_path / "record.jsonl")
    number = next(i for i, line in enumerate(lines) if "decision_settled" in line)
    if how == "altered":
        lines[number] = lines[number].replace('\\"ours\\":true', '\\"ours\\":false')
    elif how == "removed":
        del lines[number]
    elif how == "swapped":
        lines[number], lines[number - 1] = lines[number - 1], lines[number]
    elif how == "cut":
        lines = lines[:number]
    else:
        lines[number] = lines[number].replace("Ana Moreau", "Bo Lindqvist")
    assert not verify_export(lines).is_good
    forged = tmp_path / "forged.jsonl"
    forged.write_text("\n".join(lines), "utf-8")
    assert cli.main(["audit", "verify", str(forged)]) == 1


async def test_p7_the_records_head_is_posted_to_the_audit_channel(scene: Scene) -> None:
    """So that who owns the server cannot rewrite the past alone."""
    await scene.carded()
    await scene.bot.ticks._seal()
    said = await scene.said("audit", "Record sealed", "SHA-256")
    head = await scene.ledger.chain.head()
    assert head.seal in said or head.seals > 1


async def test_p7_retention_removes_people_and_reasons_and_the_chain_still_verifies(
    scene: Scene, tmp_path: Path
) -> None:
    """Card and record forget who asked and why; what was decided stays."""
    _, card = await scene.carded(computer="BRW-WS-007", reason="For my cousin Bernadette")
    await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    await scene.quiet()
    await scene.advance(days=91)
    text = await card.shows("are removed (retention)")
    assert "Bernadette" not in text
    assert "jivers" not in text
    await scene.quiet()
    lines = [line async for line in scene.ledger.chain.export()]
    assert not any("Bernadette" in line for line in lines)
    found = verify_export(lines)
    assert found.is_good, found.problems
    assert found.private_removed > 0

"""An approval's choice as the record keeps it: what may be kept for ever, and the words that retention removes."""

from __future__ import annotations

from bot.models import Choice, Verb


def chosen_facts(choice: Choice) -> dict[str, object]:
    """The choice without any text of people or from outside."""
    facts: dict[str, object] = {"reach": choice.reach.value}
    if choice.verb is not Verb.APPROVE:
        return facts
    facts |= {
        "computer_group_id": choice.computer_group_id,
        "application": choice.application.use.value,
        "application_id": choice.application.application_id,
        "built_in": choice.application.is_built_in,
        "recognized_by": list(choice.rule.parts) if choice.rule else ["hash"],
        "expires_at": choice.expires_at.isoformat() if choice.expires_at else "",
        "mode": choice.mode.value if choice.mode else "",
        "notify_requestor": choice.notify_requestor,
        **_elevation(choice),
    }
    return {name: value for name, value in facts.items() if value not in ("", False)}


def _elevation(choice: Choice) -> dict[str, object]:
    if not choice.elevate:
        return {"elevation": "none"}
    end = f"{choice.elevate_hours} h" if choice.elevate_hours else "none"
    return {
        "elevation": "silent" if choice.elevate_silently else "with notice",
        "elevation_ends": choice.elevate_until.isoformat() if choice.elevate_until else end,
    }


def chosen_words(choice: Choice) -> dict[str, object]:
    """What was typed or named: kept apart, and removed when the retention time is over."""
    rule = choice.rule.model_dump() if choice.rule else {}
    words = {
        "computer_group_name": choice.computer_group_name,
        "application_name": choice.application.name,
        **{f"rule_{name}": text for name, text in rule.items()},
        "safe_because": choice.safe_because,
        "mode_because": choice.mode_because,
        "ticket": choice.ticket,
        "note_to_requestor": choice.note_to_requestor,
        "internal_note": choice.internal_note,
        "on_phone_with": choice.on_phone_with,
    }
    return {name: text for name, text in words.items() if text}

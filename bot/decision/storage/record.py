"""A storage approval's choice as the record keeps it: how wide it is for ever, its words until retention. Pure."""

from __future__ import annotations

from bot.models import Choice


def storage_facts(choice: Choice) -> dict[str, object]:
    """How far a device is opened, without a name, a path or an account; empty for every other choice."""
    terms = choice.storage
    if terms is None:
        return {}
    width = {
        "devices": "all" if terms.all_devices else "one",
        "paths": "one" if terms.path else "every",
        "users": "named" if terms.users else "everybody",
    }
    return {"storage": width}


def storage_words(choice: Choice) -> dict[str, object]:
    """What was typed or names somebody: kept apart, and removed when the retention time is over."""
    terms = choice.storage
    if terms is None:
        return {}
    words: dict[str, object] = {
        "device_name": terms.device_name,
        "storage_path": terms.path,
        "storage_users": list(terms.users),
    }
    return {name: word for name, word in words.items() if word}


def recorded(facts: dict[str, object], choice: Choice) -> dict[str, object]:
    """An approval's facts with those of a storage approval, which recognizes a device and no file by its hash."""
    if choice.storage is None:
        return facts
    kept = {name: value for name, value in facts.items() if name not in ("recognized_by", "application")}
    return kept | storage_facts(choice)

"""What a person has typed and chosen in inputs, in the form of Slack's `state.values`."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from rehearsal.slack.block_elements import options_of
from rehearsal.slack.errors import InputError, Json, PersonError

Values = dict[str, dict[str, Json]]

# Where each element's choice stands in its state, and which field of the element it starts from.
_ONE_OPTION = {"static_select", "external_select", "radio_buttons", "overflow"}
_MANY_OPTIONS = {"multi_static_select", "multi_external_select", "checkboxes"}
_PLAIN = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
_LISTS = {
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "file_input": ("files", "initial_files"),
}
STATEFUL = _ONE_OPTION | _MANY_OPTIONS | set(_PLAIN) | set(_LISTS)
_REQUIRED = "Please complete this required field."


def elements_of(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with the block it stands in, nested blocks included."""
    for block in blocks:
        yield from ((block, element) for element in _own_elements(block))
        for inner in ("child_blocks", "tasks"):
            yield from elements_of(block.get(inner) or [])
        if block["type"] == "carousel":
            yield from elements_of(block["elements"])


def _own_elements(block: Json) -> list[Json]:
    kind = block["type"]
    found: list[Json] = []
    if kind in {"actions", "context_actions"}:
        found = list(block["elements"])
    elif kind == "section" and "accessory" in block:
        found = [block["accessory"]]
    elif kind == "input":
        found = [block["element"]]
    elif kind == "card":
        found = list(block.get("actions") or [])
    return [element for element in found if element["type"] != "image"]


def initial_values(blocks: list[Json]) -> Values:
    """The state before anybody touched anything."""
    values: Values = {}
    for block, element in elements_of(blocks):
        if element["type"] in STATEFUL - {"overflow"}:
            values.setdefault(block["block_id"], {})[element["action_id"]] = _initial(element)
    return values


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": list(element.get("initial_options") or [])}
    if kind in _LISTS:
        key, source = _LISTS[kind]
        return {"type": kind, key: list(element.get(source) or [])}
    key, source = _PLAIN[kind]
    return {"type": kind, key: element.get(source)}


def choose(element: Json, value: Any, offered: list[Json] | None = None) -> Json:
    """The state of an element after a person chose or typed `value`.

    Options are named by their `value`; `offered` are the ones that the app answered for an external
    select. Raises PersonError for an option that is not there.
    """
    kind = element["type"]
    options = offered if offered is not None else options_of(element)
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": None if value is None else _option(options, value)}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": [_option(options, each) for each in _many(element, value)]}
    if kind in _LISTS:
        return {"type": kind, _LISTS[kind][0]: _many(element, value)}
    if kind not in _PLAIN:
        raise PersonError(f"Nothing can be typed or chosen in an element of type {kind}.")
    return {"type": kind, _PLAIN[kind][0]: value if value != "" else None}


def _many(element: Json, value: Any) -> list[Any]:
    chosen = value if isinstance(value, list) else [value]
    most = element.get("max_selected_items", len(chosen))
    if len(chosen) > most:
        raise PersonError(f"At most {most} items can be chosen in {element['action_id']}.")
    return chosen


def _option(options: list[Json], value: Any) -> Json:
    if not options and isinstance(value, dict):  # From an external select: the option as the app answered it.
        return value
    for option in options:
        if option.get("value") == value:
            return option
    raise PersonError(
        f"Option {value!r} is not offered; there are {[option.get('value') for option in options]}."
    )


def chosen(state: Json) -> Any:
    """The bare choice in a state: None or an empty list when nothing is chosen."""
    return next(value for key, value in state.items() if key != "type")


def check_inputs(blocks: list[Json], values: Values) -> None:
    """What Slack's client checks before it sends a modal; raises InputError with the blocks at fault."""
    mistakes = {}
    for block, element in elements_of(blocks):
        if block["type"] != "input":
            continue
        value = chosen(values[block["block_id"]][element["action_id"]])
        why = _mistake(block, element, value)
        if why:
            mistakes[block["block_id"]] = why
    if mistakes:
        raise InputError(mistakes)


def _mistake(block: Json, element: Json, value: Any) -> str:
    if value is None or value == []:
        return "" if block.get("optional") else _REQUIRED
    check = _FORMS.get(element["type"])
    return check(element, str(value)) if check else ""


def _text_mistake(element: Json, text: str) -> str:
    if len(text) < element.get("min_length", 0):
        return f"Please use at least {element['min_length']} characters."
    if len(text) > element.get("max_length", 3000):
        return f"Please use at most {element.get('max_length', 3000)} characters."
    return ""


def _number_mistake(element: Json, text: str) -> str:
    form = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
    if not re.fullmatch(form, text):
        return "Please enter a number."
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and float(text) < float(low):
        return f"Please enter {low} or more."
    if high is not None and float(text) > float(high):
        return f"Please enter {high} or less."
    return ""


def _email_mistake(_element: Json, text: str) -> str:
    return "" if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) else "Please enter an email address."


def _url_mistake(_element: Json, text: str) -> str:
    return "" if re.fullmatch(r"https?://\S+", text) else "Please enter a URL."


_FORMS: dict[str, Callable[[Json, str], str]] = {
    "plain_text_input": _text_mistake,
    "number_input": _number_mistake,
    "email_text_input": _email_mistake,
    "url_text_input": _url_mistake,
}

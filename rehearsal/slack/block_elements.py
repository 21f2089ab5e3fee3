"""The rules of Block Kit's interactive elements (docs.slack.dev/reference/block-kit/block-elements)."""

from typing import Any

from rehearsal.slack.block_checks import (
    Check,
    Findings,
    any_text,
    anything,
    boolean,
    both,
    choice,
    exactly_one,
    integer,
    items,
    matching,
    only_on,
    plain,
    record,
    remember_action,
    string,
    text_object,
    typed,
)

ACTION_ID_MOST = 255
OPTIONS_IN_SELECT, OPTIONS_IN_OVERFLOW, OPTIONS_IN_LIST = 100, 5, 10
_DATE = matching(r"\d{4}-\d{2}-\d{2}", "a date in the form YYYY-MM-DD")
_TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "a time in the form HH:mm")

confirm = record(
    {
        "title": plain(100),
        "text": any_text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": choice("primary", "danger"),
    },
    ("text",),
)
option = record(
    {"text": plain(75), "value": string(150), "description": plain(75), "url": string(3000)},
    ("text", "value"),
)
rich_option = record(
    {
        "text": text_object(("plain_text", "mrkdwn"), 75),
        "value": string(150),
        "description": text_object(("plain_text", "mrkdwn"), 75),
    },
    ("text", "value"),
)
_group = record({"label": plain(75), "options": items(option, OPTIONS_IN_SELECT)}, ("label", "options"))
_dispatch = record({"trigger_actions_on": items(choice("on_enter_pressed", "on_character_entered"), 2)})


def _focus(value: Any, where: str, findings: Findings) -> None:
    boolean(value, where, findings)
    findings.focused += value is True
    if findings.focused > 1:
        findings.add("only one element may have focus_on_load", where)


def _element(fields: dict[str, Check], required: tuple[str, ...] = (), *extra: Check) -> Check:
    shape = record({"type": anything, "action_id": string(ACTION_ID_MOST), **fields}, required)
    return both(shape, remember_action, *extra)


def _option_values_are_unique(value: Any, where: str, findings: Findings) -> None:
    options = value.get("options")
    if not isinstance(options, list):
        return
    values = [entry.get("value") for entry in options if isinstance(entry, dict)]
    if len(set(map(str, values))) < len(values):
        findings.add("option values must be unique", f"{where}/options")


def _initial_is_offered(value: Any, where: str, findings: Findings) -> None:
    offered = options_of(value)
    initial = value.get("initial_options") or [value.get("initial_option")]
    for entry in initial if isinstance(initial, list) else []:
        if entry is not None and entry not in offered:
            findings.add("initial option must be one of the options", where)


def options_of(element: Any) -> list[Any]:
    """The options that a select, overflow, radio or checkbox element offers, groups flattened."""
    offered = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        if isinstance(group, dict):
            offered += group.get("options") or []
    return offered


_FOCUS: dict[str, Check] = {"confirm": confirm, "focus_on_load": _focus}
_PICK: dict[str, Check] = {**_FOCUS, "placeholder": plain(150)}
_MANY: dict[str, Check] = {**_PICK, "max_selected_items": integer(1, 100)}
_TYPE: dict[str, Check] = {
    "focus_on_load": _focus,
    "placeholder": plain(150),
    "dispatch_action_config": _dispatch,
}
_STATIC: dict[str, Check] = {
    "options": items(option, OPTIONS_IN_SELECT),
    "option_groups": items(_group, 100),
}
_FILTER = record(
    {
        "include": items(choice("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    }
)
_USER_ID = matching(r"[UW][A-Z0-9]+", "a user id")
_CHANNEL_ID = matching(r"[CGD][A-Z0-9]+", "a conversation id")


def _response_url(value: Any, where: str, findings: Findings) -> None:
    boolean(value, where, findings)
    if value and (findings.surface != "modal" or not where.endswith("/element/response_url_enabled")):
        findings.add("response_url_enabled is only allowed in input blocks of modals", where)


_URL_ABLE: dict[str, Check] = {"response_url_enabled": _response_url}

_workflow = record(
    {"trigger": record({"url": string(3000), "customizable_input_parameters": anything}, ("url",))},
    ("trigger",),
)
button = _element(
    {
        "text": plain(75),
        "value": string(2000),
        "url": string(3000),
        "style": choice("primary", "danger"),
        "confirm": confirm,
        "accessibility_label": string(75),
    },
    ("text",),
)
_workflow_button = _element(
    {
        "text": plain(75),
        "workflow": _workflow,
        "style": choice("primary", "danger"),
        "confirm": confirm,
        "accessibility_label": string(75),
    },
    ("text", "workflow"),
)
_overflow = _element(
    {"options": items(option, OPTIONS_IN_OVERFLOW), "confirm": confirm},
    ("options",),
    _option_values_are_unique,
)
_list_of_options = {"options": items(rich_option, OPTIONS_IN_LIST), **_FOCUS}

INTERACTIVE: dict[str, Check] = {
    "button": button,
    "workflow_button": only_on(("message",), _workflow_button, "workflow_button"),
    "overflow": _overflow,
    "static_select": _element(
        {**_PICK, **_STATIC, "initial_option": option},
        (),
        exactly_one("options", "option_groups"),
        _initial_is_offered,
    ),
    "multi_static_select": _element(
        {**_MANY, **_STATIC, "initial_options": items(option, 100)},
        (),
        exactly_one("options", "option_groups"),
        _initial_is_offered,
    ),
    "external_select": _element({**_PICK, "initial_option": option, "min_query_length": integer(0, 1000)}),
    "multi_external_select": _element(
        {**_MANY, "initial_options": items(option, 100), "min_query_length": integer(0, 1000)}
    ),
    "users_select": _element({**_PICK, "initial_user": _USER_ID}),
    "multi_users_select": _element({**_MANY, "initial_users": items(_USER_ID, 100, 0)}),
    "channels_select": _element({**_PICK, **_URL_ABLE, "initial_channel": _CHANNEL_ID}),
    "multi_channels_select": _element({**_MANY, "initial_channels": items(_CHANNEL_ID, 100, 0)}),
    "conversations_select": _element(
        {
            **_PICK,
            **_URL_ABLE,
            "initial_conversation": _CHANNEL_ID,
            "filter": _FILTER,
            "default_to_current_conversation": boolean,
        }
    ),
    "multi_conversations_select": _element(
        {
            **_MANY,
            "initial_conversations": items(_CHANNEL_ID, 100, 0),
            "filter": _FILTER,
            "default_to_current_conversation": boolean,
        }
    ),
    "datepicker": _element({**_PICK, "initial_date": _DATE}),
    "timepicker": _element({**_PICK, "initial_time": _TIME, "timezone": string()}),
    "datetimepicker": _element({**_FOCUS, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}),
    "radio_buttons": _element(
        {**_list_of_options, "initial_option": rich_option},
        ("options",),
        _option_values_are_unique,
        _initial_is_offered,
    ),
    "checkboxes": _element(
        {**_list_of_options, "initial_options": items(rich_option, OPTIONS_IN_LIST)},
        ("options",),
        _option_values_are_unique,
        _initial_is_offered,
    ),
    "rich_text_input": _element(
        {**_TYPE, "initial_value": anything, "min_lines": integer(1, 100), "max_lines": integer(1, 100)}
    ),
}

TYPED: dict[str, Check] = {
    "plain_text_input": _element(
        {
            **_TYPE,
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        }
    ),
    "email_text_input": _element({**_TYPE, "initial_value": string(None, 0)}),
    "url_text_input": _element({**_TYPE, "initial_value": string(None, 0)}),
    "number_input": _element(
        {
            **_TYPE,
            "is_decimal_allowed": boolean,
            "initial_value": string(),
            "min_value": string(),
            "max_value": string(),
        },
        ("is_decimal_allowed",),
    ),
    "file_input": only_on(
        ("modal",), _element({"filetypes": items(string(), 100), "max_files": integer(1, 10)}), "file_input"
    ),
}

image_element = both(
    record(
        {
            "type": anything,
            "alt_text": string(2000),
            "image_url": string(3000),
            "slack_file": anything,
            "image_width": anything,
            "image_height": anything,
            "image_bytes": anything,
        },
        ("alt_text",),
    ),
    exactly_one("image_url", "slack_file"),
)
_feedback_button = record(
    {"text": plain(75), "accessibility_label": string(75), "value": string(2000)}, ("text", "value")
)
_icon_button = _element(
    {
        "icon": string(),
        "text": plain(75),
        "accessibility_label": string(75),
        "value": string(2000),
        "visible_to_user_ids": items(_USER_ID, 100),
        "confirm": confirm,
    },
    ("icon", "text"),
)

_ACCESSORIES = {kind: check for kind, check in INTERACTIVE.items() if kind != "rich_text_input"}
_INPUTS = {
    kind: check
    for kind, check in INTERACTIVE.items()
    if kind not in {"button", "workflow_button", "overflow"}
} | TYPED

in_actions = typed(INTERACTIVE, "element type")
in_section = typed({**_ACCESSORIES, "image": image_element}, "element type")
in_input = typed(_INPUTS, "element type")
in_context = typed(
    {
        "image": image_element,
        "plain_text": text_object(("plain_text",), 3000),
        "mrkdwn": text_object(("mrkdwn",), 3000),
    },
    "element type",
)
in_context_actions = typed(
    {
        "feedback_buttons": _element(
            {"positive_button": _feedback_button, "negative_button": _feedback_button},
            ("positive_button", "negative_button"),
        ),
        "icon_button": _icon_button,
    },
    "element type",
)

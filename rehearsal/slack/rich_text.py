"""The rules of `rich_text` blocks (docs.slack.dev/reference/block-kit/blocks/rich-text-block)."""

from rehearsal.slack.block_checks import (
    Check,
    anything,
    boolean,
    choice,
    integer,
    items,
    record,
    string,
    typed,
)

_STYLE = record(
    dict.fromkeys(
        ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean
    )
)


def _run(fields: dict[str, Check], required: tuple[str, ...]) -> Check:
    return record({"type": anything, "style": _STYLE, **fields}, required)


_RUNS: dict[str, Check] = {
    "text": _run({"text": string()}, ("text",)),
    "link": _run({"url": string(3000), "text": string(None, 0), "unsafe": boolean}, ("url",)),
    "emoji": _run(
        {"name": string(), "unicode": string(), "url": string(), "skin_tone": integer(1, 6)}, ("name",)
    ),
    "user": _run({"user_id": string()}, ("user_id",)),
    "usergroup": _run({"usergroup_id": string()}, ("usergroup_id",)),
    "channel": _run({"channel_id": string()}, ("channel_id",)),
    "team": _run({"team_id": string()}, ("team_id",)),
    "broadcast": _run({"range": choice("here", "channel", "everyone")}, ("range",)),
    "color": _run({"value": string()}, ("value",)),
    "date": _run(
        {"timestamp": integer(0, 9_999_999_999), "format": string(), "url": string(), "fallback": string()},
        ("timestamp", "format"),
    ),
}
_runs = items(typed(_RUNS, "rich text element"), 10_000, 0)
_pre_runs = items(typed({kind: _RUNS[kind] for kind in ("text", "link")}, "rich text element"), 10_000, 0)
_border = integer(0, 1)
_section = record({"type": anything, "elements": _runs}, ("elements",))

_PARTS: dict[str, Check] = {
    "rich_text_section": _section,
    "rich_text_list": record(
        {
            "type": anything,
            "elements": items(typed({"rich_text_section": _section}), 1_000, 0),
            "style": choice("bullet", "ordered"),
            "indent": integer(0, 8),
            "offset": integer(0, 100_000),
            "border": _border,
        },
        ("elements", "style"),
    ),
    "rich_text_quote": record({"type": anything, "elements": _runs, "border": _border}, ("elements",)),
    "rich_text_preformatted": record(
        {"type": anything, "elements": _pre_runs, "border": _border, "language": string()}, ("elements",)
    ),
}

rich_text_parts = items(typed(_PARTS, "rich text element"), 1_000)

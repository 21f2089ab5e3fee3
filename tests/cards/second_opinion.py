"""Builds our payloads once more with `slackblocks`, an independent library that checks Slack's limits itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import slackblocks as sb
from slackblocks.rich_text import elements as rt
from slackblocks.rich_text.objects import RichTextCodeBlock, RichTextObject, RichTextSection

Json = Mapping[str, Any]


def check_message_twice(blocks: Sequence[Json], text: str) -> None:
    """Raises slackblocks' own error for a message that it would refuse."""
    sb.Message(channel="C0TEST", text=text, blocks=[_block(block) for block in blocks]).to_dict()


def check_view_twice(view: Json) -> None:
    """Raises slackblocks' own error for a view that it would refuse."""
    blocks = [_block(block) for block in view["blocks"]]
    if view["type"] == "home":
        sb.HomeTabView(blocks=blocks).to_dict()
        return
    sb.ModalView(
        title=_text(view["title"]),
        blocks=blocks,
        close=_text(view["close"]),
        submit=_text(view["submit"]) if "submit" in view else None,
        private_metadata=view["private_metadata"] or None,
        callback_id=view["callback_id"],
    ).to_dict()


def _text(text: Json) -> sb.Text:
    kind = sb.TextType.PLAINTEXT if text["type"] == "plain_text" else sb.TextType.MARKDOWN
    return sb.Text(text["text"], type_=kind, verbatim=text.get("verbatim", False))


def _block(block: Json) -> sb.Block:
    block_id = block.get("block_id")
    match block["type"]:
        case "header":
            return sb.HeaderBlock(_text(block["text"]), block_id=block_id)
        case "divider":
            return sb.DividerBlock(block_id=block_id)
        case "context":
            return sb.ContextBlock([_text(element) for element in block["elements"]], block_id=block_id)
        case "actions":
            return sb.ActionsBlock([_element(element) for element in block["elements"]], block_id=block_id)
        case "rich_text":
            return sb.RichTextBlock([_part(part) for part in block["elements"]], block_id=block_id)
        case "table":
            # It wraps each of its cells by itself.
            rows: list[list[Any]] = [
                [_part(part) for cell in row for part in cell["elements"]] for row in block["rows"]
            ]
            settings = [sb.ColumnSettings(**each) for each in block["column_settings"]]
            return sb.TableBlock(rows, settings, block_id=block_id)
        case "input":
            return sb.InputBlock(
                label=_text(block["label"]),
                element=_element(block["element"]),
                block_id=block_id,
                hint=_text(block["hint"]) if "hint" in block else None,
                optional=block["optional"],
                dispatch_action=block.get("dispatch_action", False),
            )
    raise AssertionError(f"no second opinion on {block['type']}")


def _part(part: Json) -> RichTextObject:
    runs = [_run(run) for run in part["elements"]]
    return RichTextCodeBlock(runs) if part["type"] == "rich_text_preformatted" else RichTextSection(runs)


def _run(run: Json) -> rt.RichTextElement:
    match run["type"]:
        case "text":
            return rt.RichText(run["text"], **run.get("style", {}))
        case "user":
            return rt.RichTextUser(run["user_id"])
        case "usergroup":
            return rt.RichTextUserGroup(run["usergroup_id"])
        case "channel":
            return rt.RichTextChannel(run["channel_id"])
        case "link":
            return rt.RichTextLink(run["url"], text=run["text"])
        case "date":
            # The library has no date element; its fallback stands in.
            return rt.RichText(run["fallback"])
    raise AssertionError(f"no second opinion on {run['type']}")


def _option(option: Json) -> sb.Option:
    description = _text(option["description"]) if "description" in option else None
    return sb.Option(_text(option["text"]), option["value"], description, option.get("url"))


def _options(element: Json) -> list[sb.Option]:
    return [_option(option) for option in element.get("options", ())]


def _groups(element: Json) -> list[sb.OptionGroup] | None:
    groups = [
        sb.OptionGroup(_text(group["label"]), [_option(option) for option in group["options"]])
        for group in element.get("option_groups", ())
    ]
    return groups or None


def _element(element: Json) -> sb.Element:
    action_id = element["action_id"]
    initial = [_option(option) for option in element.get("initial_options", ())] or None
    first = _option(element["initial_option"]) if "initial_option" in element else None
    match element["type"]:
        case "button":
            return sb.Button(
                _text(element["text"]),
                action_id,
                url=element.get("url"),
                value=element.get("value"),
                style=element.get("style"),
            )
        case "overflow":
            return sb.OverflowMenu(action_id, _options(element))
        case "radio_buttons":
            return sb.RadioButtonGroup(action_id, _options(element), initial_option=first)
        case "checkboxes":
            return sb.CheckboxGroup(action_id, _options(element), initial_options=initial)
        case "users_select":
            return sb.UserSelectMenu(action_id, placeholder=_text(element["placeholder"]))
        case "static_select":
            return sb.StaticSelectMenu(
                action_id,
                _options(element) or None,
                _groups(element),
                # The library wants a whole group here; Slack's reference wants one option of a group.
                None if "option_groups" in element else first,
                placeholder=_text(element["placeholder"]),
            )
        case "multi_static_select":
            return sb.StaticMultiSelectMenu(
                action_id,
                # The library itself takes None beside groups; only its signature does not say so.
                cast("list[sb.Option]", _options(element) or None),
                _groups(element),
                initial,
                placeholder=_text(element["placeholder"]),
            )
        case "plain_text_input":
            return sb.PlainTextInput(
                action_id,
                initial_value=element.get("initial_value"),
                multiline=element["multiline"],
                max_length=element["max_length"],
            )
        case "datepicker":
            return sb.DatePicker(
                action_id,
                initial_date=element.get("initial_date"),
                placeholder=_text(element["placeholder"]),
            )
    raise AssertionError(f"no second opinion on {element['type']}")

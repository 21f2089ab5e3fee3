"""Entering values into a modal, submitting it, and acting on what the app answers."""

from typing import Any

from rehearsal.slack import payloads
from rehearsal.slack.errors import Json, PersonError, SlackError
from rehearsal.slack.input_state import check_inputs, choose, elements_of
from rehearsal.slack.installation import Installation
from rehearsal.slack.people import PersonRecord
from rehearsal.slack.views import View


def enter(view: View, values: dict[str, dict[str, Any]]) -> None:
    """Types and chooses; raises PersonError for a block or action that the modal does not have."""
    there = {
        (block["block_id"], element["action_id"]): element
        for block, element in elements_of(view.body["blocks"])
    }
    for block_id, actions in values.items():
        for action_id, value in actions.items():
            element = there.get((block_id, action_id))
            if element is None:
                raise PersonError(f"The modal has no input {(block_id, action_id)}; it has {sorted(there)}.")
            view.values[block_id][action_id] = choose(element, value)


def submission(installation: Installation, person: PersonRecord, view: View) -> Json:
    """The `view_submission` payload, after the checks that Slack's client makes."""
    if not view.body.get("submit"):
        raise PersonError("The modal has no submit button.")
    check_inputs(view.body["blocks"], view.values)
    payload = payloads.base(installation, person, "view_submission")
    payload |= {
        "trigger_id": installation.triggers.issue(person.id),
        "view": installation.views.wire(view),
        "response_urls": _response_urls(installation, person, view),
    }
    return payload


def _response_urls(installation: Installation, person: PersonRecord, view: View) -> list[Json]:
    urls = []
    for block, element in elements_of(view.body["blocks"]):
        if not element.get("response_url_enabled"):
            continue
        state = view.values[block["block_id"]][element["action_id"]]
        channel_id = state.get("selected_conversation") or state.get("selected_channel")
        if channel_id:
            path = installation.response_urls.issue("actions", channel_id, person.id)
            urls.append(
                {
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                    "channel_id": channel_id,
                    "response_url": installation.origin() + path,
                }
            )
    return urls


def answer_submission(installation: Installation, view: View, response: Any) -> str:
    """Does what the acknowledgement asks of the modal; names what the person then sees.

    An answer that Slack cannot follow leaves the modal open with "trouble connecting".
    """
    kind = response.get("response_action") if isinstance(response, dict) else None
    if not kind:
        installation.views.close(view, whole_stack=False)
        return "closed"
    try:
        return _follow(installation, view, kind, response)
    except SlackError as refusal:
        installation.workspace.note("view_answer_refused", view=view.id, error=str(refusal))
        return f"trouble: {refusal}"


def _follow(installation: Installation, view: View, kind: str, response: Json) -> str:
    if kind == "errors":
        _show_errors(installation, view, response.get("errors"))
        return "errors"
    if kind == "clear":
        installation.views.close(view, whole_stack=True)
        return "cleared"
    if kind == "update":
        installation.views.update(view, response.get("view"), "")
        return "updated"
    if kind == "push":
        installation.views.push(view.user_id, response.get("view"))
        return "pushed"
    raise SlackError("invalid_response_action", messages=[f"[ERROR] unknown response_action {kind}"])


def _show_errors(installation: Installation, view: View, errors: Any) -> None:
    inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        named = sorted(errors) if isinstance(errors, dict) else errors
        raise SlackError(
            "invalid_errors",
            messages=[f"[ERROR] errors must name input blocks {sorted(inputs)}, not {named}"],
        )
    installation.views.show_errors(view, errors)

"""The `views.*` methods."""

from rehearsal.slack.api_call import Call
from rehearsal.slack.errors import Json, SlackError
from rehearsal.slack.views import View


def _answer(call: Call, view: View) -> Json:
    return {"view": call.views.wire(view)}


def open_view(call: Call) -> Json:
    """`views.open`."""
    trigger = call.triggers.check(call.text("trigger_id"))
    view = call.views.open(trigger.user_id, call.data("view", "invalid_arguments"))
    trigger.exchanged = True
    return _answer(call, view)


def push_view(call: Call) -> Json:
    """`views.push`."""
    trigger = call.triggers.check(call.text("trigger_id"))
    view = call.views.push(trigger.user_id, call.data("view", "invalid_arguments"))
    trigger.exchanged = True
    return _answer(call, view)


def update_view(call: Call) -> Json:
    """`views.update`, by `view_id` or `external_id`, with an optional `hash`."""
    view = call.views.by_name(call.text("view_id"), call.text("external_id"))
    body = call.data("view", "invalid_arguments")
    return _answer(call, call.views.update(view, body, call.text("hash")))


def publish_view(call: Call) -> Json:
    """`views.publish`: a person's Home tab."""
    if not call.manifest.home_tab:
        raise SlackError("not_enabled")
    user = call.user("user_id")
    view = call.views.publish(user.id, call.data("view", "invalid_arguments"), call.text("hash"))
    return _answer(call, view)

"""Who is who: `auth.test`, `users.*`, `usergroups.*`, `team.info`, `bots.info`."""

from rehearsal.slack.api_call import Call, paged
from rehearsal.slack.errors import Json, SlackError
from rehearsal.slack.people import PersonRecord, UserGroup, user_object


def auth_test(call: Call) -> Json:
    """`auth.test`."""
    workspace = call.workspace
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "team_id": workspace.team_id,
        "user": workspace.person(workspace.bot_user_id).name,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def open_connection(call: Call) -> Json:
    """`apps.connections.open`; only for apps with Socket Mode switched on."""
    if not call.manifest.socket_mode:
        raise SlackError("forbidden_team")
    return {"url": call.installation.socket_link()}


def _user(call: Call, person: PersonRecord) -> Json:
    with_email = "users:read.email" in call.manifest.scopes
    updated = int(call.workspace.clock.time())
    return user_object(person, call.workspace.team_id, with_email=with_email, updated=updated)


def users_info(call: Call) -> Json:
    """`users.info`."""
    return {"user": _user(call, call.user())}


def users_list(call: Call) -> Json:
    """`users.list`; foreign people who share a channel are in it, as in Slack."""
    known = [person for person in call.workspace.people.values() if call.workspace.is_visible(person)]
    page, cursor = call.page(known)
    return paged({"members": [_user(call, person) for person in page]}, cursor)


def users_lookup_by_email(call: Call) -> Json:
    """`users.lookupByEmail`; deactivated and foreign people are not found by it."""
    email = call.need("email").lower()
    for person in call.workspace.people.values():
        own = person.team_id == call.workspace.team_id and not person.deactivated and not person.bot
        if own and person.email.lower() == email:
            return {"user": _user(call, person)}
    raise SlackError("users_not_found")


def user_groups_list(call: Call) -> Json:
    """`usergroups.list`."""
    with_users, with_disabled = call.flag("include_users"), call.flag("include_disabled")
    groups = [group for group in call.workspace.user_groups.values() if with_disabled or not group.disabled]
    return {"usergroups": [group.wire(call.workspace.team_id, with_users=with_users) for group in groups]}


def user_group_users(call: Call) -> Json:
    """`usergroups.users.list`."""
    group: UserGroup | None = call.workspace.user_groups.get(call.need("usergroup"))
    if group is None or (group.disabled and not call.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


def team_info(call: Call) -> Json:
    """`team.info`."""
    workspace = call.workspace
    if call.text("team", workspace.team_id) != workspace.team_id:
        raise SlackError("team_not_found")
    team = {"id": workspace.team_id, "name": workspace.name, "domain": workspace.domain, "email_domain": ""}
    return {"team": team}


def bots_info(call: Call) -> Json:
    """`bots.info`."""
    workspace = call.workspace
    bot_id = call.text("bot", workspace.bot_id)
    owner = next((person for person in workspace.people.values() if person.bot_id == bot_id), None)
    if owner is None:
        raise SlackError("bot_not_found")
    bot = {
        "id": bot_id,
        "deleted": owner.deactivated,
        "name": owner.real_name,
        "user_id": owner.id,
        "app_id": workspace.app_id if bot_id == workspace.bot_id else "",
        "updated": int(workspace.clock.time()),
    }
    return {"bot": bot}

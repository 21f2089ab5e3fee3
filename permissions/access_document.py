"""The shape of the access file: which tables and keys it has, of what type."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field


def _moment(value: object) -> object:
    """TOML gives times as datetimes and JSON as text; a number is neither and would be guessed at."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass  # told below, in the same words as for any other value that is not a time
    raise ValueError("give a date and time with its zone, such as 2027-01-31T18:00:00Z")


Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
SlackId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")]
UserGroupId = Annotated[str, Field(pattern=r"^S[A-Z0-9]{2,20}$")]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
OrganizationId = Annotated[str, Field(min_length=1, pattern=r"^\S+$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PersonTable(_Table):
    """`[people.<key>]`: one person, with every Slack id that is theirs."""

    name: Text
    slack: list[SlackId] = Field(default=[], description="Every Slack id of this person.")
    portal: list[Text] = Field(
        default=[],
        description="The accounts of their own computers, in any form: DOMAIN\\user, user@domain, user, a SID. Who may "
        "decide needs one.",
    )
    emails: list[Text] = Field(default=[], description="Also names under which a request is theirs.")
    comment: str = ""


class UserGroupTable(_Table):
    """`[user_groups.<key>]`: one Slack user group. Who edits it in Slack decides who has what is granted to it."""

    slack: UserGroupId = Field(description="The user group's id in Slack.")
    comment: str = ""


class RoleTable(_Table):
    """`[roles."<name>"]`: one text, which makes one role in each organization it names."""

    permissions: list[Text] = Field(min_length=1)
    organizations: Annotated[list[Text], Field(min_length=1)] | Literal["everywhere"]
    and_below: bool = Field(default=False, description="Also one role in every organization below.")
    comment: str = ""


class GrantTable(_Table):
    """`[[grants]]`: these people and user groups have these permissions and roles in these organizations."""

    people: list[Text] = []
    user_groups: list[Text] = Field(
        default=[], description="Keys of [user_groups]. Only people of this file count among their members."
    )
    organizations: list[Text] = Field(
        min_length=1, description="Names from [organizations], or the ids themselves."
    )
    and_below: bool = Field(default=False, description="One such grant in every organization below, too.")
    permissions: list[Text] = []
    roles: list[Text] = []
    until: Moment | None = Field(default=None, description="The first moment without it, with a zone.")
    comment: str = ""


class EndTable(_Table):
    """`[end]`: nothing stands in it, and nothing after it."""


class AccessDocument(_Table):
    """The whole access file."""

    version: Literal[1] = Field(description="The version of this format.")
    end_mark: bool = Field(
        default=False,
        description="The last line is [end], so that a save that was cut off is told from the whole.",
    )
    match_people_by_email: bool = False
    slack_user_groups: bool = Field(
        default=False, description="Lets Slack user groups hold grants: who edits one there hands them out."
    )
    organizations: dict[Text, OrganizationId] = Field(
        default={}, description="Short names for the portal's organization ids."
    )
    people: dict[Text, PersonTable] = {}
    user_groups: dict[Text, UserGroupTable] = {}
    roles: dict[Text, RoleTable] = {}
    grants: list[GrantTable] = []
    end: EndTable | None = Field(
        default=None, description="With end_mark: empty, and the last line of the file."
    )


def access_schema() -> dict[str, Any]:
    """The JSON Schema of the access file, for editors."""
    return AccessDocument.model_json_schema()

"""How the tests ask for a refusal: the error's name, or the whole answer."""

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    """The answer of a Web API call that must fail."""
    with pytest.raises(SlackApiError) as refused:
        await call
    answer: dict[str, Any] = refused.value.response.data
    return answer


async def error_of(call: Awaitable[Any]) -> str:
    """Slack's name for why a Web API call failed."""
    return str((await refusal(call))["error"])

"""What is typed after `/gatehouse oncall` to change who is on call."""

from __future__ import annotations

import pytest

from bot.administration.duty_orders import (
    AwayOrder,
    DropOrder,
    OverrideOrder,
    SwapOrder,
    TakeOrder,
    read_away,
    read_drop,
    read_override,
    read_swap,
    read_take,
)
from bot.administration.orders import Someone
from bot.rules.typed import Misread

BO, ANA = Someone(slack_user_id="U0BO"), Someone(key="ana")


@pytest.mark.parametrize(
    ("found", "order"),
    [
        (read_take("leads"), TakeOrder("leads")),
        (read_take("leads until 18:00"), TakeOrder("leads", "until 18:00")),
        (read_take("week for 4h because Bo is ill"), TakeOrder("week", "for 4h", "Bo is ill")),
        (read_swap("tuesday with <@U0BO|bo>"), SwapOrder("tuesday", BO)),
        (
            read_swap("fri 18:00 - 20:00 with @ana for 2026-12-24 on week because of a wedding"),
            SwapOrder("fri 18:00 - 20:00", ANA, "2026-12-24", "week", "of a wedding"),
        ),
        (read_swap('"turn" with ana on week'), SwapOrder("turn", ANA, "", "week")),
        (read_override("week tuesday <@U0BO>"), OverrideOrder("week", "tuesday", BO)),
        (
            read_override('week "2026-12-24 - 2026-12-26" ana because of the holidays'),
            OverrideOrder("week", "2026-12-24 - 2026-12-26", ANA, "of the holidays"),
        ),
        (read_away("tuesday"), AwayOrder("tuesday")),
        (read_away("<@U0BO|bo> fri - sun because Bo is ill"), AwayOrder("fri - sun", BO, "Bo is ill")),
        (read_drop(""), DropOrder("")),
        (read_drop("y12345678 because Bo is well"), DropOrder("y12345678", "Bo is well")),
    ],
)
def test_an_order_is_read(found: object, order: object) -> None:
    assert found == order


LONG = f"tuesday {'x' * 1000}"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (read_take(""), "which tier or rota"),
        (read_take(LONG), "longer than"),
        (read_take("leads because"), "does not say why"),
        (read_swap("tuesday"), "with whom"),
        (read_swap("tuesday with bo and more"), "with whom"),
        (read_swap("tuesday with (bo)"), "does not say who"),
        (read_swap(LONG), "longer than"),
        (read_override("week tuesday"), "which rota, when"),
        (read_override("week tuesday (bo)"), "does not say who"),
        (read_override(LONG), "longer than"),
        (read_away(""), "does not say when"),
        (read_away("@ana"), "does not say when"),
        (read_away("@(ana) friday"), "does not say who"),
        (read_away(LONG), "longer than"),
        (read_drop("one two"), "did not understand"),
        (read_drop(LONG), "longer than"),
    ],
)
def test_what_an_order_lacks_is_said(found: object, why: str) -> None:
    assert isinstance(found, Misread), found
    assert why in found.why

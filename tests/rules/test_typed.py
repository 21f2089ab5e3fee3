"""What Slack and its input field made of a typed text is undone, and nothing else of it is touched."""

import pytest

from bot.rules.typed import plain


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("`WS-042`", "WS-042"),
        ("```WS-042 2h```", "WS-042 2h"),
        ("`front desk` 2h", '"front desk" 2h'),
        ("WS-042 in `Contoso Labs`", 'WS-042 in "Contoso Labs"'),
        ("_WS-042_", "WS-042"),
        ("~WS-042~ 2h", "WS-042 2h"),
        ("*WS-042*", "WS-042"),
        ("*front desk* 2h", "front desk 2h"),
        ('*"front desk"*', '"front desk"'),
        ("_*WS-042*_", "WS-042"),
        ("'front desk' 2h", '"front desk" 2h'),
        ("\u2018front desk\u2019", '"front desk"'),
        ("\u201efront desk\u201c", '"front desk"'),
        ("\u00abfront desk\u00bb", '"front desk"'),
        ("user:'front desk'", 'user:"front desk"'),
        ("<mailto:ana@contoso.com|ana@contoso.com>", "ana@contoso.com"),
        ("<http://ws.contoso.com|ws.contoso.com> 2h", "ws.contoso.com 2h"),
        ("R&amp;D &lt;x&gt;", "R&D <x>"),
        ("front\u00a0desk", "front desk"),
    ],
)
def test_marks_links_and_signs_are_undone(text: str, meant: str) -> None:
    assert plain(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "O'Brien",
        "a_b_c",
        "PROGRA~1",
        "C:\\a_b\\_c.exe",
        "5 * 3 * 2",
        "<@U0123|ana>",
        "AC/DC",
        'say "so"',
        "it's Ann's",
    ],
)
def test_what_belongs_to_a_name_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("text", ["*tidechart*", "WS-*", "*a*b*"])
def test_a_star_may_stand_for_anything(text: str) -> None:
    assert plain(text, stars_are_patterns=True) == text

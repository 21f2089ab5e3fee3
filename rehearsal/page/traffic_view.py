"""The raw traffic of both stand-ins with its times, newest first."""

from __future__ import annotations

import json
from typing import Any, Final

from rehearsal.stage import Stage

SHOWN: Final = 60
_DETAIL_MOST: Final = 6000


def traffic(stage: Stage) -> list[dict[str, Any]]:
    """Deliveries to the bot, its Web API calls, and its calls to the portal."""
    rows = [*_deliveries(stage), *_api_calls(stage), *_portal_calls(stage)]
    return sorted(rows, key=lambda row: float(row["at"]), reverse=True)[:SHOWN]


def _deliveries(stage: Stage) -> list[dict[str, Any]]:
    rows = []
    for one in stage.slack.deliveries[-SHOWN:]:
        payload = one.payload
        named = payload.get("command") or payload.get("type") or ""
        event = payload.get("event")
        what = event.get("type", "") if isinstance(event, dict) else named
        after_s = one.acked_after_s
        answer = f"acknowledged after {after_s * 1000:.0f} ms" if after_s is not None else one.outcome or "…"
        rows.append(
            _row(one.id, one.sent_at, "Slack → bot", what=f"{one.kind} {what}", answer=answer, detail=payload)
        )
    return rows


def _api_calls(stage: Stage) -> list[dict[str, Any]]:
    return [
        _row(
            f"a{one.at}{one.method}",
            one.at,
            "bot → Slack",
            what=one.method,
            answer=one.error or f"{one.status} ok",
            detail={"args": dict(one.args), "answer": one.answer},
        )
        for one in stage.slack.api_calls[-SHOWN:]
    ]


def _portal_calls(stage: Stage) -> list[dict[str, Any]]:
    rows = []
    for one in list(stage.portal.traffic)[-SHOWN:]:
        answer = "no answer" if one.status is None else str(one.status)
        answer += f" ({one.fault})" if one.fault else ""
        detail = {"path": one.path, "query": one.query, "sent": one.body, "answered": one.answer}
        rows.append(
            _row(
                f"p{one.at}{one.action}",
                one.at.timestamp(),
                "bot → portal",
                what=f"{one.method} {one.action}",
                answer=answer,
                detail=detail,
            )
        )
    return rows


def _row(row_id: str, at: float, way: str, *, what: str, answer: str, detail: object) -> dict[str, Any]:
    text = json.dumps(detail, indent=1, ensure_ascii=False, default=str)
    if len(text) > _DETAIL_MOST:
        text = f"{text[:_DETAIL_MOST]}\n… ({len(text)} characters)"
    return {"id": row_id, "at": at, "way": way, "what": what, "answer": answer, "detail": text}

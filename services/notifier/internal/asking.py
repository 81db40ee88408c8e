"""Reading what the other services ask, and writing what they get."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import request

from services.notifier.listing import MOST, PAGE, STATES, Wanted
from services.notifier.sending.by_hand import Person
from shared.errors import Refused
from shared.web.internal import json_object

MOST_REASON = 500
MOST_DAYS = 3_660


def asked(name: str, most: int = 64) -> str:
    return request.args.get(name, "")[:most]


def number(name: str, usual: int, most: int) -> int:
    """Raises `Refused` for what is no number from 1 to `most`."""
    text = request.args.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise Refused(f"{name} must be a number from 1 to {most}", code="malformed_query", status=400)
    return int(text)


def wanted(now: datetime) -> tuple[Wanted, int]:
    """What a list of deliveries is asked for, and how many of them. Raises `Refused`."""
    state = asked("state")
    if state and state not in STATES:
        raise Refused(f"no such state: {state}", code="malformed_query", status=400)
    names = ("channel", "reason", "recipient", "complaint_id", "before")
    since = now - timedelta(days=number("days", 30, MOST_DAYS))
    found = Wanted(state=state, since=since, **{name: asked(name) for name in names})
    return found, number("limit", PAGE, MOST)


def acting() -> tuple[Person, dict[str, Any]]:
    """Who acts and why, and the whole body. Raises `Refused` when one is missing."""
    body = json_object()
    told = {name: str(body.get(name) or "").strip() for name in ("actor", "role", "reason")}
    missing = [name for name, value in told.items() if not value]
    if missing:
        raise Refused(f"missing: {', '.join(missing)}", code="missing_field", status=400)
    return Person(told["actor"][:100], told["role"][:30], told["reason"][:MOST_REASON]), body


def plain(value: Any) -> Any:
    """With moments as ISO 8601."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value

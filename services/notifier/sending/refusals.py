"""Channels whose gateway answers, and refuses whatever comes: no breaker holds back from those.

A gateway that does not know our password any more refuses each message for good, one after another, for a reason that
is no single recipient's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from services.notifier.delivery import CITIZEN_CHANNELS, SENDING
from services.notifier.tables import attempts

IN_A_ROW = 3
"""As many as open a breaker."""
REMEMBERED = timedelta(hours=1)
_LOOKED_AT = 300
_HTTP, _SMTP = ("401", "402", "403", "404", "407"), ("530", "535", "554")
_REFUSALS = frozenset({*(f"refused_{code}" for code in (*_HTTP, *_SMTP)), "login_refused", "no_encryption"})
_TROUBLE = "answered_5"
"""Other answers may be meant for one recipient: an address that does not exist, a number that cannot be."""


@dataclass(frozen=True)
class Refusing:
    """`since` is when the first of the refusals in a row began."""

    reason: str
    since: datetime
    number: int


def refusing_channels(connection: Connection, now: datetime) -> dict[str, Refusing]:
    """Those of which the newest attempts of the last hour, at least three, were all refused. Ids ascend in time."""
    newest = select(attempts.c.channel, attempts.c.outcome, attempts.c.reason, attempts.c.started_at)
    rows = connection.execute(newest.order_by(attempts.c.attempt_id.desc()).limit(_LOOKED_AT))
    by_channel: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row.outcome != SENDING and row.started_at >= now - REMEMBERED:
            by_channel[row.channel].append(row)
    found = {channel: _refusing(by_channel[channel]) for channel in CITIZEN_CHANNELS}
    return {channel: one for channel, one in found.items() if one is not None}


def _refusing(newest_first: Sequence[Any]) -> Refusing | None:
    refused = []
    for row in newest_first:
        if row.reason not in _REFUSALS and not row.reason.startswith(_TROUBLE):
            break
        refused.append(row)
    if len(refused) < IN_A_ROW:
        return None
    return Refusing(refused[0].reason, refused[-1].started_at, len(refused))

"""How long one channel is tried for one message, and when next. Pure.

About 48 tries in the four hours after which a message goes on by another channel: the first ones soon, since most
troubles are over in seconds, the later ones about every six minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.city_notifications import Notifications
from shared.messaging.backoff import backoff_seconds

MOST_RETRY_AFTER_SECONDS = 3600.0
CONTACTS_MOST_SECONDS = 60.0


@dataclass(frozen=True)
class Policy:
    """`fail_over_after` holds where the recipient has another channel, `give_up_after` where this is the last one."""

    fail_over_after: timedelta
    give_up_after: timedelta
    first_wait_seconds: float = 2.0
    most_wait_seconds: float = 400.0

    def span(self, *, others: bool) -> timedelta:
        return min(self.fail_over_after, self.give_up_after) if others else self.give_up_after


@dataclass(frozen=True)
class Retry:
    at: datetime


@dataclass(frozen=True)
class GiveUp:
    """The time of this channel is over."""


def policy_of(notifications: Notifications) -> Policy:
    return Policy(
        fail_over_after=timedelta(hours=notifications.fail_over_after_hours),
        give_up_after=timedelta(hours=notifications.give_up_after_hours),
    )


def next_step(
    policy: Policy,
    now: datetime,
    *,
    since: datetime,
    tries: int,
    key: str,
    others: bool,
    retry_after_seconds: float | None = None,
) -> Retry | GiveUp:
    """After the try number `tries` by a channel that was first to take the message at `since`.

    The other side's wish to be asked again later is heeded up to an hour; `key` spreads those that failed together.
    """
    if now - since >= policy.span(others=others):
        return GiveUp()
    wait = backoff_seconds(tries, first=policy.first_wait_seconds, most=policy.most_wait_seconds, key=key)
    if retry_after_seconds is not None:
        wait = max(wait, min(retry_after_seconds, MOST_RETRY_AFTER_SECONDS))
    return Retry(now + timedelta(seconds=wait))

"""How long a city keeps what people wrote and who they were: what its pack's `retention.yaml` says.

A city may leave the file out, and each kind of it: what is not said is as usual. What a law says and what is only a
proposal is marked there with `source` and `confirm`. What a complaint still needs is never touched: its days begin when
its case has ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.marked_yaml import Section, as_integer

RETENTION_FILE = "retention.yaml"
CONTACT, TEXT, PHOTOS, MAILS = "contact", "text", "photos", "mails"
QUARANTINE, UNSETTLED, SMS = "quarantine", "unsettled", "sms"
AFTER_CASE = (CONTACT, TEXT, PHOTOS, MAILS)
"""Kinds whose days begin when the case has ended; those of the others begin with what is said at each."""
KINDS = (*AFTER_CASE, QUARANTINE, UNSETTLED, SMS)
NEVER = "never"
MOST_DAYS = 36_500
LEAST_SMS_DAYS = 7
"""Gateways repeat a message for days: what became of it has to be known so long."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """`days` are spans of 24 hours; None: it is kept until somebody asks for its end."""

    kind: str
    days: int | None
    source: str = ""
    confirm: bool = False

    def before(self, now: datetime) -> datetime | None:
        """What began before this moment is due now; None: nothing is."""
        return None if self.days is None else now - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class CityRetention:
    """One rule for each of `KINDS`, in their order.

    `contact`: name, addresses, and keys of equality. `text`: what was written and answered, and the exact place.
    `photos`: pictures of citizens and agencies. `mails`: complaints by mail as they came. `quarantine`: mails that were
    set aside, since a person settled them; `unsettled`: since they came, if nobody did. `sms`: what became of text
    messages, since they came.
    """

    rules: tuple[RetentionRule, ...]

    def rule(self, kind: str) -> RetentionRule:
        return next(rule for rule in self.rules if rule.kind == kind)

    def before(self, kind: str, now: datetime) -> datetime | None:
        return self.rule(kind).before(now)


_USUAL_DAYS = {CONTACT: 365, TEXT: 1825, PHOTOS: 730, MAILS: 90, QUARANTINE: 90, UNSETTLED: 365, SMS: 40}
USUAL_RETENTION = CityRetention(tuple(RetentionRule(kind, days, confirm=True) for kind, days in _USUAL_DAYS.items()))
"""A proposal, where a city says nothing: no law that names a number of days was found."""


def read_retention(part: Section) -> CityRetention:
    """Never raises; what is wrong is noted in the section's problems."""
    rules = tuple(_rule(part, usual) for usual in USUAL_RETENTION.rules)
    part.finish()
    found = CityRetention(rules)
    _check_mails(part, found)
    return found


def _rule(part: Section, usual: RetentionRule) -> RetentionRule:
    row = part.section(usual.kind)
    if usual.kind not in part.entries:
        return usual
    found = replace(
        usual, days=_days(row, usual), source=row.text("source", required=False), confirm=row.flag("confirm")
    )  # fmt: skip
    row.finish()
    return found


def _days(row: Section, usual: RetentionRule) -> int | None:
    text = row.text("days")
    if text == NEVER:
        return None
    if not text:  # that it is missing was told
        return usual.days
    number, least = as_integer(text), LEAST_SMS_DAYS if usual.kind == SMS else 1
    if number is None or not least <= number <= MOST_DAYS:
        what = f"`days: {text}` should be a number from {least} to {MOST_DAYS}, or `{NEVER}`."
        row.complain(what, f"Usual is {usual.days}.", row.line_of("days"))
        return usual.days
    return number


def _check_mails(part: Section, found: CityRetention) -> None:
    """A mail as it came holds address and text: both would outlive their own days."""
    mails = found.rule(MAILS).days
    for kind in (CONTACT, TEXT):
        days = found.rule(kind).days
        if days is not None and (mails is None or mails > days):
            what = f"`{MAILS}` would be kept longer than `{kind}`, which stands in them."
            part.complain(what, f"Write at most {days} days.", part.line_of(MAILS))
            return

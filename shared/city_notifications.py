"""How a city tells people: what its pack's `notifications.yaml` says, as values with usual defaults.

A city may leave the file out, and each line of it: what is not said is as usual.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from types import MappingProxyType

from shared.marked_yaml import Section, suggest

NOTIFICATIONS_FILE = "notifications.yaml"
FORWARDED, REFERRED, ANSWERED, REOPENED, CLOSED = "forwarded", "referred", "answered", "reopened", "closed"
ARCHIVED, WITHDRAWN = "archived", "withdrawn"
UPDATES = (FORWARDED, REFERRED, ANSWERED, REOPENED, CLOSED, ARCHIVED, WITHDRAWN)
"""What citizens can be told after the receipt. A question to them is always told."""
_BY_SMS = (REFERRED, ANSWERED, CLOSED, ARCHIVED, WITHDRAWN)

_CITIZEN_CHANNELS = ("email", "sms")
_CHANNELS = ("email", "sms", "webhook", "amqp")
_LANGUAGE = re.compile(r"[a-z]{2}")
_TIME = re.compile(r"([01]\d|2[0-3])[:.]([0-5]\d)")


def _updates() -> Mapping[str, frozenset[str]]:
    return MappingProxyType({"email": frozenset(UPDATES), "sms": frozenset(_BY_SMS)})


@dataclass(frozen=True, slots=True)
class Notifications:
    """Spans are in the unit that their name says. Times of day are in the city's time zone."""

    languages: tuple[str, ...] = ("id",)
    """In which there is wording; the city's own first."""

    quiet_from: time = time(21, 0)
    quiet_to: time = time(6, 0)
    """No SMS to citizens between these, except answers to what they just sent, and in emergencies. Equal: no quiet."""

    citizen_daily_limit: int = 20
    """Messages to one contact in a day, at most; receipts are limited by intake."""

    gather_seconds: int = 300
    """What happens to a case within so long becomes one message."""

    citizen_updates: Mapping[str, frozenset[str]] = field(default_factory=_updates)
    """What citizens are told after the receipt, by channel: some of `UPDATES`."""

    remind_after_hours: int = 24
    """An agency's notice that nobody there acknowledged is sent again by its next channel."""

    fail_over_after_hours: float = 4.0
    """A channel that does not work for so long is given up where the recipient has another."""

    give_up_after_hours: float = 24.0
    """The last channel is given up after so long."""

    keep_bodies_days: int = 90
    """What a finished message said is kept so long; that it was sent, and how it ended, stays."""

    alert_after_bounces: int = 3
    """So many messages of one agency's mailbox that came back or were answered by a machine raise an alert."""

    ask_satisfaction: bool = True

    question_reminder_days: int = 3
    """So many days before its time is over, an unanswered question to the citizen is told once more; 0: not."""

    private_webhooks: tuple[str, ...] = ()
    """Networks (`10.1.0.0/16`) in which agencies' webhooks may lie although they are not public."""

    per_second: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Messages to one destination in a second, at most, by channel; a channel that is not named is not limited."""

    def tells(self, what: str) -> bool:
        """Whether any channel tells citizens that."""
        return any(what in told for told in self.citizen_updates.values())


USUAL = Notifications()


def usual_notifications(language: str) -> Notifications:
    """Of a city that says nothing about it: its own language only."""
    return Notifications(languages=(language or USUAL.languages[0],))


def read_notifications(part: Section, language: str) -> Notifications:
    """`language` is the city's. Never raises; what is wrong is noted in the section's problems."""
    quiet = part.section("quiet_hours")
    spans = {name: _between(part, name, *range_) for name, range_ in _WHOLE.items()}
    fail_over, give_up = (_hours(part, name) for name in ("fail_over_after_hours", "give_up_after_hours"))
    if fail_over > give_up:
        what = "`fail_over_after_hours` is longer than `give_up_after_hours`."
        part.complain(what, "The last channel is given up last.", part.line_of("fail_over_after_hours"))
    found = Notifications(
        languages=_languages(part, language),
        quiet_from=_time_of_day(quiet, "from", USUAL.quiet_from),
        quiet_to=_time_of_day(quiet, "to", USUAL.quiet_to),
        citizen_updates=_citizen_updates(part),
        ask_satisfaction=part.flag("ask_satisfaction", default=USUAL.ask_satisfaction),
        private_webhooks=_networks(part),
        per_second=_rates(part),
        fail_over_after_hours=fail_over,
        give_up_after_hours=give_up,
        **spans,
    )
    quiet.finish()
    part.finish()
    return found


_WHOLE = {
    "citizen_daily_limit": (1, 1000),
    "gather_seconds": (0, 3600),
    "remind_after_hours": (1, 720),
    "question_reminder_days": (0, 60),
    "keep_bodies_days": (1, 3650),
    "alert_after_bounces": (1, 100),
}
"""The whole numbers of the file, with the least and the most that make sense."""


def _between(part: Section, key: str, least: int, most: int) -> int:
    usual: int = getattr(USUAL, key)
    found = part.integer(key, default=usual)
    if not least <= found <= most:
        part.complain(f"`{key}` should lie between {least} and {most}.", f"Usual is {usual}.", part.line_of(key))
        return usual
    return found


def _hours(part: Section, key: str) -> float:
    usual: float = getattr(USUAL, key)
    return _number(part, key, part.text(key, required=False), part.line_of(key), (0.01, 240.0), usual)


def _number(part: Section, key: str, text: str, line: int, range_: tuple[float, float], usual: float) -> float:
    if not text:
        return usual
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not range_[0] <= found <= range_[1]:
        what = f"`{key}` should be a number between {range_[0]:g} and {range_[1]:g}."
        part.complain(what, f"Write for instance `{key}: {usual:g}`.", line)
        return usual
    return found


def _languages(part: Section, own: str) -> tuple[str, ...]:
    first = own or USUAL.languages[0]
    found = []
    for code, line in part.lined_texts("languages"):
        if not _LANGUAGE.fullmatch(code):
            part.complain(f"`{code}` is no language.", "Write two letters (ISO 639-1), for instance `id`.", line)
        else:
            found.append(code)
    if found and first not in found:
        part.complain(f"`languages` lacks the city's own, `{first}`.", "Add it.", part.line_of("languages"))
    return tuple(dict.fromkeys((first, *found)))


def _time_of_day(part: Section, key: str, usual: time) -> time:
    text = part.text(key, required=False)
    if not text:
        return usual
    found = _TIME.fullmatch(text)
    if found is None:
        part.complain(f"`{text}` is no time of day.", 'Write for instance `"21:00"`.', part.line_of(key))
        return usual
    return time(int(found[1]), int(found[2]))


def _citizen_updates(part: Section) -> Mapping[str, frozenset[str]]:
    if "citizen_updates" not in part.entries:
        part.section("citizen_updates")
        return USUAL.citizen_updates
    told = part.section("citizen_updates")
    found = {}
    for channel in _CITIZEN_CHANNELS:
        words = told.lined_texts(channel)
        for word, line in words:
            if word not in UPDATES:
                told.complain(f"`{word}` is nothing that citizens are told.", suggest(word, UPDATES), line)
        found[channel] = frozenset(word for word, _ in words if word in UPDATES)
    told.finish()
    return MappingProxyType(found)


def _networks(part: Section) -> tuple[str, ...]:
    found = []
    for text, line in part.lined_texts("private_webhooks"):
        try:
            found.append(str(ipaddress.ip_network(text)))
        except ValueError:
            part.complain(f"`{text}` is no network.", "Write for instance `10.1.0.0/16`.", line)
    return tuple(found)


def _rates(part: Section) -> Mapping[str, float]:
    found = {}
    for channel, text, line in part.pairs("per_second"):
        if channel not in _CHANNELS:
            part.complain(f"`{channel}` is no channel.", suggest(channel, _CHANNELS), line)
        else:
            found[channel] = _number(part, channel, text or "-", line, (0.01, 10_000.0), 10.0)
    return MappingProxyType(found)

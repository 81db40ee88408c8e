"""What is to become of a delivery whose turn it is. Pure: everything it looks at is passed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notifier.delivery import (
    CASE_REMINDER,
    CITIZEN,
    CITIZEN_CHANNELS,
    EMAIL,
    FAILED,
    NONE,
    PENDING,
    PERSON,
    SENDING,
    SKIPPED,
    SMS,
    UNCERTAIN,
    Addressee,
    Delivery,
    kind_of_message,
)
from services.notifier.planning.directory import Directory, DirectoryEntry
from services.notifier.planning.wishes import is_expired, wanted
from services.notifier.sending.contacts import Resolved
from services.notifier.sending.gathering import Group, group_of
from services.notifier.sending.quiet import ANSWERS, sleeps_until
from shared.city_notifications import Notifications

CRASHED = "crashed_while_sending"
CONTACTS_AWAY = "contacts_away"
QUIET_HOURS = "quiet_hours"
DAILY_LIMIT = "daily_limit"
NO_WAY_LEFT = "no_way_left"


@dataclass(frozen=True)
class Send:
    """By the channel that looks at it. `others`: should that one not work, the recipient has another."""

    to: Addressee
    others: bool = False


@dataclass(frozen=True)
class End:
    """Nothing is sent; `state` is final. `others`: not by this channel, but the recipient has another one."""

    state: str
    reason: str
    channel: str
    others: bool = False


@dataclass(frozen=True)
class HandOver:
    """To another channel. `key` tells equal contacts of citizens without naming them."""

    channel: str
    key: str = ""


@dataclass(frozen=True)
class Combine:
    """With the others of its group that wait."""

    group: Group


@dataclass(frozen=True)
class Wait:
    """Nothing can be sent now."""

    problem: str


@dataclass(frozen=True)
class Sleep:
    """Nothing is to be sent before; that does not count as a try, nor does the time as patience."""

    until: datetime
    problem: str = QUIET_HOURS


Judgement = Send | End | HandOver | Combine | Wait | Sleep


@dataclass(frozen=True)
class Circumstances:
    """What a worker found out about the deliveries it holds.

    `channel` is the one that looks, `any` for whoever only sorts; `configured` are those that lead anywhere.
    `begun_via` tells by which way an attempt was begun whose end nobody saw, `repeatable` which ways may repeat one.
    `resolved` is None when intake did not answer. `suppressed` are (channel, key): an agency's code, or the key of a
    contact. `sent_today` counts messages by the key of a contact.
    """

    channel: str
    configured: frozenset[str]
    now: datetime
    timezone: str = "UTC"
    notifications: Notifications = field(default_factory=Notifications)
    newest_assignments: Mapping[str, int] = field(default_factory=dict)
    begun_via: Mapping[str, str] = field(default_factory=dict)
    repeatable: frozenset[str] = frozenset()
    directory: Directory = field(default_factory=dict)
    resolved: Resolved | None = None
    suppressed: frozenset[tuple[str, str]] = frozenset()
    acknowledged: frozenset[tuple[str, int]] = frozenset()
    gathered: frozenset[Group] = frozenset()
    sent_today: Mapping[str, int] = field(default_factory=dict)
    persons: Mapping[str, Addressee] = field(default_factory=dict, repr=False)
    """Who works at the desk and is written to, by delivery."""


def judge(delivery: Delivery, found: Circumstances) -> Judgement:
    """A message that may have gone out is never sent again, unless whoever gets it removes doubles."""
    if delivery.state == SENDING:
        if found.begun_via.get(delivery.delivery_id) in found.repeatable:
            return Wait(CRASHED)
        return End(UNCERTAIN, CRASHED, found.channel)
    assert delivery.state == PENDING
    if is_expired(delivery, found.now):
        return End(SKIPPED, "expired", NONE)
    if delivery.recipient == PERSON:
        return _judge_person(delivery, found)
    return _judge_citizen(delivery, found) if delivery.recipient == CITIZEN else _judge_agency(delivery, found)


def counts_today(delivery: Delivery) -> bool:
    """Whether the limit of messages to one contact in a day counts it."""
    return delivery.recipient == CITIZEN and kind_of_message(delivery.message) not in ANSWERS


def _judge_agency(delivery: Delivery, found: Circumstances) -> Judgement:
    newest = found.newest_assignments.get(delivery.complaint_id, 0)
    if delivery.assignment < newest and not delivery.data.get("stays"):
        return End(SKIPPED, "superseded", NONE)
    is_reminder = kind_of_message(delivery.message) == CASE_REMINDER
    if is_reminder and (delivery.complaint_id, delivery.assignment) in found.acknowledged:
        return End(SKIPPED, "acknowledged", NONE)
    entry = found.directory.get(delivery.recipient)
    if entry is None or not entry.ways:
        return End(SKIPPED, "no_endpoint", NONE)
    unwanted = {channel for channel, key in found.suppressed if key == entry.code}
    return _by_one_of(delivery, found, entry.ways, unwanted, _addressee(entry), {})


def _judge_person(delivery: Delivery, found: Circumstances) -> Judgement:
    """By mail or not at all. No list of bad addresses holds it up: it was asked for, and goes to one person."""
    to = found.persons.get(delivery.delivery_id)
    if to is None:
        return End(SKIPPED, "contact_gone", NONE)
    return _by_one_of(delivery, found, (EMAIL,), frozenset(), to, {})


def _judge_citizen(delivery: Delivery, found: Circumstances) -> Judgement:
    if found.resolved is None:
        return Wait(CONTACTS_AWAY)
    to = found.resolved.addressee(delivery.complaint_id, delivery.contact_ref)
    if to is None:
        return End(SKIPPED, "contact_gone", NONE)
    keys = found.resolved.keys(delivery.contact_ref)
    unwanted = found.resolved.suppressed(delivery.contact_ref) | {
        channel for channel in CITIZEN_CHANNELS if (channel, keys.get(channel)) in found.suppressed
    }
    addresses = {EMAIL: to.email, SMS: to.phone}
    ways = [channel for channel in CITIZEN_CHANNELS if addresses[channel]]
    if not ways:
        return End(SKIPPED, "no_contact", NONE)
    return _by_one_of(delivery, found, ways, unwanted, _without(to, unwanted), keys)


def _by_one_of(
    delivery: Delivery,
    found: Circumstances,
    ways: Sequence[str],
    unwanted: Set[str],
    to: Addressee,
    keys: Mapping[str, str],
) -> Judgement:
    """By the channel that it waits for, if that is still one; else by the first that is left and set up."""
    allowed = [way for way in ways if way not in unwanted]
    if not allowed and not delivery.gave_up:
        return End(SKIPPED, "suppressed", NONE)
    left = [way for way in allowed if way not in delivery.gave_up]
    if not left:
        return End(FAILED, delivery.last_problem or NO_WAY_LEFT, delivery.gave_up[-1])
    group = group_of(delivery)
    if group is not None and group in found.gathered:
        return Combine(group)
    carrying = [way for way in left if delivery.recipient != CITIZEN or wanted(delivery, way, found.notifications)]
    if not carrying:
        return End(SKIPPED, "not_wanted", NONE)
    usable = [way for way in carrying if way in found.configured]
    if not usable:
        return End(FAILED, "not_configured", carrying[0])
    channel = delivery.channel if delivery.channel in usable else usable[0]
    key = keys.get(channel, "")
    if channel != found.channel:
        return HandOver(channel, key)
    return _now_or_later(delivery, found, Send(replace(to, key=key), others=len(usable) > 1))


def _now_or_later(delivery: Delivery, found: Circumstances, send: Send) -> Judgement:
    until = sleeps_until(delivery, found.channel, found.notifications, found.timezone, found.now)
    if until is not None:
        return Sleep(until)
    sent = found.sent_today.get(send.to.key, 0)
    if send.to.key and counts_today(delivery) and sent >= found.notifications.citizen_daily_limit:
        return End(SKIPPED, DAILY_LIMIT, found.channel)
    return send


def _addressee(entry: DirectoryEntry) -> Addressee:
    at = entry.endpoints.get
    return Addressee(
        email=at("email") or "", phone=at("sms") or "", name=entry.name, url=at("webhook") or "",
        queue=at("amqp") or "",
    )  # fmt: skip


def _without(to: Addressee, channels: Set[str]) -> Addressee:
    """The contact without what leads to channels by which it wants no messages."""
    return replace(to, email="" if EMAIL in channels else to.email, phone="" if SMS in channels else to.phone)

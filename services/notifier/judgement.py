"""What is to become of a delivery whose turn it is. Pure: everything it looks at is passed in."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace

from services.notifier.contacts import Resolved
from services.notifier.delivery import (
    ANY,
    CHANNELS,
    CITIZEN,
    EMAIL,
    FAILED,
    NONE,
    PENDING,
    SENDING,
    SKIPPED,
    SMS,
    UNCERTAIN,
    Addressee,
    Delivery,
)
from services.notifier.plan import Directory

CRASHED = "crashed_while_sending"


@dataclass(frozen=True)
class Send:
    """By the channel that looks at it."""

    to: Addressee


@dataclass(frozen=True)
class End:
    """Nothing is sent; `state` is final."""

    state: str
    reason: str
    channel: str


@dataclass(frozen=True)
class HandOver:
    """To another channel."""

    channel: str


@dataclass(frozen=True)
class Wait:
    """Nothing can be sent now."""

    problem: str


Judgement = Send | End | HandOver | Wait


@dataclass(frozen=True)
class Circumstances:
    """What a worker found out about the deliveries it holds. `configured` are the channels that lead anywhere.

    `begun_via` tells by which way an attempt was begun whose end nobody saw. `resolved` is None when intake did not
    answer.
    """

    channel: str
    configured: frozenset[str]
    newest_assignments: Mapping[str, int] = field(default_factory=dict)
    begun_via: Mapping[str, str] = field(default_factory=dict)
    directory: Directory = field(default_factory=dict)
    resolved: Resolved | None = None


def judge(delivery: Delivery, found: Circumstances) -> Judgement:
    """A message that may have gone out is never sent again; what was only captured may be captured again."""
    if delivery.state == SENDING:
        if found.begun_via.get(delivery.delivery_id) == "capture":
            return Wait(CRASHED)
        return End(UNCERTAIN, CRASHED, found.channel)
    assert delivery.state == PENDING
    return _judge_citizen(delivery, found) if delivery.recipient == CITIZEN else _judge_agency(delivery, found)


def _judge_agency(delivery: Delivery, found: Circumstances) -> Judgement:
    if delivery.assignment < found.newest_assignments.get(delivery.complaint_id, 0):
        return End(SKIPPED, "superseded", NONE)
    entry = found.directory.get(delivery.recipient)
    if entry is None or not entry.email:
        return End(SKIPPED, "no_endpoint", NONE)
    return _by(EMAIL, Addressee(email=entry.email, name=entry.name), found)


def _judge_citizen(delivery: Delivery, found: Circumstances) -> Judgement:
    if found.resolved is None:
        return Wait("contacts_away")
    to = found.resolved.addressee(delivery.complaint_id, delivery.contact_ref)
    if to is None:
        return End(SKIPPED, "contact_gone", NONE)
    unwanted = found.resolved.suppressed(delivery.contact_ref)
    wanted = _without(to, unwanted)
    asked_for = ANY if delivery.channel in unwanted else delivery.channel
    channel = _channel_of(wanted, found) if asked_for == ANY else asked_for
    if not {EMAIL: wanted.email, SMS: wanted.phone}.get(channel):
        return End(SKIPPED, "suppressed" if wanted != to else "no_contact", NONE)
    return _by(channel, wanted, found)


def _without(to: Addressee, channels: Set[str]) -> Addressee:
    """The contact without what leads to channels by which it wants no messages."""
    return replace(to, email="" if EMAIL in channels else to.email, phone="" if SMS in channels else to.phone)


def _channel_of(to: Addressee, found: Circumstances) -> str:
    """Mail before text message; a channel that is set up before one that is not."""
    possible = [name for name, address in zip(CHANNELS, (to.email, to.phone), strict=True) if address]
    usable = [name for name in possible if name in found.configured]
    return next(iter(usable or possible), ANY)


def _by(channel: str, to: Addressee, found: Circumstances) -> Judgement:
    if channel not in found.configured:
        return End(FAILED, "not_configured", channel)
    return Send(to) if channel == found.channel else HandOver(channel)

"""What a report of the receiver's side means for the delivery it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from services.notifier.delivery import DELIVERED, EMAIL, FAILED, NEXT_STATES, PENDING, SENDING, SMS

AUTO_REPLY = "auto_reply"
"""A machine answered a mail, as intake reads it: nobody may have seen it, and nothing is wrong with the address."""

# RFC 3463: X.1.1 to X.1.4, X.1.6 and X.1.10 are about the receiver's address; X.1.5 means that it is a good one, X.1.7
# and X.1.8 are about the sender's. X.2.1 is a mailbox that was closed.
_BAD_ADDRESS = re.compile(r"dsn_5_(?:1_(?:1|2|3|4|6|10)|2_1)")
_WITHOUT_DETAIL = re.compile(r"dsn_(?:5_(?:0|1)_0|failed)")
_NO_SUCH_USER = re.compile(
    r"user (?:is )?unknown|unknown (?:user|recipient|local part|mailbox)|no such (?:user|mailbox|recipient|person)"
    r"|(?:user|mailbox|recipient|address|account)\b.{0,60}\b(?:does not exist|doesn.t exist|not found|unknown|disabled)"
    r"|address rejected|invalid (?:recipient|mailbox)|tidak (?:ditemukan|dikenal|terdaftar)",
    re.IGNORECASE,
)
# The words of gateways; 0x0b is SMPP's "invalid destination address", `err:001` the usual code of unknown subscribers.
_NO_SUCH_NUMBER = re.compile(
    r"unknown[ _]?subscriber|unassigned|invalid (?:destination|number|msisdn|recipient)|number (?:is )?(?:not|un)\w*"
    r"|nomor (?:tidak|salah)|0x0*0b\b|\berr:001\b",
    re.IGNORECASE,
)


class Effect(StrEnum):
    """What a report did; kept with it."""

    SETTLED = "settled"  # the delivery has its end
    FAILED_OVER = "failed_over"  # it goes on by another channel
    SUPPRESSED = "suppressed"  # the delivery stays as it is, but nothing more is sent to that address
    NONE = "none"
    UNKNOWN = "unknown"  # there is no such delivery


class TooEarly(Exception):
    """The attempt that is reported on has not been written down yet."""


def is_machine_answer(reason: str) -> bool:
    return reason == AUTO_REPLY


def is_bad_address(channel: str, reason: str, answer: str) -> bool:
    """Whether a failure means that nothing sent to that address will ever arrive."""
    if channel == EMAIL:
        return bool(
            _BAD_ADDRESS.fullmatch(reason) or (_WITHOUT_DETAIL.fullmatch(reason) and _NO_SUCH_USER.search(answer))
        )
    return channel == SMS and bool(_NO_SUCH_NUMBER.search(answer) or _NO_SUCH_NUMBER.search(reason.replace("_", " ")))


def state_of(reported: str, reason: str) -> str | None:
    """The state to which a report leads; None for a delay, and for a machine's answer."""
    if is_machine_answer(reason):
        return None
    return {"delivered": DELIVERED, "failed": FAILED}.get(reported)


def leads_there(state: str, channel: str, *, reported_channel: str, wanted: str) -> bool:
    """Whether a delivery in this state and channel takes the state that a report about a channel tells of.

    A delivery that has gone on to another channel belongs to that one. Raises `TooEarly` while it is being sent.
    """
    if channel != reported_channel:
        return False
    if state == SENDING:
        raise TooEarly
    return state != PENDING and wanted in NEXT_STATES[state]


def channels_left(ways: Sequence[str], gave_up: Sequence[str]) -> list[str]:
    """By which of the ways to a recipient a message could still go on."""
    return [one for one in ways if one not in gave_up]

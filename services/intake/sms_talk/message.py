"""A text message as a gateway hands it over, and what it is answered. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CHANNEL = "sms"


@dataclass(frozen=True)
class PartOf:
    """Which part of a long message this is: the phone's own reference, and its number of the total, from 1."""

    reference: str
    number: int
    total: int


@dataclass(frozen=True)
class SmsMessage:
    """`account` names the gateway, `provider_id` what it calls the message; `sender` is as the carrier wrote it."""

    account: str
    sender: str
    recipient: str
    text: str
    provider_id: str = ""
    part: PartOf | None = None
    sent_at: datetime | None = None
    size: int = 0


@dataclass(frozen=True)
class SmsAnswer:
    """What became of a message.

    `reply` is for the sender, in one text message; empty: nothing is to be sent. `note` is a sentence for whoever reads
    the gateway's log. `reason` is a code when the outcome is `refused`.
    """

    outcome: str
    reply: str = ""
    ticket: str | None = None
    complaint_id: str | None = None
    reason: str = ""
    note: str = ""


# Outcomes.
ACCEPTED = "accepted"  # a complaint; its receipt comes by itself
ASKED = "asked"  # a complaint whose receipt asks what is missing
ANSWERED = "answered"  # the answer to such a question
ADDED = "added"  # an addition, by keyword
NOT_SOLVED = "not_solved"  # the sender says that the trouble goes on
RATED = "rated"  # how content the sender is
LATE_PART = "late_part"
WAITING = "waiting"  # a part, stored, that waits for the others
STATUS = "status"
UNKNOWN_TICKET = "unknown_ticket"
TICKET_WANTED = "ticket_wanted"
TEXT_WANTED = "text_wanted"
SCORE_WANTED = "score_wanted"
NOT_ANSWERED = "not_answered"  # nothing to be content with yet
STOPPED = "stopped"
STARTED = "started"
HELP = "help"
REFUSED = "refused"

"""A delivery as a value: one message to one recipient, the states it goes through, and what an attempt can say.

    pending -> sending -> sent | failed | uncertain | captured     (sending is committed before the call)
    pending -> skipped | failed                                    (decided without a call)
    sending -> pending                                             (surely not sent: tried again later)
    sent | uncertain -> delivered | failed                         (a later report of the receiver's side)

The other states are final: nothing leads out of them by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

PENDING, SENDING = "pending", "sending"
SENT, DELIVERED, FAILED, SKIPPED, UNCERTAIN, CAPTURED = (
    "sent", "delivered", "failed", "skipped", "uncertain", "captured",
)  # fmt: skip
NEXT_STATES: Mapping[str, frozenset[str]] = {
    PENDING: frozenset({SENDING, SKIPPED, FAILED}),
    SENDING: frozenset({PENDING, SENT, FAILED, UNCERTAIN, CAPTURED}),
    SENT: frozenset({DELIVERED, FAILED}),
    UNCERTAIN: frozenset({DELIVERED, FAILED}),
    **dict.fromkeys((DELIVERED, FAILED, SKIPPED, CAPTURED), frozenset()),
}
SETTLED = frozenset({SENT, DELIVERED, SKIPPED, CAPTURED})
"""States after which nobody will want to send the message again, so that its words need not be kept."""

RECEIPT, CASE_NOTICE, CASE_COPY = "receipt", "case_notice", "case_copy"
FOLLOW_RECEIPT, CASE_ADDITION = "follow_receipt", "case_addition"
CITIZEN = "citizen"
ANY, EMAIL, SMS, NONE = "any", "email", "sms", "none"
CHANNELS = (EMAIL, SMS)

GIVE_UP_AFTER = timedelta(hours=24)


def kind_of_message(message: str) -> str:
    """`case_addition.3` is the third `case_addition` of its complaint."""
    return message.partition(".")[0]


@dataclass(frozen=True)
class Planned:
    """A delivery that is to be. `channel` is `any` until the contact is known, `none` when none will be used.

    `state` is `pending`, or `skipped` with its reason. `data` holds what the message needs, never a contact.
    """

    complaint_id: str
    ticket: str
    assignment: int
    recipient: str
    message: str
    channel: str
    due_at: datetime
    state: str = PENDING
    reason: str = ""
    contact_ref: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def natural_key(self) -> tuple[str, int, str, str]:
        """There is never a second delivery with the same."""
        return (self.complaint_id, self.assignment, self.recipient, self.message)


@dataclass(frozen=True)
class Delivery:
    """A stored delivery that a worker holds."""

    delivery_id: str
    complaint_id: str
    ticket: str
    assignment: int
    recipient: str
    message: str
    channel: str
    contact_ref: str | None
    data: Mapping[str, Any]
    state: str
    attempts: int
    planned_at: datetime
    traceparent: str


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `state` is a final state, or `pending`: surely not sent, try again.

    `away`: the way out as a whole does not work now, so that the next message would fare no better.
    """

    state: str
    reason: str
    answer: str = ""
    away: bool = False


@dataclass(frozen=True)
class Addressee:
    """Where a message goes, known only while it is sent. `tracking_code` is the citizen's."""

    email: str = ""
    phone: str = ""
    name: str = ""
    tracking_code: str = ""

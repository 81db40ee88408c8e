"""A delivery as a value: one message to one recipient, and the states it goes through.

    pending -> sending -> sent | failed | uncertain | captured     (sending is committed before the call)
    pending -> skipped | failed                                    (decided without a call)
    sending -> pending                                             (surely not sent: again, or by the next channel)
    sent | uncertain -> delivered | failed                         (a later report of the receiver's side)
    sent | uncertain -> pending                                    (it came back, and there is another channel)
    uncertain -> sent                                              (the other side was asked, and has it)

The other states are final: nothing leads out of them by itself. A person may send again what did not arrive for sure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PENDING, SENDING = "pending", "sending"
SENT, DELIVERED, FAILED, SKIPPED, UNCERTAIN, CAPTURED = (
    "sent", "delivered", "failed", "skipped", "uncertain", "captured",
)  # fmt: skip
NEXT_STATES: Mapping[str, frozenset[str]] = {
    PENDING: frozenset({SENDING, SKIPPED, FAILED}),
    SENDING: frozenset({PENDING, SENT, FAILED, UNCERTAIN, CAPTURED}),
    SENT: frozenset({DELIVERED, FAILED, PENDING}),
    UNCERTAIN: frozenset({DELIVERED, FAILED, PENDING, SENT}),
    **dict.fromkeys((DELIVERED, FAILED, SKIPPED, CAPTURED), frozenset()),
}
BY_HAND: Mapping[str, frozenset[str]] = {
    PENDING: frozenset({SKIPPED}),
    **dict.fromkeys((FAILED, SKIPPED, UNCERTAIN), frozenset({PENDING})),
    **dict.fromkeys((SENDING, SENT, DELIVERED, CAPTURED), frozenset()),
}
"""What a person may make of it: cancel what has not begun, send again what did not arrive for sure."""

RECEIPT, CASE_NOTICE, CASE_COPY = "receipt", "case_notice", "case_copy"
FOLLOW_RECEIPT, CASE_ADDITION = "follow_receipt", "case_addition"
CITIZEN, PERSON = "citizen", "person"
"""Recipients that are no agency: whoever complained, and somebody who works at the desk."""
CASE_REMINDER, CASE_UPDATE, SATISFACTION, CONTACT_CODE = "case_reminder", "case_update", "satisfaction", "contact_code"
QUESTION, QUESTION_REMINDER, ARCHIVED, WITHDRAWN = "question", "question_reminder", "archived", "withdrawn"
CASE_NEWS, CASE_ESCALATION, ACCOUNT = "case_news", "case_escalation", "account"
AUDIT_HEAD = "audit_head"
"""A message that can be there several times for one case carries a number: `case_addition.3`, `case_update.2`."""

EMAIL, SMS, WEBHOOK, AMQP = "email", "sms", "webhook", "amqp"
ANY, NONE = "any", "none"
"""`any`: not yet chosen; `none`: there will be no message."""
CHANNELS = (EMAIL, SMS, WEBHOOK, AMQP)
CITIZEN_CHANNELS = (EMAIL, SMS)
AGENCY_CHANNELS = (AMQP, WEBHOOK, EMAIL, SMS)
"""In the order in which they are tried where the agency says no other."""


def lane_of(channel: str, recipient: str) -> str:
    """What waits for one destination waits in one lane."""
    return f"{channel}:{recipient}"


def kind_of_message(message: str) -> str:
    """`case_addition.3` is the third `case_addition` of its complaint."""
    return message.partition(".")[0]


@dataclass(frozen=True)
class Planned:
    """A delivery that is to be. `channel` is `any` until the contact is known, `none` when none will be used.

    `state` is `pending`, or `skipped` with its reason. `data` holds what the message needs, never a contact.
    `language` is empty for the city's own; `urgent` may disturb at night.
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
    language: str = ""
    urgent: bool = False
    gave_up: Sequence[str] = ()

    @property
    def natural_key(self) -> tuple[str, int, str, str]:
        """There is never a second delivery with the same."""
        return (self.complaint_id, self.assignment, self.recipient, self.message)


@dataclass(frozen=True)
class Delivery:
    """A stored delivery that a worker holds. `gave_up` are the channels that did not work for it."""

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
    language: str = ""
    urgent: bool = False
    gave_up: Sequence[str] = ()
    since: datetime | None = None
    """When its present channel was first to take it."""
    last_problem: str = ""


@dataclass(frozen=True)
class Addressee:
    """Where a message goes, known only while it is sent. `tracking_code` is the citizen's; `key` tells equal contacts
    without naming them; `url` and `queue` are an agency's."""

    email: str = ""
    phone: str = ""
    name: str = ""
    tracking_code: str = ""
    url: str = ""
    queue: str = ""
    key: str = ""

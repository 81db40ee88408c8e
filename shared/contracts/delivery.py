"""Facts about deliveries: what became of a message (notifier), and what was heard of it from outside (intake)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contracts.fields import Code, End, Id, Moment, Reported
from shared.contracts.registry import event


@event
@dataclass(frozen=True, kw_only=True)
class DeliveryFinished:
    """`recipient` is `citizen` or an agency's code, never an address."""

    TYPE: ClassVar[str] = "delivery.finished.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    delivery_id: Id
    complaint_id: Id
    message: Code
    recipient: Code
    channel: Code
    outcome: End
    reason: Code
    finished_at: Moment

    @property
    def subject(self) -> str:
        return self.complaint_id


@event
@dataclass(frozen=True, kw_only=True)
class DeliveryReported:
    """Intake heard of a delivery from outside: a mail that came back, a gateway's report. `answer` holds no contact."""

    TYPE: ClassVar[str] = "delivery.reported.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    delivery_id: Id
    reported: Reported
    reason: Code
    channel: Code
    answer: Annotated[str, Meta(max_length=300)] = ""
    reported_at: Moment

    @property
    def subject(self) -> str:
        return self.delivery_id

"""Facts about deliveries, said by the notifier: what became of a message to a citizen or an agency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shared.contracts.fields import Code, End, Id, Moment
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

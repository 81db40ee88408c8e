"""Facts about deliveries, said by the notifier: what became of a message to a citizen or an agency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marshmallow import Schema, fields, validate

from shared.contracts import fields as parts
from shared.contracts.registry import event

OUTCOMES = ("sent", "delivered", "failed", "skipped", "uncertain", "captured")


class DeliveryFinishedSchema(Schema):
    delivery_id = fields.Str(required=True, validate=validate.Length(max=64))
    complaint_id = fields.Str(required=True, validate=validate.Length(max=64))
    message = parts.code()
    recipient = parts.code()
    channel = parts.code()
    outcome = fields.Str(required=True, validate=validate.OneOf(OUTCOMES))
    reason = parts.code()
    finished_at = parts.moment()


@event(DeliveryFinishedSchema)
@dataclass(frozen=True)
class DeliveryFinished:
    """`recipient` is `citizen` or an agency's code, never an address."""

    TYPE: ClassVar[str] = "delivery.finished.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    delivery_id: str
    complaint_id: str
    message: str
    recipient: str
    channel: str
    outcome: str
    reason: str
    finished_at: datetime

    @property
    def subject(self) -> str:
        return self.complaint_id

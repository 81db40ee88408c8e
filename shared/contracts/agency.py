"""Facts about agencies, said by the desk, which keeps the directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from shared.contracts import fields as parts
from shared.contracts.registry import event


class AgencyChangedSchema(Schema):
    code = parts.code()
    revision = fields.Int(required=True, strict=True, validate=validate.Range(min=1))
    name = fields.Str(required=True, validate=validate.Length(min=1, max=200))
    kind = fields.Str(required=True, validate=validate.OneOf(("internal", "external")))
    endpoints = fields.Dict(keys=fields.Str(), values=fields.Str(), load_default=dict)
    valid_from = fields.AwareDateTime(allow_none=True, load_default=None, format="iso")
    valid_to = fields.AwareDateTime(allow_none=True, load_default=None, format="iso")
    changed_at = parts.moment()


@event(AgencyChangedSchema)
@dataclass(frozen=True)
class AgencyChanged:
    """An agency as it is now. `endpoints` maps a channel (`email`, `webhook`, `amqp`) to its address there."""

    TYPE: ClassVar[str] = "agency.changed.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    code: str
    revision: int
    name: str
    kind: str
    changed_at: datetime
    endpoints: dict[str, Any] = field(default_factory=dict)
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def subject(self) -> str:
        return self.code

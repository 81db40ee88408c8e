"""Facts about a case, said by the desk: what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marshmallow import fields, validate

from shared.contracts import fields as parts
from shared.contracts.complaint import _AboutComplaint, _Complaint
from shared.contracts.registry import event


class CaseAssignedSchema(_AboutComplaint):
    agency = parts.code()
    assignment = fields.Int(required=True, strict=True, validate=validate.Range(min=1))
    assigned_at = parts.moment()
    reason = fields.Str(required=True, validate=validate.Length(max=500))


@event(CaseAssignedSchema)
@dataclass(frozen=True)
class CaseAssigned(_Complaint):
    """A coordinator gave the case to an agency. `assignment` counts the assignments of this complaint from 1."""

    TYPE: ClassVar[str] = "case.assigned.v1"

    agency: str = ""
    assignment: int = 1
    assigned_at: datetime | None = None
    reason: str = ""

"""Facts about a case, said by the desk: what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contracts.complaint import AboutComplaint
from shared.contracts.fields import Code, Count, Moment
from shared.contracts.registry import event


@event
@dataclass(frozen=True, kw_only=True)
class CaseAssigned(AboutComplaint):
    """A coordinator gave the case to an agency. `assignment` counts the assignments of this complaint from 1.

    `role` is what the person is, never who; empty where it is not known.
    """

    TYPE: ClassVar[str] = "case.assigned.v1"

    agency: Code
    assignment: Count
    assigned_at: Moment
    reason: Annotated[str, Meta(max_length=500)]
    role: Annotated[str, Meta(max_length=30)] = ""

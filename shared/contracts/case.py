"""Facts about a case, said by the desk: what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contracts.complaint import AboutComplaint
from shared.contracts.fields import Code, Count, Moment
from shared.contracts.registry import event

BY_RULES = "router"
"""The role of an assignment that no person made: the rules were asked again, and nobody had the case."""


@event
@dataclass(frozen=True, kw_only=True)
class CaseAssigned(AboutComplaint):
    """The case was given to an agency, by a coordinator or by the rules (`BY_RULES`).

    `assignment` counts the assignments of this complaint from 1.

    `role` is what the person is, never who; empty where it is not known.
    """

    TYPE: ClassVar[str] = "case.assigned.v1"

    agency: Code
    assignment: Count
    assigned_at: Moment
    reason: Annotated[str, Meta(max_length=500)]
    role: Annotated[str, Meta(max_length=30)] = ""

"""Facts about a case, said by the desk: what people decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contracts.complaint import AboutComplaint
from shared.contracts.fields import Code, Count, Id, Moment
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


@event
@dataclass(frozen=True, kw_only=True)
class CaseAcknowledged:
    """Somebody of the agency that has the case took note of it. `assignment` is the one that is acknowledged."""

    TYPE: ClassVar[str] = "case.acknowledged.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    complaint_id: Id
    ticket: Code
    agency: Code
    assignment: Count
    acknowledged_at: Moment

    @property
    def subject(self) -> str:
        return self.complaint_id


@event
@dataclass(frozen=True, kw_only=True)
class CaseAnswered(AboutComplaint):
    """The agency answers the citizen. `number` counts the answers of a case from 1."""

    TYPE: ClassVar[str] = "case.answered.v1"
    SEALED: ClassVar[tuple[str, ...]] = ("text", "answer")

    agency: Code
    assignment: Count
    number: Count
    answer: Annotated[str, Meta(min_length=1, max_length=20_000)]
    answered_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CaseClosed(AboutComplaint):
    """The case is settled. `number` counts the closings of a case from 1, since a closed case can be opened again."""

    TYPE: ClassVar[str] = "case.closed.v1"

    agency: Code | None
    assignment: Count
    number: Count
    reason: Annotated[str, Meta(max_length=500)]
    closed_at: Moment

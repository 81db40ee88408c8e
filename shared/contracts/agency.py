"""Facts about agencies, said by the desk, which keeps the directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contracts.fields import AgencyKind, Code, Count, Moment
from shared.contracts.registry import event


@event
@dataclass(frozen=True, kw_only=True)
class AgencyChanged:
    """An agency as it is now. `endpoints` maps a channel to its address there.

    Channels are `email`, `sms` (a telephone number), `webhook` (a URL) and `amqp` (the name of the agency's queue).
    """

    TYPE: ClassVar[str] = "agency.changed.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    code: Code
    revision: Count
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    kind: AgencyKind
    changed_at: Moment
    endpoints: dict[str, str] = field(default_factory=dict)
    channels: list[Code] = field(default_factory=list)
    """The ways of `endpoints` in the order in which they are tried; empty: the usual order."""
    language: Annotated[str, Meta(max_length=8)] = ""
    """In which messages are written to it; empty: the city's."""
    reminders: bool = True
    """Whether it is told again of a case that nobody there has taken note of."""
    public_contact: Annotated[str, Meta(max_length=300)] = ""
    """How citizens reach it themselves; told when a body outside the city is in charge."""
    valid_from: Moment | None = None
    valid_to: Moment | None = None

    @property
    def subject(self) -> str:
        return self.code

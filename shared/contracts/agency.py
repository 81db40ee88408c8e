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
    """An agency as it is now. `endpoints` maps a channel (`email`, `webhook`, `amqp`) to its address there."""

    TYPE: ClassVar[str] = "agency.changed.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    code: Code
    revision: Count
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    kind: AgencyKind
    changed_at: Moment
    endpoints: dict[str, str] = field(default_factory=dict)
    valid_from: Moment | None = None
    valid_to: Moment | None = None

    @property
    def subject(self) -> str:
        return self.code

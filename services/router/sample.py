"""A complaint to try rules on, whatever it comes from: the database, or a file."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.router.circumstances import Circumstances
from shared.contracts.fields import Place


@dataclass(frozen=True, slots=True)
class Sample:
    """`label` is the agency to which a person gave it; empty when nobody has said anything."""

    id: str
    text: str
    place: Place = field(default_factory=Place)
    beside: Circumstances = field(default_factory=Circumstances)
    label: str = ""

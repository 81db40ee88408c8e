"""Facts about what the city counted, said by the desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contracts.fields import Code, Moment, Words
from shared.contracts.registry import event

Month = Annotated[str, Meta(pattern=r"\A[0-9]{4}-(?:0[1-9]|1[0-2])\Z")]


@dataclass(frozen=True)
class PublicCount:
    """How many complaints have this value and this kind; both empty: of all of them. Never less than five.

    `dimension` is what the value is of (`total`, `agency`, `kecamatan`, `channel`), `name` what it is called in public.
    """

    dimension: Code
    value: Annotated[str, Meta(max_length=170)]
    name: Annotated[str, Meta(max_length=250)]
    kind: Words
    number: Annotated[int, Meta(ge=5)]


@event
@dataclass(frozen=True, kw_only=True)
class StatisticsPublished:
    """A month is over and its numbers are open to everybody. Said once a month: later changes are not said.

    What is hidden, since it is small or would give away what is small, is left out.
    """

    TYPE: ClassVar[str] = "statistics.published.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    month: Month
    counts: Annotated[list[PublicCount], Meta(max_length=20_000)]
    counted_at: Moment

    @property
    def subject(self) -> str:
        return self.month

"""Facts about the seals of audit rows, said by the desk, which makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contracts.fields import Code, Moment
from shared.contracts.registry import event

_Number = Annotated[int, Meta(ge=0)]


@event
@dataclass(frozen=True, kw_only=True)
class AuditHead:
    """How far the chain of seals is, once a day. Whoever keeps it outside of the system can tell what is cut off.

    `count` is the number of the last seal, `mac` its code (zeros: there is none). `added` and `late` count since the
    head before, of `since`; `away` names services whose rows could not be read.
    """

    TYPE: ClassVar[str] = "audit.head.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    day: Annotated[str, Meta(pattern=r"\A\d{4}-\d{2}-\d{2}\Z")]
    count: _Number
    mac: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    added: _Number
    late: _Number
    since: Moment | None = None
    away: list[Code]
    made_at: Moment

    @property
    def subject(self) -> str:
        return f"audit-{self.day}"

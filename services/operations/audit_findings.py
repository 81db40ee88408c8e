"""What `tanggap audit verify` found, in sentences."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

MOST_SHOWN = 20
"""Of a kind; all are counted."""


class Kind(StrEnum):
    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    LATE = "late"
    BROKEN = "chain_broken"
    CUT_OFF = "cut_off"
    NO_KEY = "key_missing"
    WAITING = "waiting_long"


TODO = {
    Kind.ALTERED: "Somebody changed it in the database. Compare it with a backup of its day.",
    Kind.REMOVED: "Somebody deleted it from the database. A backup of its day holds it.",
    Kind.INSERTED: "Somebody wrote it into the database, past the service. Who had its password?",
    Kind.LATE: "It came in after that time had been sealed: clock off, or written by hand.",
    Kind.BROKEN: "Somebody changed the seals. Compare audit_seals with a backup.",
    Kind.CUT_OFF: "The end was cut off, or all was sealed anew; or a backup was restored.",
    Kind.NO_KEY: "Put the old key behind the new one in TANGGAP_AUDIT_KEYS.",
    Kind.WAITING: "Does the desk run, and reach the service? See its page /audit.",
}


@dataclass(frozen=True)
class Trouble:
    """`seq` is the row's number in its service, `n` that of a seal."""

    kind: Kind
    saw: str
    service: str = ""
    seq: int | None = None
    n: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "kind": str(self.kind), "todo": TODO[self.kind]}


@dataclass
class Findings:
    """`waiting` rows are not sealed yet, which is as it should be for those of the last seconds."""

    rows: int = 0
    seals: int = 0
    waiting: int = 0
    head_count: int = 0
    head_mac: str = ""
    mailed: bool = False
    """Whether the chain was compared with a head that stands outside of the databases."""
    seconds: float = 0.0
    counts: Counter[Kind] = field(default_factory=Counter)
    shown: list[Trouble] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.counts

    def add(self, trouble: Trouble) -> None:
        self.counts[trouble.kind] += 1
        if self.counts[trouble.kind] <= MOST_SHOWN:
            self.shown.append(trouble)

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": self.clean,
            "rows": self.rows,
            "seals": self.seals,
            "waiting": self.waiting,
            "head": {"count": self.head_count, "mac": self.head_mac},
            "compared_with_mail": self.mailed,
            "seconds": round(self.seconds, 3),
            "counts": {str(kind): self.counts[kind] for kind in Kind},
            "troubles": [one.as_dict() for one in self.shown],
        }

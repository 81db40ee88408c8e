"""Another service's audit rows, kept in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.audit import row_digest
from shared.audit_reading import Digest, Wanted
from shared.errors import Transient
from tests.support.clock import MovableClock


@dataclass
class FakeAudit:
    clock: MovableClock
    kept: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False

    def act(self, act: str, **more: Any) -> None:
        usual = {"at": self.clock.now(), "actor": "operator", "role": "operator", "subject": "DISHUB", "reason": "",
                 "details": {}}  # fmt: skip
        self.kept.append({"seq": len(self.kept) + 1, **usual, "act": act, **more})

    def digests(self, after: int, limit: int) -> Sequence[Digest]:
        self._answer()
        found = [row for row in self.kept if row["seq"] > after][:limit]
        return [Digest(row["seq"], row["at"], row_digest(row)) for row in found]

    def rows(self, wanted: Wanted, limit: int) -> Sequence[Mapping[str, Any]]:
        self._answer()
        texts = {"actor": wanted.actor, "act": wanted.act, "subject": wanted.subject}
        return [
            row
            for row in reversed(self.kept)
            if all(row[name] == value for name, value in texts.items() if value)
            and (wanted.before is None or row["seq"] < wanted.before)
            and (wanted.since is None or row["at"] >= wanted.since)
            and (wanted.until is None or row["at"] < wanted.until)
        ][:limit]

    def _answer(self) -> None:
        if self.away:
            raise Transient("does not answer", code="service_away")

"""Whether the chain of seals is whole: each seal after the one before, and every known head in it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from services.desk.auditing import repository
from services.desk.auditing.chain import GENESIS, AuditKeys, Seal, goes_back
from services.operations.audit_findings import Findings, Kind, Trouble
from shared.storage.database import Database

_PAGE = 5000
_ALL_HEADS = 100_000


@dataclass(frozen=True)
class Mailed:
    """What the auditor's mail says: so many seals, and the last one's code."""

    count: int
    mac: str


@dataclass
class ChainCheck:
    """Up to seal `last`; with `since`, the codes of seals from before are believed."""

    keys: AuditKeys
    last: int
    since: datetime | None
    found: Findings
    _missing_keys: set[str] = field(default_factory=set)
    _seen_until: dict[str, datetime] = field(default_factory=dict)

    def run(self, desk: Database) -> None:
        before, expected = GENESIS, 1
        for seal in _seals(desk, self.last):
            if seal.n != expected:
                saw = f"seals {expected} to {seal.n - 1} are missing"
                self.found.add(Trouble(Kind.BROKEN, saw, n=expected))
            elif self.since is None or seal.sealed_at >= self.since:
                self._check_mac(before, seal)
            self._check_order(seal)
            before, expected = seal.mac, seal.n + 1
            self.found.seals += 1

    def _check_mac(self, before: str, seal: Seal) -> None:
        if self.keys.knows(seal.key_id):
            if not hmac.compare_digest(self.keys.mac(before, seal), seal.mac):
                self._add(seal, "was changed, or does not fit the one before it")
        elif seal.key_id not in self._missing_keys:
            self._missing_keys.add(seal.key_id)
            saw = f"seals from {seal.n} on need another key ({seal.key_id})"
            self.found.add(Trouble(Kind.NO_KEY, saw, n=seal.n))

    def _check_order(self, seal: Seal) -> None:
        if goes_back(self._seen_until, seal):
            self._add(seal, "says that less had been seen than an earlier one")
        elif seal.seen_until is not None:
            self._seen_until[seal.service] = seal.seen_until

    def _add(self, seal: Seal, what: str) -> None:
        saw = f"seal {seal.n} ({seal.service} row {seal.seq}) {what}"
        self.found.add(Trouble(Kind.BROKEN, saw, seal.service, seal.seq, seal.n))


def check_heads(desk: Database, last: int, mailed: Mailed | None, found: Findings) -> None:
    """Those that the desk noted each day, and the one of a mail."""
    with desk.read() as connection:
        heads = repository.heads(connection, _ALL_HEADS)
        known = [(f"the head of {one.day:%Y-%m-%d}", one.n, one.mac) for one in heads]
        if mailed is not None:
            found.mailed = True
            known.append(("the mailed head", mailed.count, mailed.mac.strip().lower()))
        for name, n, mac in known:
            if n > last:
                found.add(Trouble(Kind.CUT_OFF, f"{name} counts {n} seals, there are {last}", n=n))
                continue
            seal = repository.seal(connection, n) if n else None
            if (seal.mac if seal else GENESIS) != mac:
                found.add(Trouble(Kind.CUT_OFF, f"{name} is not that of seal {n} here", n=n))


def _seals(desk: Database, last: int) -> Iterator[Seal]:
    after = 0
    with desk.read() as connection:
        while page := repository.seals_after(connection, after, last, _PAGE):
            yield from page
            after = page[-1].n

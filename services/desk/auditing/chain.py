"""What a seal is: HMAC-SHA256 over the seal before it and one audit row. Pure.

Each seal holds the row's digest, never its content. `seen_until`: up to then the sealer had seen every row of that
service, so a row that says it is older came in afterwards. It never goes back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from shared.audit_reading import Digest

GENESIS = "0" * 64
"""Stands for the seal before the first."""

SLACK = timedelta(minutes=15)
"""A row carries the time at which its act began and appears when it is committed; clocks differ, too."""


@dataclass(frozen=True)
class Seal:
    n: int
    service: str
    seq: int
    digest: str
    seen_until: datetime | None
    late: bool
    key_id: str
    sealed_at: datetime
    mac: str = ""


class AuditKeys:
    """The first key seals, all of them check. A key is known by a number that does not tell it."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("sealing needs at least one key")
        self._keys = {key_id(key): key.encode() for key in keys}
        self.current = key_id(keys[0])

    def knows(self, id_: str) -> bool:
        return id_ in self._keys

    def mac(self, before: str, seal: Seal) -> str:
        """64 hexadecimal signs. Raises `KeyError` when the seal's key is not among these."""
        fields = [
            before, seal.n, seal.service, seal.seq, seal.digest, _plain(seal.seen_until), seal.late, seal.key_id,
            _plain(seal.sealed_at),
        ]  # fmt: skip
        form = json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")
        return hmac.new(self._keys[seal.key_id], form, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Head:
    """The last seal of the chain."""

    n: int = 0
    mac: str = GENESIS


def key_id(key: str) -> str:
    return hashlib.sha256(b"tanggap audit key\n" + key.encode()).hexdigest()[:16]


def continued(
    keys: AuditKeys, head: Head, service: str, rows: Sequence[Digest], seen_until: datetime | None, now: datetime
) -> list[Seal]:
    """The seals of these rows, in their order, after `head`."""
    made: list[Seal] = []
    for row in rows:
        late = is_late(row.at, seen_until, now)
        seal = Seal(head.n + 1, service, row.seq, row.digest, seen_until, late, keys.current, now)
        seal = replace(seal, mac=keys.mac(head.mac, seal))
        made.append(seal)
        head = Head(seal.n, seal.mac)
    return made


def is_late(at: datetime, seen_until: datetime | None, sealed_at: datetime) -> bool:
    """Whether a row says that it is older than what had been seen already, or that it is of the future."""
    return at > sealed_at + SLACK or (seen_until is not None and at < seen_until - SLACK)


def goes_back(before: Mapping[str, datetime], seal: Seal) -> bool:
    """Whether `seen_until` is earlier than in an earlier seal of the service (`before`, by service)."""
    known = before.get(seal.service)
    return known is not None and (seal.seen_until is None or seal.seen_until < known)


def _plain(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")

"""Dead letters of a service's inbox: what a person may see of them, and how one is settled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import RowMapping, Table

from shared.audit import record_act
from shared.clock import Clock
from shared.messaging.inbox import Inbox
from shared.observability.masking import mask
from shared.storage.database import Database

REPLAY, DISCARD = "replay", "discard"
ACTS = (REPLAY, DISCARD)
_MOST_SUMMARY = 200
_NAME = re.compile(r"[\w.]{1,100}")


@dataclass(frozen=True)
class DeadLetter:
    """Without its body: that holds what citizens wrote."""

    queue: str
    message_id: str
    type: str
    subject: str
    code: str
    summary: str
    attempts: int
    received_at: datetime


@dataclass(frozen=True)
class Settling:
    """Who does what to which letter, and why."""

    act: str
    queue: str
    message_id: str
    actor: str
    role: str
    reason: str


class DeadLetters(Protocol):
    """Of one service. Everything raises `Transient` when it is away."""

    def listed(self) -> Sequence[DeadLetter]:
        """The oldest first."""
        ...

    def settle(self, wish: Settling) -> bool:
        """Replays or discards one, with its audit row; False when somebody else settled it before."""
        ...


@dataclass(frozen=True)
class OwnDeadLetters:
    """Those in this service's own database."""

    database: Database
    inbox: Inbox
    audit: Table
    clock: Clock

    def listed(self) -> Sequence[DeadLetter]:
        return [_letter(row) for row in self.inbox.dead(self.database)]

    def settle(self, wish: Settling) -> bool:
        with self.database.write() as tx:
            if wish.act == DISCARD:
                reason = f"{wish.actor}: {wish.reason}"
                settled = self.inbox.discard(tx, wish.queue, wish.message_id, reason=reason)
            else:
                settled = self.inbox.replay(tx, wish.queue, wish.message_id)
            if settled:
                record_act(
                    tx, self.audit, at=self.clock.now(), actor=wish.actor, role=wish.role, act=f"dead.{wish.act}",
                    subject=wish.message_id[:64], reason=wish.reason, details={"queue": wish.queue},
                )  # fmt: skip
        return settled


def _letter(row: RowMapping) -> DeadLetter:
    return DeadLetter(
        queue=row["queue"],
        message_id=row["message_id"],
        type=row["type"] or "",
        subject=row["subject"] or "",
        code=row["error_code"] or "",
        summary=summary(row["last_error"] or ""),
        attempts=row["attempts"],
        received_at=row["received_at"],
    )


def summary(error: str) -> str:
    """One line about an error. Of a bug only its name: its message may quote a citizen's text."""
    lines = error.strip().splitlines() or [""]
    heads = [number for number, line in enumerate(lines) if line.startswith("Traceback (most recent")]
    if heads:
        names = (_NAME.match(line) for line in lines[heads[-1] + 1 :])
        return next((name[0] for name in names if name), "Traceback")
    return mask(lines[0])[:_MOST_SUMMARY]

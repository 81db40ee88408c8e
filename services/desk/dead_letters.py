"""Dead letters of the desk's own inbox: what a person may see of them, and how one is settled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping

from services.desk.cases import timeline
from services.desk.people.person import Person
from shared.errors import Refused
from shared.observability.masking import mask
from shared.sentences import sentence
from shared.service import Spine

REPLAY, DISCARD = "replay", "discard"
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


def listed(spine: Spine) -> list[DeadLetter]:
    return [_letter(row) for row in spine.inbox.dead(spine.database)]


def settle(spine: Spine, person: Person, *, act: str, queue: str, message_id: str, reason: str) -> bool:
    """Replays or discards one, with its audit row; False when somebody else settled it before."""
    reason = reason.strip()[:500]
    if act == DISCARD and not reason:
        problems: dict[str, str] = {"reason": sentence("Tulis alasan membuangnya.")}
        raise Refused(sentence("Pesan belum dibuang."), code="reason_missing", fields=problems)
    with spine.database.write() as tx:
        if act == DISCARD:
            settled = spine.inbox.discard(tx, queue, message_id, reason=f"{person.login}: {reason}")
        else:
            settled = spine.inbox.replay(tx, queue, message_id)
        if settled:
            timeline.record(
                tx, at=spine.clock.now(), actor=person.login, role=person.role, act=f"dead.{act}",
                subject=message_id[:64], reason=reason, details={"queue": queue},
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

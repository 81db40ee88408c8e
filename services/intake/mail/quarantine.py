"""Messages that no program could make sense of: shown to a person, who has them read again, or gives them up.

Every look at one and every act writes an audit row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from services.intake.mail import repository_quarantine
from services.intake.mail.headers import Headers
from services.intake.mail.intake import MailIntake
from services.intake.mail.keeping import RawMails
from services.intake.mail.parts import file_name, leaves
from services.intake.mail.repository_quarantine import DISCARDED, REPLAYED, STATES, WAITING
from services.intake.mail.sorting import MailKind
from services.intake.mail.text import message_of, parse_mail
from services.intake.submission import KeptRaw
from services.intake.tables import audit
from services.intake.text import cut
from shared.audit import record_act
from shared.errors import Refused
from shared.observability.logs import get_logger
from shared.service import Spine
from shared.storage.database import Transaction

log = get_logger("quarantine")
MOST_LISTED = 500
_MOST_SHOWN_HEADERS = 200
_MOST_SHOWN_CHARACTERS = 10_000
_MOST_REASON = 500


@dataclass(frozen=True)
class Person:
    """Who looks or acts, as the audit row names them."""

    actor: str
    role: str


@dataclass(frozen=True)
class Quarantine:
    spine: Spine
    raws: RawMails
    mails: MailIntake

    def list(self, state: str = WAITING, *, limit: int = MOST_LISTED) -> list[dict[str, Any]]:
        """The oldest first; nothing of what was written but a masked subject. Raises `Refused` for an unknown state."""
        if state not in STATES:
            raise Refused(f"state: one of {', '.join(STATES)}", code="invalid_fields")
        with self.spine.database.read() as connection:
            rows = repository_quarantine.listed(connection, state, min(limit, MOST_LISTED))
        return [_shown(row) for row in rows]

    def count_waiting(self) -> int:
        with self.spine.database.read() as connection:
            return repository_quarantine.count_waiting(connection)

    def find(self, wanted: str) -> str:
        """The id that is `wanted` or ends so. Raises `Refused` for none and for several."""
        end = wanted.strip().lower().lstrip("…")
        with self.spine.database.read() as connection:
            ids = repository_quarantine.ids_ending(connection, end) if len(end) >= 6 else []
        if len(ids) != 1:
            code = "ambiguous_id" if ids else "not_in_quarantine"
            raise Refused(
                f"{wanted}: {'more than one fits' if ids else 'nothing there has this id'}", code=code, status=404
            )
        return ids[0]

    def show(self, quarantine_id: str, person: Person, reason: str = "") -> dict[str, Any]:
        """Headers and readable text in clear: whoever shows them further masks what their reader must not see.

        `source` is the beginning of the mail as it came, where it has no text that can be read.

        Raises `Refused` (`not_in_quarantine`, `raw_is_gone`) and `Transient`.
        """
        row, raw = self._found(quarantine_id)
        with self.spine.database.write() as tx:
            self._record(tx, person, "show", quarantine_id, reason)
        mail, message = parse_mail(raw), message_of(raw)
        headers = list(Headers(message).pairs())[:_MOST_SHOWN_HEADERS] if message is not None else []
        names = [file_name(part) for part in leaves(message)] if message is not None else []
        source = "" if mail.body else raw[:_MOST_SHOWN_CHARACTERS].decode("utf-8", "replace")
        return {
            **_shown(row),
            "subject": mail.subject,
            "from": mail.from_address,
            "headers": [{"name": name, "value": value} for name, value in headers],
            "text": cut(mail.body, _MOST_SHOWN_CHARACTERS),
            "source": source,
            "attachments": [name for name in names if name][:50],
        }

    def replay(
        self, quarantine_id: str, person: Person, *, as_complaint: bool = False, reason: str = ""
    ) -> dict[str, Any]:
        """Reads it again; what it became. Forced `as_complaint` it needs only some words.

        Raises `Refused`: `still_unclear` (it stays where it is), `already_settled`, and what the doors refuse.
        """
        row, raw = self._found(quarantine_id)
        if row["state"] != WAITING:
            raise Refused("somebody has settled this message already", code="already_settled", status=409)
        kept = self._kept(quarantine_id)
        taken = self.mails.take_again(raw, kept, spare_id=f"quarantine-{quarantine_id}", as_complaint=as_complaint)
        if taken.kind in (MailKind.QUARANTINE, MailKind.REFUSED):
            raise Refused(f"it is still unclear ({taken.reason})", code="still_unclear", status=409)
        outcome = taken.ticket or taken.reason
        self._settle(quarantine_id, person, REPLAYED, outcome, reason, {"as_complaint": as_complaint})
        return {
            "quarantine_id": quarantine_id,
            "kind": taken.kind.value,
            "ticket": taken.ticket,
            "reason": taken.reason,
        }

    def discard(self, quarantine_id: str, person: Person, *, reason: str) -> dict[str, Any]:
        """Gives it up; the row and the message stay. Raises `Refused` (`reason_missing`, `already_settled`)."""
        reason = reason.strip()[:_MOST_REASON]
        if not reason:
            raise Refused("a reason is needed, and will be recorded", code="reason_missing")
        self._found(quarantine_id, with_raw=False)
        self._settle(quarantine_id, person, DISCARDED, "discarded", reason, {})
        return {"quarantine_id": quarantine_id, "kind": DISCARDED}

    def _settle(
        self, quarantine_id: str, person: Person, state: str, outcome: str, reason: str, details: dict[str, Any]
    ) -> None:
        now = self.spine.clock.now()
        with self.spine.database.write() as tx:
            if not repository_quarantine.settle(
                tx, quarantine_id, state=state, at=now, by=person.actor, outcome=outcome
            ):
                raise Refused("somebody has settled this message already", code="already_settled", status=409)
            act = "replay" if state == REPLAYED else "discard"
            self._record(tx, person, act, quarantine_id, reason, {**details, "outcome": outcome})
        log.info("quarantine_settled", quarantine_id=quarantine_id, state=state, outcome=outcome)

    def _found(self, quarantine_id: str, *, with_raw: bool = True) -> tuple[RowMapping, bytes]:
        with self.spine.database.read() as connection:
            row = repository_quarantine.one(connection, quarantine_id)
        if row is None:
            raise Refused("no such message is in quarantine", code="not_in_quarantine", status=404)
        raw = self.raws.read(self._kept(quarantine_id)) if with_raw else b""
        if raw is None:
            raise Refused("the message itself is gone from the folder of attachments", code="raw_is_gone", status=410)
        return row, raw

    def _kept(self, quarantine_id: str) -> KeptRaw:
        with self.spine.database.read() as connection:
            row = repository_quarantine.raw_of(connection, quarantine_id)
        if row is None:
            raise Refused("the message itself was removed", code="raw_is_gone", status=410)
        return KeptRaw(row["sha256"], row["size"], row["sealed"])

    def _record(
        self,
        tx: Transaction,
        person: Person,
        act: str,
        quarantine_id: str,
        reason: str,
        details: dict[str, Any] | None = None,
    ) -> None:
        record_act(
            tx,
            audit,
            at=self.spine.clock.now(),
            actor=person.actor,
            role=person.role,
            act=f"quarantine.{act}",
            subject=quarantine_id,
            reason=reason.strip()[:_MOST_REASON],
            details=details,
        )


_LISTED: Sequence[str] = (
    "quarantine_id", "channel", "reason", "detail", "size", "state",
    "received_at", "settled_at", "settled_by", "outcome",
)  # fmt: skip


def _shown(row: RowMapping) -> dict[str, Any]:
    return {name: row[name].isoformat() if hasattr(row[name], "isoformat") else row[name] for name in _LISTED}

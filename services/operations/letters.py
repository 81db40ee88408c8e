"""Dead letters of all services, and what the broker has parked: found, tried again, given up. Each act is an audit row.

The audit row is written in the transaction of the act. What lies at the broker knows no such transaction: there the
row is committed after a replay was confirmed and before anything is removed, so nothing vanishes without a trace.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select

from services.operations.installation import Installation, Member
from services.operations.opening import head_of
from shared.audit import record_act
from shared.dead_letters import summary
from shared.errors import Refused
from shared.messaging.pika_admin import Parked
from shared.messaging.topology import QUEUES, TOPOLOGY
from shared.storage.database import Transaction

INBOX, PARKED = "inbox", "parked"
REPLAY, DISCARD, REVEAL = "replay", "discard", "reveal"
MOST_LETTERS = 10_000
_SHORTEST_ID = 6


@dataclass(frozen=True)
class Letter:
    """`where` is `inbox` (a row of the service's database) or `parked` (at the broker). `summary` quotes no citizen."""

    where: str
    service: str
    queue: str
    message_id: str
    type: str
    subject: str
    code: str
    summary: str
    attempts: int
    since: datetime | None
    error: str = field(repr=False)
    body: bytes = field(repr=False)
    parked: Parked | None = field(repr=False, default=None)

    def as_dict(self) -> dict[str, Any]:
        shown = ("where", "service", "queue", "message_id", "type", "subject", "code", "summary", "attempts")
        return {**{name: getattr(self, name) for name in shown}, "since": self.since and self.since.isoformat()}


@dataclass(frozen=True)
class Choice:
    """Which letters are meant; empty fields choose all."""

    service: str = ""
    queue: str = ""
    code: str = ""
    where: str = ""

    def fits(self, letter: Letter) -> bool:
        names = ("service", "queue", "code", "where")
        return all(getattr(self, name) in ("", getattr(letter, name)) for name in names)


def find_letters(installation: Installation, choice: Choice | None = None) -> list[Letter]:
    """The oldest first. Raises `BrokerLost` or `TanggapError` when the dead queues cannot be read."""
    letters = [letter for member in installation.members.values() for letter in _of_inbox(member)]
    if installation.broker is not None:
        depths = installation.broker.depths([queue.dead for queue in QUEUES])
        for queue in QUEUES:
            depth = depths[queue.dead]
            if depth is not None and depth.ready:
                parked = installation.broker.parked(queue.name, most=MOST_LETTERS)
                letters += [_of_parked(queue.owner, one) for one in parked]
    wanted = [letter for letter in letters if choice is None or choice.fits(letter)]
    return sorted(wanted, key=lambda letter: (letter.since is None, letter.since, letter.message_id))


def pick(letters: Sequence[Letter], wanted: str) -> list[Letter]:
    """The letters with that id, or with an id that begins or ends so (six signs or more, of one message only).

    One message can be dead in several places. Raises `Refused` with a sentence.
    """
    wanted = wanted.strip().lower().lstrip("…")
    found = [letter for letter in letters if letter.message_id.lower() == wanted]
    if not found and len(wanted) >= _SHORTEST_ID:
        found = [one for one in letters if one.message_id.lower().startswith(wanted) or _ends(one, wanted)]
    ids = {letter.message_id for letter in found}
    if not ids:
        raise Refused(f"there is no dead letter {wanted}; see `tanggap dead list`", code="no_such_letter")
    if len(ids) > 1:
        raise Refused(f"{wanted} fits {len(ids)} dead letters; give more of the id", code="ambiguous_id")
    return found


def settle(installation: Installation, letters: Iterable[Letter], *, act: str, reason: str) -> list[Letter]:
    """Replays or discards them; returns those that were changed (the others were settled by somebody else).

    Raises `Refused` when discarding without a reason, `TanggapError` when the broker did not take a replay.
    """
    reason = checked_reason(reason) if act == DISCARD else reason.strip()[:500]
    return [letter for letter in letters if _settle_one(installation, letter, act, reason)]


def record_reveal(installation: Installation, letter: Letter, reason: str) -> None:
    """Commits who looks into which message, and why, before it is shown. Raises `Refused` without a reason."""
    reason = checked_reason(reason)
    with installation.members[letter.service].database.write() as tx:
        _record(installation, tx, letter, REVEAL, reason)


def checked_reason(reason: str) -> str:
    reason = reason.strip()[:500]
    if not reason:
        raise Refused('a reason is needed, and will be recorded: --reason "..."', code="reason_missing")
    return reason


def operator() -> str:
    """The person at the keyboard as the operating system knows them, also behind sudo."""
    try:
        return (os.environ.get("SUDO_USER") or getpass.getuser())[:100]
    except (KeyError, OSError):  # a user without a name, as in some containers
        return f"uid {os.getuid()}"


def _settle_one(installation: Installation, letter: Letter, act: str, reason: str) -> bool:
    member = installation.members[letter.service]
    with member.database.write() as tx:
        if letter.parked is not None:
            _record(installation, tx, letter, act, reason)
            if act == REPLAY and installation.broker is not None:
                installation.broker.publish_again([letter.parked])
            changed = True
        elif act == REPLAY:
            changed = member.inbox(installation.clock).replay(tx, letter.queue, letter.message_id)
        else:
            ending = f"{operator()}: {reason}"
            changed = member.inbox(installation.clock).discard(tx, letter.queue, letter.message_id, reason=ending)
        if changed and letter.parked is None:
            _record(installation, tx, letter, act, reason)
    if letter.parked is not None and installation.broker is not None:
        return installation.broker.remove(letter.queue, {letter.message_id}) > 0
    return changed


def _record(installation: Installation, tx: Transaction, letter: Letter, act: str, reason: str) -> None:
    record_act(
        tx, installation.members[letter.service].audit, at=installation.clock.now(), actor=operator(),
        role="operator", act=f"dead.{act}", subject=letter.message_id, reason=reason,
        details={"queue": letter.queue, "where": letter.where, "by": "tanggap dead"},
    )  # fmt: skip


def _of_inbox(member: Member) -> list[Letter]:
    inbox = member.messaging.inbox
    statement = select(*inbox.c).where(inbox.c.state == "dead").order_by(inbox.c.received_at).limit(MOST_LETTERS)
    with member.database.read() as connection:
        return [_of_row(member.name, row._mapping) for row in connection.execute(statement)]


def _of_row(service: str, row: RowMapping) -> Letter:
    body = bytes(row["body"] or b"")
    head = head_of(body)
    return Letter(
        where=INBOX,
        service=service,
        queue=row["queue"],
        message_id=row["message_id"],
        type=row["type"] or head.get("type", ""),
        subject=row["subject"] or head.get("subject", ""),
        code=row["error_code"] or "",
        summary=summary(row["last_error"] or ""),
        attempts=row["attempts"],
        since=row["finished_at"] or row["received_at"],
        error=row["last_error"] or "",
        body=body,
    )


def _of_parked(service: str, parked: Parked) -> Letter:
    head = head_of(parked.body)
    limit = next(
        (queue.arguments.get("x-delivery-limit") for queue in TOPOLOGY.queues if queue.name == parked.queue), "?"
    )
    told = f"the broker parked it after {limit} deliveries" if parked.reason == "delivery_limit" else parked.reason
    return Letter(
        where=PARKED,
        service=service,
        queue=parked.queue,
        message_id=parked.message_id,
        type=head.get("type", "") or parked.routing_key,
        subject=head.get("subject", "") or parked.subject,
        code=parked.reason,
        summary=told,
        attempts=0,
        since=parked.parked_at,
        error=told,
        body=parked.body,
        parked=parked,
    )


def _ends(letter: Letter, wanted: str) -> bool:
    return letter.message_id.lower().endswith(wanted)

"""What a restore means for deliveries that were under way, and what it has to say.

A delivery that was due or being sent when the backup was made may have been sent since; nobody can know. So it is put
in front of a person as `uncertain: restored`, as every message is of which it is not known whether it was sent.
"""

from __future__ import annotations

from sqlalchemy import Update, func, select, update
from sqlalchemy.dialects import postgresql

from services.notifier.delivery import PENDING, SENDING, UNCERTAIN
from services.notifier.tables import attempts, deliveries
from services.operations.backup.keys import present_keys
from services.operations.backup.manifest import CONTENT
from services.operations.installation import Installation
from services.operations.letters import operator
from shared.audit import record_act
from shared.contracts.delivery import DeliveryFinished
from shared.contracts.envelope import Codec
from shared.messaging.outbox import Outbox
from shared.messaging.topology import TOPOLOGY
from shared.sealing import Sealer
from shared.storage.bells import Bells
from shared.storage.database import Transaction

RESTORED = "restored"


def hold(tx: Transaction) -> None:
    """In a database of whatever age: the columns are those of the first migration."""
    for statement in _holding():
        tx.execute(statement)


def hold_in_sql() -> list[str]:
    """The same for PostgreSQL, to be run in the notifier's schema."""
    options = {"literal_binds": True}
    return [str(one.compile(dialect=postgresql.dialect(), compile_kwargs=options)) for one in _holding()]  # type: ignore[no-untyped-call]


def say_held(installation: Installation) -> int:
    """Tells the desk of each held delivery, so that it stands on the case's page. Returns how many there are.

    May be repeated: the desk keeps one line for a delivery and its outcome.
    """
    keys = present_keys(installation.location)[CONTENT]
    member = installation.members["notifier"]
    with member.database.read() as connection:
        statement = select(deliveries).where(deliveries.c.state == UNCERTAIN, deliveries.c.reason == RESTORED)
        rows = connection.execute(statement.order_by(deliveries.c.delivery_id)).mappings().all()
    if not rows or not keys:
        return len(rows)
    events = [
        DeliveryFinished(
            delivery_id=row["delivery_id"], complaint_id=row["complaint_id"], message=row["message"],
            recipient=row["recipient"], channel=row["channel"], outcome=UNCERTAIN, reason=RESTORED,
            finished_at=row["finished_at"],
        )
        for row in rows
    ]  # fmt: skip
    outbox = Outbox(
        "notifier", member.messaging, codec=Codec(Sealer(keys)), topology=TOPOLOGY, clock=installation.clock,
        bells=Bells(),
    )  # fmt: skip
    with member.database.write() as tx:
        outbox.say(tx, *events)
    return len(rows)


def on_the_way(installation: Installation) -> int:
    """Facts that are said and not heard by everybody: what follows from them follows now, perhaps for a second time."""
    count = 0
    for member in installation.members.values():
        table = member.messaging.outbox
        with member.database.read() as connection:
            unpublished = select(func.count()).select_from(table).where(table.c.published_at.is_(None))
            count += int(connection.execute(unpublished).scalar_one())
    return count


def record_restore(installation: Installation, archive: str, made_at: str) -> None:
    """One audit row for each service."""
    for _, member in sorted(installation.members.items()):
        with member.database.write() as tx:
            record_act(
                tx, member.audit, at=installation.clock.now(), actor=operator(), role="operator", act="restore",
                subject=archive[-64:], reason="tanggap restore", details={"made_at": made_at},
            )  # fmt: skip


def _holding() -> list[Update]:
    ended = {"reason": RESTORED, "finished_at": func.now()}
    free = {"lease_owner": None, "lease_until": None}
    return [
        update(attempts).where(attempts.c.outcome == SENDING).values(outcome=UNCERTAIN, **ended),
        update(deliveries).where(deliveries.c.state.in_((PENDING, SENDING))).values(state=UNCERTAIN, **ended, **free),
    ]

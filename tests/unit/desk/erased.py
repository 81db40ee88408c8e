"""Complaints that were erased, and a look for what is left of one in all that the desk keeps."""

from typing import Any

from sqlalchemy import select, update

from services.desk.cases.acting import Act, Outcome, perform
from services.desk.people.person import Person
from services.desk.tables import messaging, metadata
from shared.contracts.complaint import ComplaintErased, ErasedPart
from tests.unit.desk.facts import LATER, ticket
from tests.unit.desk.world import World

COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
OFFICER = Person("petugas.dishub", "Petugas", "officer", "DISHUB")


def erased(number: int = 1, *parts: ErasedPart, reason: Any = "request", **more: Any) -> ComplaintErased:
    values = {"complaint_id": f"c{number}", "ticket": ticket(number), "erased_at": LATER, **more}
    return ComplaintErased(parts=list(parts or ("contact", "text", "photos")), reason=reason, **values)


def act(world: World, wanted: Act, person: Person = COORDINATOR, number: int = 1) -> Outcome:
    outcome = perform(world.register, person, ticket(number), world.case(number).revision, wanted)
    assert outcome is not None
    return outcome


def publish_all(world: World) -> None:
    """As the relay does it: what waited is on its way."""
    with world.database.write() as tx:
        tx.execute(update(messaging.outbox).values(published_at=world.clock.now()))


def kept(world: World) -> dict[str, str]:
    """Every row of every table as text, messages opened, by table."""
    with world.database.read() as connection:
        rows = {table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in metadata.sorted_tables}  # fmt: skip
    for name in ("outbox", "inbox"):
        for row in rows[name]:
            row["body"] = world.service.spine.codec.decode(bytes(row["body"])) if row["body"] else None
    return {name: repr(found) for name, found in rows.items()}


def where(world: World, word: str) -> set[str]:
    """The tables in which the word stands, however it is written."""
    return {name for name, text in kept(world).items() if word.lower() in text.lower()}

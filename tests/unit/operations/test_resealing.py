"""Sealing anew: every place is known, nothing that changed is overwritten, what is on its way is waited for."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, insert, select, update
from sqlalchemy.types import JSON, Boolean, Integer, LargeBinary

import services.intake.tables as intake
from services.composition import OWNERS
from services.intake.mail.keeping import RawMails
from services.intake.submission import KeptRaw
from services.operations.installation import Installation, messaging_of
from services.operations.resealing import Resealed, Resealing
from services.operations.resealing_whole import Outcome, reseal_all
from services.operations.sealed_places import CONTACT, CONTENT, OUTBOXES, PLACES, Place
from services.operations.sealed_proof import check_proof
from shared.blobs import BlobFolder
from shared.errors import ConfigError, Rejected
from shared.messaging.topology import TOPOLOGY
from shared.sealing import Sealer
from shared.storage.types import UtcDateTime
from tests.unit.operations.shell import Shell

OLD, NEW, LOST = "old-" + "o" * 36, "new-" + "n" * 36, "lost-" + "l" * 36
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
OLDER, BOTH, NEWER = Sealer([OLD]), Sealer([NEW, OLD]), Sealer([NEW])
KEY = "complaint.received.v1"


def plant(installation: Installation, place: Place, number: int, held: str, **values: Any) -> None:
    """A row whose sealed columns hold that, in the form of each column."""
    row = {column.name: _filler(column, number) for column in place.table.c if not column.nullable}
    row |= {name: _as_held(place.table.c[name], held) for name in place.columns}
    with installation.members[place.service].database.write() as tx:
        tx.execute(insert(place.table).values(row | values))


def _filler(column: Column[Any], number: int) -> Any:
    if isinstance(column.type, UtcDateTime):
        return NOW
    for type_, value in ((Boolean, False), (Integer, number), (JSON, {}), (LargeBinary, b"")):
        if isinstance(column.type, type_):
            return value
    return f"{column.name}-{number:04}"[: getattr(column.type, "length", None)]


def _as_held(column: Column[Any], held: str) -> Any:
    if isinstance(column.type, LargeBinary):
        return json.dumps({"data": {"text": {"sealed": held}}}).encode()
    return {"email": held, "n": 1} if isinstance(column.type, JSON) else held


def held_in(installation: Installation, place: Place) -> list[str]:
    with installation.members[place.service].database.read() as connection:
        rows = connection.execute(select(*(place.table.c[name] for name in place.columns))).all()
    return [value.decode() if isinstance(value, bytes) else json.dumps(value) for row in rows for value in row]


def tokens_in(installation: Installation, place: Place) -> list[str]:
    return [token for held in held_in(installation, place) for token in held.split('"') if token.startswith("gAAA")]


def reseal(installation: Installation, keys: str, **options: Any) -> Outcome:
    given = {"batch": 3, "wait_seconds": 0, "progress": lambda *_: None, **options}
    return reseal_all(installation, keys, BOTH, **given)


def test_every_column_that_is_called_sealed_is_a_place() -> None:
    known = {(place.table, name) for place in PLACES for name in place.columns}
    tables = {table for owner in OWNERS for table in messaging_of(owner).outbox.metadata.tables.values()}
    named = {(table, one.name) for table in tables for one in table.c if one.name.endswith(("sealed", "_begun"))}
    assert named - known == {(intake.raw_messages, "sealed")}


@pytest.mark.parametrize("place", [one for one in PLACES if one not in OUTBOXES], ids=lambda place: place.name)
def test_every_place_is_sealed_anew_and_says_what_it_said(installation: Installation, place: Place) -> None:
    for number in range(7):
        plant(installation, place, number, OLDER.seal("x"))
    plant(installation, place, 7, NEWER.seal("x"))
    plant(installation, place, 8, Sealer([LOST]).seal("x"))
    lost = len(place.columns)
    assert reseal(installation, place.keys) == Outcome(Resealed(7, lost))
    tokens = tokens_in(installation, place)
    assert len(tokens) == 9 * len(place.columns)
    for token in tokens[: 8 * len(place.columns)]:
        assert NEWER.unseal(token) == "x"
    assert reseal(installation, place.keys) == Outcome(Resealed(0, lost)), "done tells itself"


@pytest.mark.parametrize("text", ["", "x", "y" * 15, "z" * 16, "Jalan berlubang \U0001f6a7 di Baros " * 50])
def test_a_token_of_any_length_is_found_wherever_it_stands(text: str) -> None:
    work = Resealing(BOTH)
    fresh = work.text(f'{{"a":"{OLDER.seal(text)}","b":"gAAAA is no seal"}}')
    assert NEWER.unseal(fresh.split('"')[3]) == text
    assert fresh.endswith(',"b":"gAAAA is no seal"}')
    assert work.unreadable == 0
    with pytest.raises(Rejected):
        OLDER.unseal(fresh.split('"')[3])


def test_who_was_stopped_goes_on(installation: Installation) -> None:
    (place,) = (one for one in PLACES if one.table is intake.complaints)
    for number in range(10):
        plant(installation, place, number, OLDER.seal(str(number)), complaint_id=f"c-{number:04}", ticket=f"T{number}")

    class Stop(Exception):
        pass

    def stop(*_: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        reseal(installation, CONTACT, progress=stop)
    assert reseal(installation, CONTACT).total.done < 10
    assert [NEWER.unseal(token) for token in tokens_in(installation, place)] == [str(number) for number in range(10)]


def test_what_lies_at_the_broker_is_waited_for(installation: Installation) -> None:
    """An outbox keeps what a queue has not heard under its old seal, as the broker does; `wait` lets it arrive."""
    (place,) = (one for one in OUTBOXES if one.service == "intake")
    queues = TOPOLOGY.queues_for(KEY)
    body = json.dumps({"data": {"text": {"sealed": OLDER.seal("x")}}}).encode()
    plant(
        installation, place, 1, "", message_id="m-1", routing_key=KEY, body=body, queues=len(queues),
        published_at=NOW, created_at=NOW,
    )  # fmt: skip
    outcome = reseal(installation, CONTENT)
    assert (outcome.clean, set(outcome.waiting)) == (False, {queue.name for queue in queues})
    assert held_in(installation, place) == [body.decode()]

    for queue in queues:
        member = installation.members[queue.owner]
        row = {"queue": queue.name, "message_id": "m-1", "state": "done", "received_at": NOW}
        with member.database.write() as tx:
            tx.execute(insert(member.messaging.inbox).values(row))
    assert reseal(installation, CONTENT) == Outcome(Resealed(1))
    assert NEWER.unseal(tokens_in(installation, place)[0]) == "x"


def test_mails_are_sealed_anew_in_their_row_and_as_files(installation: Installation) -> None:
    folder = BlobFolder(installation.location.data / "attachments")
    small, large = b"From: a@example.org\r\n\r\nHalo", bytes(range(256)) * 4000
    kept = {}
    for name, raw in (("small", small), ("large", _incompressible(large))):
        one = RawMails(folder, OLDER).keep(raw)
        kept[name] = (one, raw)
        row = {"raw_id": name, "channel": "email", "sha256": one.sha256, "size": one.size, "sealed": one.sealed}
        with installation.members["intake"].database.write() as tx:
            tx.execute(insert(intake.raw_messages).values(received_at=NOW, **row))
    assert not kept["large"][0].sealed
    assert reseal(installation, CONTACT).total == Resealed(2)
    with installation.members["intake"].database.read() as connection:
        rows = connection.execute(select(intake.raw_messages)).all()
    for row in rows:
        again = KeptRaw(row.sha256, row.size, row.sealed)
        assert RawMails(folder, NEWER).read(again) == kept[row.raw_id][1]
        if row.sealed:
            assert hashlib.sha256(row.sealed.encode()).hexdigest() == row.sha256
    assert len(list(folder.names())) == 1, "the old file is gone"


def test_the_command_ends_with_a_proof_or_says_what_is_left(data: Path, installation: Installation) -> None:
    (place,) = (one for one in PLACES if one.table is intake.complaints)
    plant(installation, place, 1, OLDER.seal("code"))
    shell = Shell({"TANGGAP_DATA": str(data), "TANGGAP_CONTACT_KEYS": f"{NEW},{OLD}"})
    said = shell.run("reseal", CONTACT, "--json").json()
    assert (said["ok"], said["resealed"]) == (True, 1)
    check_proof(said["proof"], CONTACT, (NEW, OLD), datetime.now(UTC))
    told = shell.run("reseal", CONTACT)
    assert (told.code, "retire contact_keys --resealed" in told.out) == (0, True)
    without = Shell({"TANGGAP_DATA": str(data)}).run("reseal", CONTENT)
    assert (without.code, "TANGGAP_CONTENT_KEYS is not set" in without.err) == (2, True)


def test_a_row_that_was_emptied_meanwhile_stays_empty(installation: Installation) -> None:
    """Between a look and the write somebody erases what was there."""
    (place,) = (one for one in PLACES if one.table is intake.sms_parts)
    for number in range(4):
        plant(installation, place, number, OLDER.seal("x"))
    database, real = installation.members["intake"].database, []

    def erase(name: str, _rows: int) -> None:
        if name == place.name and not real:
            real.append(name)
            with database.write() as tx:
                tx.execute(update(intake.sms_parts).values(sealed=""))

    reseal(installation, CONTACT, progress=erase)
    assert {held for held in held_in(installation, place)} == {'""'}


def _incompressible(content: bytes) -> bytes:
    return b"".join(hashlib.sha256(content[:64] + bytes([n % 256, n // 256])).digest() for n in range(8000))


def test_no_proof_without_a_look() -> None:
    with pytest.raises(ConfigError, match="not known"):
        check_proof("", CONTENT, (NEW, OLD), NOW)

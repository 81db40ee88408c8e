"""Sealing on PostgreSQL with the roles of production: rights, acts beside the sealer, commits out of order."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, text, update
from sqlalchemy.exc import ProgrammingError

from services.commands.migrating import migrate
from services.desk.auditing import repository
from services.operations.installation import Installation, open_installation
from shared.audit import record_act
from tests.support.postgres import PostgresServer
from tests.support.system import OWNERS
from tests.unit.operations.auditing import KEY, SEALS, Sealing
from tests.unit.operations.shell import Shell


@pytest.fixture(scope="module")
def environment(postgres_server: PostgresServer) -> Iterator[dict[str, str]]:
    before, name = postgres_server.roles(), "audit_sealing"
    admin = postgres_server.create_database(name)
    urls = {f"TANGGAP_{one.upper()}_DATABASE_URL": postgres_server.url(one, f"secret-{one}", name) for one in OWNERS}
    made = {**urls, "TANGGAP_ADMIN_DATABASE_URL": admin, "TANGGAP_AUDIT_KEYS": KEY}
    migrate(made)
    yield made
    postgres_server.drop_database(name)
    postgres_server.drop_roles(postgres_server.roles() - before)


@pytest.fixture
def admin(environment: dict[str, str]) -> Iterator[Engine]:
    """Somebody with every right on the server."""
    engine = create_engine(environment["TANGGAP_ADMIN_DATABASE_URL"])
    with engine.begin() as connection:
        for owner in OWNERS:
            connection.execute(text(f"TRUNCATE {owner}.audit RESTART IDENTITY"))
        connection.execute(text("TRUNCATE desk.audit_seals, desk.audit_heads, desk.audit_sealing"))
    yield engine
    engine.dispose()


@pytest.fixture
def installation(environment: dict[str, str], admin: Engine) -> Iterator[Installation]:
    with open_installation(environment) as opened:
        yield opened


@pytest.fixture
def sealing(installation: Installation) -> Sealing:
    made = Sealing(installation)
    made.seal()
    return made


@pytest.mark.parametrize("table", ["audit", "audit_seals", "audit_heads"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {} = {}", "TRUNCATE {}"])
def test_the_desk_itself_can_neither_change_nor_remove(sealing: Sealing, table: str, statement: str) -> None:
    column = {"audit": "actor", "audit_seals": "mac", "audit_heads": "mac"}[table]
    filled = statement.format(table, column, column)
    with sealing.database("desk").engine.connect() as connection, pytest.raises(ProgrammingError, match="permission"):
        connection.execute(text(filled))


def test_rows_committed_out_of_order_and_rolled_back_ones(sealing: Sealing) -> None:
    """As many do at once: numbers come in order, commits do not, and some never."""
    sealing.clock.advance(3600)
    stop, audit = threading.Event(), sealing.audit("desk")

    def work(number: int) -> int:
        done = 0
        for turn in range(15):
            try:
                with sealing.database("desk").write() as tx:
                    record_act(
                        tx, audit, at=sealing.clock.now(), actor=f"p{number}", role="officer", act="case.answer",
                        subject=f"c{turn}", reason="ä 'x' \n", details={"n": turn, "a": {"z": 1.5, "b": None}},
                    )  # fmt: skip
                    time.sleep(0.002 * (number % 3))
                    if turn % 4 == 3:
                        raise LookupError
            except LookupError:
                continue
            done += 1
        return done

    def seal() -> None:
        while not stop.is_set():
            sealing.sealer.round()

    sealer = threading.Thread(target=seal)
    sealer.start()
    with ThreadPoolExecutor(6) as crowd:
        written = sum(crowd.map(work, range(6)))
    stop.set()
    sealer.join()
    sealing.later(minutes=2)
    found = sealing.verify(mailed=sealing.mailed())
    assert found.counts == {}
    assert (found.rows, found.seals, found.waiting) == (written, written, 0)
    seqs = [one["seq"] for one in sealing.rows(SEALS)]
    assert len(seqs) == len(set(seqs)) == written


def test_no_act_waits_for_the_sealer(sealing: Sealing) -> None:
    """Neither while it is in the middle of its transaction, nor while a service keeps it waiting."""
    asked, go = threading.Event(), threading.Event()

    def slow(after: int, limit: int) -> list[object]:
        asked.set()
        go.wait(20)
        return []

    sealing.sources["router"].digests = slow  # type: ignore[method-assign, assignment]
    thread = threading.Thread(target=sealing.sealer.round)
    thread.start()
    assert asked.wait(10)
    with sealing.database("desk").write() as tx:
        assert repository.take_turn(tx, "another", sealing.clock.now().replace(year=2100), 60)
        began = time.monotonic()
        sealing.act("desk", count=20)
        took = time.monotonic() - began
    go.set()
    thread.join()
    assert took < 1.0
    del sealing.sources["router"].digests
    sealing.clock.advance(200 * 365 * 86400)
    sealing.seal()
    assert sealing.verify().waiting == 0


def test_what_a_superuser_does_is_found(sealing: Sealing, admin: Engine, environment: dict[str, str]) -> None:
    for service in OWNERS:
        sealing.act(service, count=4)
    sealing.later(hours=3)
    mailed = sealing.mailed()
    assert mailed.count == 16
    with admin.begin() as connection:
        changed = "UPDATE router.audit SET details = jsonb_set(details, '{agency}', '\"DLH\"') WHERE seq = 1"
        connection.execute(text(changed))
        connection.execute(text("DELETE FROM intake.audit WHERE seq = 2"))
        connection.execute(text("UPDATE notifier.audit SET seq = 9 WHERE seq = 4"))
        connection.execute(text("DELETE FROM desk.audit_seals WHERE n > 14"))
    said = Shell(environment).run(
        "audit", "verify", "--json", "--count", str(mailed.count), "--head", mailed.mac
    ).json()  # fmt: skip
    found = {kind: count for kind, count in said["counts"].items() if count}
    assert found["altered"] == 1
    assert found["cut_off"] == 1
    assert found["removed"] >= 1
    assert not said["ok"]


def test_the_desk_s_own_password_is_not_enough_to_hide_an_act(sealing: Sealing) -> None:
    """Whoever has it can add seals, but none that fits."""
    sealing.act("desk", count=2)
    sealing.seal()
    last = sealing.rows(SEALS)[-1]
    sealing.tamper("desk", SEALS.insert().values({**last, "n": 3, "seq": 3, "mac": "f" * 64}))
    assert sealing.found() == {"chain_broken": 1, "removed": 1}
    with pytest.raises(ProgrammingError, match="permission"):
        sealing.tamper("desk", update(SEALS).values(mac="f" * 64))

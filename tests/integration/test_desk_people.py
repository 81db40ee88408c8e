"""Logging in on both databases, when several do it at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from services.desk.people import repository as accounts
from services.desk.people.links import Links
from services.desk.people.passwords import Passwords
from services.desk.people.second_factor import SecondFactor
from services.desk.people.sign_in import MOST_FAILURES, SignedIn, SignIn
from services.desk.tables import login_attempts
from shared.sealing import Sealer
from tests.unit.desk.world import PASSWORD, World, open_world, psycopg_url

AT_ONCE = 6
NEW = "gajah-minum-kopi"


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/desk.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with open_world(psycopg_url(url), tmp_path) as opened:
        yield opened


@pytest.fixture
def door(world: World) -> SignIn:
    second = SecondFactor(world.database, Sealer(["k" * 32]), world.clock, "optional", "Tanggap")
    return SignIn(world.database, Passwords(), world.clock, True, second)


def at_once(do: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one.result() for one in [pool.submit(do) for _ in range(AT_ONCE)]]


def test_one_code_opens_one_session_however_many_send_it_at_once(door: SignIn) -> None:
    signed_in = door.enter("koordinator", PASSWORD)
    assert signed_in is not None
    door.second.begin(signed_in.person)
    setup = door.second.begun(signed_in.person)
    assert setup is not None
    codes = door.second.confirm(signed_in.person, pyotp.TOTP(setup.secret).at(door.clock.now()), "")
    assert codes is not None
    door.clock.advance(30)  # type: ignore[attr-defined]
    for code in (pyotp.TOTP(setup.secret).at(door.clock.now()), codes[0]):
        waiting = [door.enter("koordinator", PASSWORD) for _ in range(AT_ONCE)]
        tokens = iter([one.token for one in waiting if one is not None])
        found = at_once(lambda code=code, tokens=tokens: door.prove(next(tokens), code))
        assert len([one for one in found if isinstance(one, SignedIn)]) == 1


def test_one_link_sets_one_password(world: World, door: SignIn) -> None:
    with world.database.write() as tx:
        accounts.change_person(tx, "koordinator", email="koordinator@kota.example")
    links = Links(world.service.spine, door, "http://127.0.0.1:8001")
    links.ask("koordinator")
    token = world.said("person.mail-wanted.v1")[0].link.rpartition("=")[2]
    found = at_once(lambda: links.use(token, NEW, NEW))
    assert len([person for person in found if person is not None]) == 1
    assert door.enter("koordinator", NEW) is not None


def test_guesses_at_the_same_moment_are_counted_one_after_the_other(world: World, door: SignIn) -> None:
    for _ in range(MOST_FAILURES - 2):
        door.enter("koordinator", "salah")
    assert at_once(lambda: door.enter("koordinator", "salah")) == [None] * AT_ONCE
    with world.database.read() as connection:
        rows = connection.execute(select(login_attempts.c.outcome).where(login_attempts.c.account == "koordinator"))
        assert [row.outcome for row in rows].count("failure") == MOST_FAILURES
    assert door.enter("koordinator", PASSWORD) is None

"""What somebody who is not let in tries: ten thousand passwords, a session fixed beforehand, headers, frames, links."""

import re

import pytest
from sqlalchemy import func, select

from services.desk.people.passwords import Passwords
from services.desk.people.second_factor import SecondFactor
from services.desk.people.sign_in import MOST_FAILURES, SignIn
from services.desk.tables import login_attempts
from shared.sealing import Sealer
from tests.unit.desk.facts import routed, ticket
from tests.unit.desk.world import LOGINS, PASSWORD, Visitor, World


def sign_in_of(world: World) -> SignIn:
    second = SecondFactor(world.database, Sealer(["k" * 32]), world.clock, "optional", "Tanggap")
    return SignIn(world.database, Passwords(), world.clock, True, second)


@pytest.mark.parametrize(("login", "tries"), [("koordinator", 10_000), ("tidak.ada", 100)])
def test_thousands_of_passwords_cost_ten_hashes_and_ten_rows(world: World, login: str, tries: int) -> None:
    door = sign_in_of(world)
    assert not any(door.enter(login, f"tebakan-{number}") for number in range(tries))
    assert door.enter(login, PASSWORD) is None, "locked, also for the right one"
    with world.database.read() as connection:
        rows = select(func.count()).select_from(login_attempts).where(login_attempts.c.account == login)
        assert connection.execute(rows).scalar_one() == MOST_FAILURES
    assert len(world.audited("login.locked")) == (1 if login == "koordinator" else 0)
    world.clock.advance(15 * 60 + 1)
    assert (door.enter(login, PASSWORD) is not None) == (login == "koordinator")


def cookie_of(visitor: Visitor) -> str:
    found = visitor.client.get_cookie("tanggap_desk")
    assert found is not None
    return found.value


def test_a_session_that_was_fixed_before_the_login_opens_nothing_after_it(world: World) -> None:
    victim, thief = world.visitor(), world.visitor()
    thief.get("/login")
    fixed = cookie_of(thief)
    victim.client.set_cookie("tanggap_desk", fixed)
    victim.get("/login")
    victim.post("/login", login="koordinator", password=PASSWORD)
    assert victim.get("/cases").status_code == 200
    assert cookie_of(victim) != fixed
    assert thief.get("/cases").status_code == 303
    thief.client.set_cookie("tanggap_desk", fixed)
    assert thief.get("/cases").status_code == 303


@pytest.mark.parametrize("stage", ["/login", "/login/forgot", "/login/link", "/login/code"])
def test_a_login_form_of_another_site_is_refused(world: World, stage: str) -> None:
    answer = world.visitor().bare_post(stage, login="koordinator", password=PASSWORD, code="1", new="x" * 12)
    assert (answer.status_code, "terlalu lama terbuka" in answer.text) == (400, True)


@pytest.mark.parametrize("path", ["/login", "/login/forgot", "/cases", "/account", "/account/second", "/nichts"])
def test_no_page_can_be_framed_cached_by_others_or_guessed_at(world: World, path: str) -> None:
    headers = world.logged_in("koordinator").get(path).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


REQUEST = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HOSTILE = [
    "/cases\r\nX-Evil: 1",
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "/%0d%0aX-Evil:1/..//evil.example",
]


@pytest.mark.parametrize("back", HOSTILE)
def test_no_address_that_was_handed_in_leads_elsewhere_or_adds_a_header(world: World, back: str) -> None:
    visitor = world.visitor()
    answer = visitor.post("/login", login="koordinator", password=PASSWORD, next=back)
    assert answer.status_code == 303
    assert "X-Evil" not in answer.headers
    assert re.fullmatch(r"/(?![/\\])[^\r\n]*", answer.location)
    code = world.visitor().get("/login/code")
    assert code.location == "/login"


def test_another_agency_s_ids_are_as_good_as_none(world: World) -> None:
    world.hear(routed(1), routed(2, agency="DLH"))
    visitor = world.logged_in(LOGINS["officer"])
    visitor.get("/cases")
    foreign, unknown = ticket(2), "CMH-9999-9999"
    for path in ("", "/photos/none"):
        pages = [visitor.get(f"/cases/{one}{path}") for one in (foreign, unknown)]
        assert [page.status_code for page in pages] == [404, 404]
        assert REQUEST.sub("", pages[0].text.replace(foreign, "")) == REQUEST.sub(
            "", pages[1].text.replace(unknown, "")
        )
    for act in ("answer", "close", "contact", "note", "copy"):
        assert visitor.post(f"/cases/{foreign}/{act}", reason="x", revision="2").status_code in (403, 404), act

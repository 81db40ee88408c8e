"""One's own account: its password, its mail address, its sessions; and the second factor."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from services.desk.people import repository as accounts
from services.desk.people.addresses import read_address
from services.desk.people.browsers import browser_label
from services.desk.people.sign_in import MOST_FAILURES
from services.desk.tables import people, recovery_codes
from services.desk.views.login import WRONG_CODE
from tests.unit.desk.world import PASSWORD, Visitor, World, open_world

NEW = "gajah-minum-kopi"
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"
)


def change(visitor: Visitor, **form: str) -> int:
    return visitor.post("/account/password", **{"old": PASSWORD, "new": NEW, "again": NEW, **form}).status_code


def code_of(world: World, secret: str) -> str:
    return pyotp.TOTP(secret).at(world.clock.now())


def set_up(world: World, visitor: Visitor) -> tuple[str, list[str]]:
    """The secret and the recovery codes."""
    assert visitor.post("/account/second", password=PASSWORD).status_code == 303
    found = re.search(r'<code class="key">([A-Z2-7]{32})</code>', visitor.get("/account/second").text)
    assert found is not None
    page = visitor.post("/account/second/confirm", code=code_of(world, found[1]))
    codes = re.findall(r"<li><code>([a-z0-9-]{14})</code></li>", page.text)
    assert len(codes) == 10
    world.clock.advance(30)
    return found[1], codes


def begin(world: World, login: str = "koordinator") -> Visitor:
    """Behind the password, before the code."""
    visitor = world.visitor()
    answer = visitor.post("/login", login=login, password=PASSWORD, next="/agencies")
    assert (answer.status_code, answer.location) == (303, "/login/code?next=/agencies")
    visitor.get("/login/code?next=/agencies")
    return visitor


def enters(visitor: Visitor, code: str) -> bool:
    answer = visitor.post("/login/code", code=code, next="/agencies")
    assert answer.status_code == (303 if answer.location else 401)
    return answer.location == "/agencies"


def test_a_new_password_ends_the_sessions_elsewhere_and_not_this_one(world: World) -> None:
    here, elsewhere, other = world.logged_in("koordinator"), world.logged_in("koordinator"), world.logged_in("auditor")
    assert change(here) == 303
    assert here.get("/cases").status_code == 200
    assert elsewhere.get("/cases").status_code == 303
    assert other.get("/cases").status_code == 200
    assert world.visitor().post("/login", login="koordinator", password=PASSWORD).status_code == 401
    assert world.visitor().post("/login", login="koordinator", password=NEW).status_code == 303
    (row,) = world.audited("person.password")
    assert (row["actor"], row["subject"], row["details"]) == ("koordinator", "koordinator", {"sessions": 1})


@pytest.mark.parametrize(
    ("form", "field"),
    [({"old": "salah"}, "old"), ({"new": "pendek", "again": "pendek"}, "new"), ({"again": NEW + "x"}, "again"),
     ({"new": PASSWORD, "again": PASSWORD}, "new"), ({"new": "x" * 201, "again": "x" * 201}, "new")],
)  # fmt: skip
def test_a_password_that_cannot_be_taken_changes_nothing(world: World, form: dict[str, str], field: str) -> None:
    visitor = world.logged_in("koordinator")
    page = visitor.post("/account/password", **{"old": PASSWORD, "new": NEW, "again": NEW, **form})
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    world.logged_in("koordinator")
    assert not world.audited("person.password")


def test_whoever_sits_at_an_open_desk_cannot_try_passwords_for_ever(world: World) -> None:
    visitor = world.logged_in("koordinator")
    for _ in range(MOST_FAILURES):
        assert change(visitor, old="salah") == 422
    assert change(visitor) == 422, "locked"
    world.clock.advance(15 * 60 + 1)
    assert change(visitor) == 303


def test_sessions_are_shown_and_ended_by_their_owner_only(world: World) -> None:
    here, phone, other = world.logged_in("koordinator"), world.visitor(), world.logged_in("auditor")
    phone.get("/login")
    form = {"login": "koordinator", "password": PASSWORD, "csrf_token": phone.token}
    phone.client.post("/login", data=form, headers={"User-Agent": PHONE})
    page = here.get("/account").text
    assert page.count("sesi ini") == 1
    assert "Chrome, Android" in page
    (session,) = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
    assert other.post("/account/sessions", session=session).status_code == 404
    assert phone.get("/cases").status_code == 200
    assert here.post("/account/sessions", session=session).status_code == 303
    assert phone.get("/cases").status_code == 303
    assert here.post("/account/sessions", session=session).status_code == 404
    third = world.logged_in("koordinator")
    here.post("/account/sessions", session="others")
    assert third.get("/cases").status_code == 303
    assert here.get("/cases").status_code == 200
    assert other.get("/cases").status_code == 200


def test_an_address_is_one_person_s(world: World) -> None:
    visitor = world.logged_in("koordinator")
    assert visitor.post("/account/address", email=" Ibu.Rina@Kota.go.id ", password=PASSWORD).status_code == 303
    assert 'value="ibu.rina@kota.go.id"' in visitor.get("/account").text
    other = world.logged_in("auditor")
    for form in ({"email": "ibu.rina@kota.go.id"}, {"email": "a@kota.go.id", "password": "x"}, {"email": "a b@c.id"}):
        assert other.post("/account/address", **{"password": PASSWORD, **form}).status_code == 422
    assert visitor.post("/account/address", email="", password=PASSWORD).status_code == 303
    assert other.post("/account/address", email="ibu.rina@kota.go.id", password=PASSWORD).status_code == 303


@given(st.text(max_size=300))
def test_no_address_can_begin_another_header_or_have_two_readers(typed: str) -> None:
    for text in (typed, f"a@{typed}.id", f"{typed}@kota.id"):
        address = read_address(text)
        if address is not None:
            assert address.isascii()
            assert address.isprintable()
            assert address.count("@") == 1
            assert not set(address) & set(" ,;<>\"'")
            assert read_address(address) == address


@pytest.mark.parametrize(
    ("told", "label"),
    [(PHONE, "Chrome, Android"), ("", ""), ("curl/8.5", ""),
     ("Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", "Firefox, Linux"),
     ("Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge, Windows"),
     ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone")],
)  # fmt: skip
def test_a_browser_is_known_by_two_words(told: str, label: str) -> None:
    assert browser_label(told) == label


def test_the_second_step_asks_for_a_code_that_is_good_once(world: World) -> None:
    visitor, elsewhere = world.logged_in("koordinator"), world.logged_in("koordinator")
    secret, _ = set_up(world, visitor)
    assert elsewhere.get("/cases").status_code == 303, "opened without it"
    one, two = begin(world), begin(world)
    assert one.get("/cases").status_code == 303, "the password alone opens nothing"
    code = code_of(world, secret)
    assert not enters(one, "000000" if code != "000000" else "111111")
    assert enters(one, code)
    assert not enters(two, code), "used"
    world.clock.advance(30)
    assert enters(two, code_of(world, secret))
    assert two.get("/cases").status_code == 200


def test_a_clock_may_be_a_step_wrong_and_no_more(world: World) -> None:
    secret, _ = set_up(world, world.logged_in("koordinator"))
    world.clock.advance(600)
    early, late = (pyotp.TOTP(secret).at(world.clock.now() + timedelta(seconds=30 * steps)) for steps in (-2, 2))
    assert not enters(begin(world), early)
    assert not enters(begin(world), late)
    before, now, after = (
        pyotp.TOTP(secret).at(world.clock.now() + timedelta(seconds=30 * step)) for step in (-1, 0, 1)
    )
    assert enters(begin(world), before)
    assert enters(begin(world), after)
    assert not enters(begin(world), now), "older than one that was used"


def test_a_recovery_code_works_once_however_it_is_typed(world: World) -> None:
    _, codes = set_up(world, world.logged_in("koordinator"))
    assert enters(begin(world), codes[3].upper().replace("-", " "))
    assert not enters(begin(world), codes[3])
    assert enters(begin(world), codes[4])
    assert "Sisa kode pemulihan: 9" not in world.logged_in("auditor").get("/account").text
    assert len(world.audited("person.second.recovered")) == 2


def test_codes_are_tried_as_rarely_as_passwords(world: World) -> None:
    secret, _ = set_up(world, world.logged_in("koordinator"))
    visitor = begin(world)
    for _ in range(MOST_FAILURES):
        assert not enters(visitor, "xxxx-xxxx-xxxx")
    world.clock.advance(30)
    locked = visitor.post("/login/code", code=code_of(world, secret))
    assert (locked.status_code, WRONG_CODE in locked.text) == (401, True)
    assert world.visitor().post("/login", login="koordinator", password=PASSWORD).status_code == 401
    world.clock.advance(15 * 60 + 1)
    assert enters(begin(world), code_of(world, secret))


def test_a_right_password_between_wrong_codes_ends_no_counting(world: World) -> None:
    set_up(world, world.logged_in("koordinator"))
    for _ in range(MOST_FAILURES):
        assert not enters(begin(world), "xxxx-xxxx-xxxx")
    assert world.visitor().post("/login", login="koordinator", password=PASSWORD).status_code == 401


def test_the_second_step_ends_after_ten_minutes(world: World) -> None:
    secret, _ = set_up(world, world.logged_in("koordinator"))
    visitor = begin(world)
    world.clock.advance(10 * 60 + 1)
    answer = visitor.post("/login/code", code=code_of(world, secret))
    assert (answer.status_code, "sudah habis" in answer.text) == (401, True)
    assert world.visitor().get("/login/code").location == "/login"


def test_secrets_and_codes_are_not_kept_in_clear(world: World) -> None:
    secret, codes = set_up(world, world.logged_in("koordinator"))
    with world.database.read() as connection:
        kept = str(connection.execute(select(*people.c)).all()) + str(connection.execute(select(recovery_codes)).all())
    assert secret not in kept
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


def test_the_second_step_is_turned_off_with_the_password(world: World) -> None:
    visitor = world.logged_in("koordinator")
    set_up(world, visitor)
    assert visitor.post("/account/second/end", password="salah").status_code == 422
    assert visitor.post("/account/second/end", password=PASSWORD).status_code == 303
    world.logged_in("koordinator")


@pytest.fixture
def strict(begun: Path, tmp_path: Path) -> Iterator[World]:
    (tmp_path / "desk.db").write_bytes((begun / "desk.db").read_bytes())
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path, environment={"TANGGAP_TOTP": "required"}) as opened:
        yield opened


def test_where_it_is_required_nothing_else_opens_before(strict: World) -> None:
    visitor = strict.visitor()
    visitor.post("/login", login="koordinator", password=PASSWORD)
    for path in ("/cases", "/account", "/agencies", "/cases/news.json"):
        assert visitor.get(path).location == "/account/second", path
    assert visitor.post("/account/password", old=PASSWORD, new=NEW, again=NEW).location == "/account/second"
    visitor.get("/account/second")
    set_up(strict, visitor)
    assert visitor.get("/cases").status_code == 200
    assert visitor.post("/account/second/end", password=PASSWORD).status_code == 403


def test_where_it_is_off_nobody_is_asked(world: World, tmp_path: Path) -> None:
    set_up(world, world.logged_in("koordinator"))
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path, environment={"TANGGAP_TOTP": "off"}) as off:
        visitor = off.logged_in("koordinator")
        assert visitor.get("/account/second").status_code == 404
        assert "/account/second" not in visitor.get("/account").text
        with off.database.read() as connection:
            assert accounts.person_row(connection, "koordinator")["second_sealed"]  # type: ignore[index]

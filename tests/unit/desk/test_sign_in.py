"""Logging in: the lock-out, the end of a session, the cookie, and the logins of the demonstration."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.desk.people import repository as accounts
from services.desk.people.demo import demo_logins, password_file, read_or_make_password
from services.desk.people.sign_in import MOST_FAILURES
from services.desk.views.login import WRONG, inside
from shared.errors import Refused
from tests.unit.desk.world import LOGINS, PASSWORD, World, open_world


def enter(world: World, login: str, password: str = PASSWORD) -> tuple[int, bool]:
    answer = world.visitor().post("/login", login=login, password=password)
    return answer.status_code, WRONG in answer.text


def test_an_account_is_locked_after_ten_failures_and_says_the_same_as_a_wrong_password(world: World) -> None:
    for _ in range(MOST_FAILURES):
        assert enter(world, "koordinator", "salah") == (401, True)
    assert enter(world, "koordinator") == (401, True), "the right password, while locked"
    assert enter(world, "sekretaris")[0] == 303, "another account from the same address"
    world.clock.advance(15 * 60 + 1)
    assert enter(world, "Koordinator ")[0] == 303


def test_a_locked_account_is_not_kept_locked_by_who_keeps_trying(world: World) -> None:
    for _ in range(MOST_FAILURES):
        enter(world, "koordinator", "salah")
    world.clock.advance(14 * 60)
    enter(world, "koordinator", "salah")
    world.clock.advance(61)
    assert enter(world, "koordinator")[0] == 303


def test_a_success_ends_the_counting(world: World) -> None:
    for _ in range(MOST_FAILURES - 1):
        enter(world, "koordinator", "salah")
    assert enter(world, "koordinator")[0] == 303
    assert enter(world, "koordinator", "salah") == (401, True)
    assert enter(world, "koordinator")[0] == 303


def test_unknown_and_closed_accounts_answer_alike(world: World) -> None:
    with world.database.write() as tx:
        accounts.change_person(tx, "auditor", active=False)
    assert enter(world, "siapa") == enter(world, "auditor") == (401, True)
    assert enter(world, "x\0" + "y" * 500, "z" * 5000) == (401, True)


def test_a_session_ends_after_half_an_hour_without_a_request(world: World) -> None:
    visitor = world.logged_in("koordinator")
    for _ in range(3):
        world.clock.advance(25 * 60)
        assert visitor.get("/cases").status_code == 200
    world.clock.advance(30 * 60 + 1)
    answer = visitor.get("/cases?q=lampu")
    assert (answer.status_code, answer.location) == (303, "/login?next=/cases?q%3Dlampu")
    assert "Sesi Anda sudah berakhir" in visitor.get("/login").text


def test_a_session_ends_after_twelve_hours_however_busy(world: World) -> None:
    visitor = world.logged_in("koordinator")
    for _ in range(36):
        world.clock.advance(20 * 60)
        visitor.get("/cases")
    world.clock.advance(60)
    assert visitor.get("/cases").status_code == 303


def test_logging_out_ends_the_session_also_for_a_copied_cookie(world: World) -> None:
    visitor = world.logged_in("koordinator")
    copy = visitor.client.get_cookie("tanggap_desk")
    assert copy is not None
    assert visitor.post("/logout").status_code == 303
    thief = world.visitor()
    thief.client.set_cookie("tanggap_desk", copy.value)
    assert thief.get("/cases").status_code == 303


def test_who_was_closed_is_out_at_once(world: World) -> None:
    visitor = world.logged_in("koordinator")
    with world.database.write() as tx:
        accounts.change_person(tx, "koordinator", active=False)
    assert visitor.get("/cases").status_code == 303


@pytest.mark.parametrize(("url", "secure"), [("http://127.0.0.1:8001", False), ("https://meja.example", True)])
def test_the_cookie_is_for_the_server_only(tmp_path: Path, url: str, secure: bool) -> None:
    with open_world(f"sqlite:///{tmp_path}/desk.db", tmp_path, desk_url=url) as world:
        cookie = world.visitor().get("/login").headers["Set-Cookie"]
        assert cookie.startswith("tanggap_desk=")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert ("Secure" in cookie) is secure


def test_a_login_behind_tls_works_without_a_referer(tmp_path: Path) -> None:
    with open_world(f"sqlite:///{tmp_path}/desk.db", tmp_path, desk_url="https://meja.example") as world:
        visitor = world.visitor()
        page = visitor.client.get("/login", base_url="https://meja.example")
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"login": "koordinator", "password": PASSWORD, "csrf_token": token}
        assert visitor.client.post("/login", data=form, base_url="https://meja.example").status_code == 303


@pytest.mark.parametrize(
    ("address", "kept"),
    [("/cases?q=a", True), ("//evil.example", False), ("/\\evil.example", False), ("https://evil.example", False),
     ("/cases\\..", False), ("/login", False), ("", False), ("/a\nb", False)],
)  # fmt: skip
def test_a_login_leads_nowhere_else(address: str, kept: bool) -> None:
    assert inside(address) == (address if kept else "")


def test_the_demonstration_has_one_login_for_each_role_and_lists_them(world: World) -> None:
    page = world.visitor().get("/login").text
    for login in LOGINS.values():
        assert login in page
        assert enter(world, login)[0] == 303
    assert PASSWORD not in page
    assert {login: role for login, role in demo_logins(world.database)} == {LOGINS[role]: role for role in LOGINS}


def test_the_same_database_in_live_mode_has_no_demo_logins(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    with open_world(url, tmp_path) as demo:
        visitor = demo.logged_in("koordinator")
        assert visitor.get("/cases").status_code == 200
    with open_world(url, tmp_path, mode="live") as live:
        assert enter(live, "koordinator") == (401, True)
        assert demo_logins(live.database) == []
        assert "koordinator" not in live.visitor().get("/login").text
        nobody = "nobody may log in at the desk: tanggap people add"
        assert nobody in live.service.warnings()
        live.person("ibu.rina", "coordinator")
        assert enter(live, "ibu.rina")[0] == 303
        assert live.logged_in("ibu.rina").get("/captured").status_code == 404
        assert nobody not in live.service.warnings()
    with open_world(url, tmp_path) as again:
        assert enter(again, "koordinator")[0] == 303


def test_the_password_of_the_demonstration_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = password_file(tmp_path)
    password = read_or_make_password(path)
    assert len(password) >= 16
    assert read_or_make_password(path) == password
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_password_of_the_demonstration_is_never_empty(tmp_path: Path) -> None:
    """Not even where another process has made its file a moment ago, or ended before it filled it."""
    path = password_file(tmp_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert len(read_or_make_password(path)) >= 16


def test_processes_that_begin_at_once_make_one_password(tmp_path: Path) -> None:
    for turn in range(20):
        path, together = tmp_path / str(turn) / "password", threading.Barrier(4)
        with ThreadPoolExecutor(4) as crowd:
            told = list(
                crowd.map(
                    lambda _, path=path, all_=together: all_.wait() >= 0 and read_or_make_password(path), range(4)
                )
            )
        assert len(set(told)) == 1
        assert told[0]


def test_people_that_cannot_be_added_are_refused_field_by_field(world: World) -> None:
    cases = [
        ({"login": "A!", "role": "king"}, {"login", "role"}),
        ({"login": "budi", "role": "officer"}, {"agency"}),
        ({"login": "budi", "role": "officer", "agency": "NIRWANA"}, {"agency"}),
        ({"login": "budi", "role": "officer", "agency": "KELURAHAN"}, {"place"}),
        ({"login": "budi", "role": "auditor", "agency": "DISHUB"}, {"agency"}),
        ({"login": "koordinator", "role": "coordinator"}, {"login"}),
    ]
    for about, fields in cases:
        with pytest.raises(Refused) as caught:
            world.person(**about)  # type: ignore[arg-type]
        assert set(caught.value.fields) == fields, about
    assert not world.audited("person.add")

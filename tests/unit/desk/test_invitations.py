"""Links by mail to a new password, and the second factor that was lost."""

import re

import pytest
from sqlalchemy import select

from services.desk.people import repository as accounts
from services.desk.people.sign_in import MOST_FAILURES
from services.desk.tables import messaging, person_links
from services.desk.views.invitations import ASKED
from shared.contracts.person import PersonMailWanted
from tests.unit.desk.test_account import NEW, begin, code_of, enters, set_up
from tests.unit.desk.world import PASSWORD, Visitor, World

MAIL = "person.mail-wanted.v1"
ADDRESS = "koordinator@kota.go.id"


def mails(world: World) -> list[PersonMailWanted]:
    return world.said(MAIL)


def give_address(world: World, login: str = "koordinator", address: str = ADDRESS) -> None:
    with world.database.write() as tx:
        accounts.change_person(tx, login, email=address)


def ask(world: World, login: str = "koordinator") -> str:
    visitor = world.visitor()
    visitor.get("/login/forgot")
    assert visitor.post("/login/forgot", login=login).location == "/login"
    return visitor.get("/login").text


def follow(world: World, link: str) -> Visitor:
    visitor = world.visitor()
    assert link.startswith("http://127.0.0.1:8001/login/link?t=")
    assert visitor.get(link.removeprefix("http://127.0.0.1:8001")).location == "/login/link"
    visitor.get("/login/link")
    return visitor


def choose(visitor: Visitor, new: str = NEW) -> int:
    return visitor.post("/login/link", new=new, again=new).status_code


def add(visitor: Visitor, **form: str) -> int:
    visitor.get("/agencies/DISHUB")
    usual = {"login": "siti.dishub", "name": "Siti", "role": "officer", "email": "Siti@kota.go.id"}
    return visitor.post("/agencies/DISHUB/people", **{**usual, **form}).status_code


def test_known_and_unknown_accounts_are_answered_alike(world: World) -> None:
    give_address(world)
    pages = [
        re.sub(r'value="[^"]+"', "", ask(world, login))
        for login in ("koordinator", ADDRESS, "siapa", "a@b.id", "auditor")
    ]
    assert len(set(pages)) == 1
    assert ASKED in pages[0]
    assert [(mail.what, mail.email) for mail in mails(world)] == [("reset", ADDRESS)] * 2


def test_a_link_sets_the_password_once_and_ends_all_sessions(world: World) -> None:
    give_address(world)
    inside, _ = world.logged_in("koordinator"), ask(world)
    link = mails(world)[0].link
    first, second = follow(world, link), follow(world, link)
    assert choose(first, "pendek") == 422
    assert choose(first) == 303
    assert inside.get("/cases").status_code == 303
    assert choose(second, "lain-lagi-panjang") == 410
    assert world.visitor().post("/login", login="koordinator", password=PASSWORD).status_code == 401
    assert world.visitor().post("/login", login="koordinator", password=NEW).status_code == 303


def test_a_link_ends_after_72_hours_and_with_every_new_password(world: World) -> None:
    give_address(world)
    ask(world)
    world.clock.advance(72 * 3600 - 60)
    ask(world)
    old, new = (mail.link for mail in mails(world))
    world.clock.advance(61)
    assert choose(follow(world, old)) == 410
    ask(world)
    assert choose(follow(world, new)) == 303
    assert choose(follow(world, mails(world)[-1].link)) == 410, "sent before the new password"


def test_three_links_an_hour_whoever_asks(world: World) -> None:
    give_address(world)
    for login in ("koordinator", ADDRESS, "Koordinator", "koordinator", ADDRESS):
        ask(world, login)
    assert len(mails(world)) == 3
    world.clock.advance(3601)
    ask(world)
    assert len(mails(world)) == 4


def test_a_closed_account_gets_no_link_and_uses_none(world: World) -> None:
    give_address(world)
    ask(world)
    with world.database.write() as tx:
        accounts.change_person(tx, "koordinator", active=False)
    ask(world)
    assert len(mails(world)) == 1
    assert choose(follow(world, mails(world)[0].link)) == 410


def test_the_owner_of_a_locked_account_gets_in_by_mail(world: World) -> None:
    give_address(world)
    for _ in range(MOST_FAILURES):
        world.visitor().post("/login", login="koordinator", password="salah")
    ask(world)
    assert choose(follow(world, mails(world)[0].link)) == 303
    assert world.visitor().post("/login", login="koordinator", password=NEW).status_code == 303


def test_a_link_does_not_replace_the_second_factor(world: World) -> None:
    secret, _ = set_up(world, world.logged_in("koordinator"))
    give_address(world)
    ask(world)
    assert choose(follow(world, mails(world)[0].link)) == 303
    visitor = world.visitor()
    assert visitor.post("/login", login="koordinator", password=NEW).location == "/login/code"
    visitor.get("/login/code")
    assert visitor.get("/cases").status_code == 303
    assert enters(visitor, code_of(world, secret))


def test_neither_link_nor_address_lies_or_travels_in_clear(world: World) -> None:
    give_address(world)
    ask(world)
    token = mails(world)[0].link.rpartition("=")[2]
    assert len(token) == 43
    with world.database.read() as connection:
        kept = connection.execute(select(person_links)).mappings().one()
        body = connection.execute(select(messaging.outbox.c.body)).scalars().all()
    assert token not in str(dict(kept))
    assert not [one for one in body if token.encode() in bytes(one) or ADDRESS.encode() in bytes(one)]


def test_a_link_of_somebody_else_logs_nobody_out(world: World) -> None:
    visitor = world.logged_in("auditor")
    visitor.client.get("/login/link?t=dari-orang-lain")
    assert visitor.get("/cases").status_code == 200


@pytest.mark.parametrize("token", ["", "x", "ä" * 50, "'; --", "\x00"])
def test_a_made_up_link_leads_nowhere(world: World, token: str) -> None:
    visitor = world.visitor()
    visitor.client.get("/login/link", query_string={"t": token})
    answer = visitor.get("/login/link")
    assert (answer.status_code, "tidak berlaku lagi" in answer.text) == (410, True)
    visitor.get("/login")
    assert choose(visitor) == 410


def test_whoever_is_added_with_an_address_chooses_the_password(world: World) -> None:
    visitor = world.logged_in("koordinator")
    assert add(visitor) == 303
    page = visitor.get("/agencies/DISHUB").text
    assert "Tautan untuk memilih sandi dikirim" in page
    (mail,) = mails(world)
    assert (mail.what, mail.email, mail.name) == ("invitation", "siti@kota.go.id", "Siti")
    assert add(visitor, login="lain.dishub") == 422, "the address is taken"
    assert add(visitor, login="lain.dishub", email="bukan alamat") == 422
    assert len(mails(world)) == 1
    assert choose(follow(world, mail.link)) == 303
    assert world.visitor().post("/login", login="siti.dishub", password=NEW).status_code == 303


def test_whoever_has_no_address_gets_one_and_a_link(world: World) -> None:
    visitor = world.logged_in("operator")
    visitor.get("/agencies/DISHUB")
    path = "/agencies/DISHUB/people/petugas.dishub/invite"
    assert visitor.post(path, email="bukan").status_code == 422
    assert visitor.post(path, email="petugas@kota.go.id").status_code == 303
    assert visitor.post("/agencies/DLH/people/petugas.dishub/invite", email="x@kota.go.id").status_code == 404
    assert visitor.post("/agencies/DISHUB/people/kepala.dishub/invite", email="petugas@kota.go.id").status_code == 422
    assert [(mail.what, mail.email) for mail in mails(world)] == [("invitation", "petugas@kota.go.id")]
    assert [row["subject"] for row in world.audited("person.invite")] == ["petugas.dishub"]


def test_a_lost_second_factor_is_reset_with_a_reason_and_told(world: World) -> None:
    officer = world.logged_in("petugas.dishub")
    set_up(world, officer)
    give_address(world, "petugas.dishub", "petugas@kota.go.id")
    visitor, path = world.logged_in("koordinator"), "/agencies/DISHUB/people/petugas.dishub/second"
    assert "Langkah kedua aktif" in visitor.get("/agencies/DISHUB").text
    assert visitor.post(path, reason=" ").status_code == 422
    begin(world, "petugas.dishub")
    assert visitor.post("/agencies/DLH/people/petugas.dishub/second", reason="hilang").status_code == 404
    assert visitor.post(path, reason="telepon hilang").status_code == 303
    assert officer.get("/cases").status_code == 303
    world.logged_in("petugas.dishub")
    (row,) = world.audited("person.second.reset")
    assert (row["actor"], row["reason"]) == ("koordinator", "telepon hilang")
    assert [(mail.what, mail.email) for mail in mails(world)] == [("second_reset", "petugas@kota.go.id")]

"""Mails about somebody's own account: at once, also at night, and nowhere in clear but in the mail itself."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.notifier.persons import PersonHandlers
from services.notifier.plans import Plans
from services.notifier.tables import messaging
from services.notifier.writing.letters import Mail
from shared.contracts.envelope import Envelope
from shared.contracts.person import PersonMailWanted
from shared.sealing import Sealer
from tests.integration.notifier.databases import on_both
from tests.integration.notifier.test_telling_citizens import NIGHT
from tests.unit.notifier.samples import CITY_PACK, KEY, Bench, FakeChannel, bench

LINK = "https://meja.kota.example/login/link?t=rahasia-sekali"
ADDRESS = "rina@kota.example"


@pytest.fixture
def desk(tmp_path: Path, database_url: str, mail: FakeChannel, sms: FakeChannel) -> Iterator[Bench]:
    made = bench(tmp_path, channels={"email": mail, "sms": sms}, database_url=database_url, pack=CITY_PACK)
    made.clock.at = NIGHT
    yield made
    made.close()


def want(desk: Bench, mail_id: str = "m1", *, email: str = ADDRESS, what: str = "reset", name: str = "Rina") -> None:
    event = PersonMailWanted(
        mail_id=mail_id, what=what, email=email, name=name, link=LINK, wanted_at=NIGHT,
        expires_at=NIGHT + timedelta(hours=72),
    )  # fmt: skip
    spine = desk.service.spine
    handler = PersonHandlers(Plans(spine, desk.pack.notifications), Sealer((KEY,))).table()[PersonMailWanted.TYPE]
    with desk.database.write() as tx:
        handler(tx, Envelope.of(event, source="desk", time=desk.clock.now()))


@on_both
def test_it_is_sent_at_night_once_and_kept_sealed(desk: Bench, mail: FakeChannel, sms: FakeChannel) -> None:
    want(desk)
    want(desk)
    kept = str(desk.rows())
    assert LINK not in kept
    assert ADDRESS not in kept
    desk.drain()
    ((delivery, letter),) = mail.sent
    assert isinstance(letter, Mail)
    assert (delivery.message, letter.recipient, sms.sent) == ("account", ADDRESS, [])
    assert "login/link?t=3Drahasia-sekali" in letter.content.decode()
    assert desk.row(complaint_id="m1")["state"] == "sent"
    assert LINK not in str(desk.rows())


def test_the_end_is_told_without_the_link(desk: Bench) -> None:
    want(desk)
    desk.drain()
    with desk.database.read() as connection:
        said = [bytes(row.body) for row in connection.execute(select(messaging.outbox.c.body))]
    assert said
    assert not [body for body in said if b"rahasia-sekali" in body or ADDRESS.encode() in body]


def test_a_link_that_is_over_is_not_sent(desk: Bench, mail: FakeChannel) -> None:
    want(desk)
    desk.clock.pass_time(72 * 3600 + 1)
    desk.drain()
    assert mail.sent == []
    assert desk.row(complaint_id="m1")["reason"] == "expired"


def test_no_name_begins_another_header_and_a_bad_address_fails_alone(desk: Bench, mail: FakeChannel) -> None:
    want(desk, "m1", email="bukan alamat")
    want(desk, "m2", name="Rina\r\nBcc: lain@kota.example")
    desk.drain()
    (letter,) = (letter for _, letter in mail.sent)
    assert isinstance(letter, Mail)
    head = letter.content.decode().partition("\r\n\r\n")[0]
    assert not [line for line in head.splitlines() if line.startswith("Bcc")]
    assert desk.row(complaint_id="m1")["reason"] == "bad_address"

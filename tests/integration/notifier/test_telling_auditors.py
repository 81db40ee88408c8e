"""The head of the seals, from the fact to a mail to each auditor."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from services.notifier.auditors import AuditorHandlers
from services.notifier.plans import Plans
from services.notifier.writing.letters import Mail
from shared.contracts.audit import AuditHead
from shared.contracts.envelope import Envelope
from shared.sealing import Sealer
from tests.unit.notifier.samples import CITY_PACK, KEY, NOW, Bench, FakeChannel, bench

HEAD = AuditHead(
    day="2026-11-27", count=1204, mac="4f" * 32, added=12, late=0, since=NOW - timedelta(days=1), away=[], made_at=NOW
)
AUDITORS = ("auditor@kota.example", "inspektorat@kota.example")


def hear(built: Bench, event: AuditHead, addresses: tuple[str, ...] = AUDITORS) -> None:
    plans = Plans(built.service.spine, built.pack.notifications)
    handlers = AuditorHandlers(plans, Sealer((KEY,)), addresses, "https://meja.kota.example/")
    with built.database.write() as tx:
        handlers.table()[event.TYPE](tx, Envelope.of(event, source="desk", time=built.clock.now()))


def parsed(letter: object) -> EmailMessage:
    assert isinstance(letter, Mail)
    made = message_from_bytes(letter.content, policy=policy.default)
    assert isinstance(made, EmailMessage)
    return made


def test_each_auditor_gets_one_mail_with_count_code_and_command(tmp_path: Path) -> None:
    mail = FakeChannel()
    built = bench(tmp_path, channels={"email": mail}, pack=CITY_PACK)
    hear(built, HEAD)
    hear(built, HEAD)
    built.drain()
    assert sorted(letter.recipient for _, letter in mail.sent if isinstance(letter, Mail)) == sorted(AUDITORS)
    part = parsed(mail.sent[0][1]).get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert f"tanggap audit verify --count 1204 --head {HEAD.mac}" in text
    assert "https://meja.kota.example/audit" in text
    built.close()


def test_no_address_is_readable_in_the_database(tmp_path: Path) -> None:
    built = bench(tmp_path, channels={"email": FakeChannel()}, pack=CITY_PACK)
    hear(built, HEAD)
    assert not any(address in str(row["data"]) for row in built.rows() for address in AUDITORS)
    built.close()


def test_late_rows_and_services_that_are_away_are_said(tmp_path: Path) -> None:
    mail = FakeChannel()
    built = bench(tmp_path, channels={"email": mail}, pack=CITY_PACK)
    hear(built, dataclasses.replace(HEAD, late=3, away=["router", "intake"], since=None), AUDITORS[:1])
    built.drain()
    part = parsed(mail.sent[0][1]).get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert "3 catatan baru terlihat lama" in text
    assert "router, intake" in text
    built.close()


def test_in_a_demonstration_the_mail_is_captured_and_without_auditors_there_is_none(tmp_path: Path) -> None:
    built = bench(tmp_path, pack=CITY_PACK)
    hear(built, HEAD, ())
    assert built.rows() == []
    hear(built, HEAD)
    built.drain()
    assert {row["state"] for row in built.rows()} == {"captured"}
    assert len(list((tmp_path / "captured").glob("*.eml"))) == 2
    built.close()

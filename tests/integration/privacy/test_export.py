"""`tanggap privacy export` and `seen`: all that is held of a contact, for its owner, and who has looked at it."""

import json
import zipfile
from pathlib import Path
from typing import Any

from services.desk.tables import audit as desk_audit
from services.intake import tables
from services.intake.reveal import ContactReveal
from services.intake.submission import Addition
from services.notifier.tables import deliveries
from services.router.tables import decisions
from shared.audit import record_act
from shared.ids import new_ticket
from shared.storage.database import Database
from tests.integration.privacy.test_commands import _delivery, run
from tests.integration.privacy.world import EMAIL, NAME, PHONE, WORD, submitted, whole_complaint
from tests.unit.intake.mail_building import MailWorld
from tests.unit.operations.shell import Shell

STRANGER = "laporanlain"


def insert(folder: Path, owner: str, table: Any, row: dict[str, Any]) -> None:
    database = Database(f"sqlite:///{folder}/{owner}.db")
    with database.write() as tx:
        tx.execute(table.insert(), row)
    database.close()


def looked_at(whole: MailWorld, folder: Path, receipt: Any) -> None:
    """By a person at the desk, which asked intake; and by the notifier, to send."""
    reveal = ContactReveal(whole.database, whole.clock, whole.parts.vault)
    reveal.reveal(receipt.complaint_id, actor="budi", role="coordinator", reason="alamat kurang jelas")
    reveal.resolve({receipt.complaint_id: None}, purpose="receipt", service="notifier")
    desk = Database(f"sqlite:///{folder}/desk.db")
    with desk.write() as tx:
        record_act(
            tx, desk_audit, at=whole.clock.now(), actor="budi", role="coordinator", act="contact.reveal",
            subject=receipt.ticket, reason="alamat kurang jelas",
        )  # fmt: skip
    desk.close()


def test_the_file_holds_all_of_one_contact_and_nothing_of_others(
    whole: MailWorld, shell: Shell, tmp_path: Path
) -> None:
    receipt = whole_complaint(whole)
    other = whole.door.accept(submitted(f"Ini {STRANGER}.", provider_id="x", contact=submitted().contact.__class__(
        "budi@example.org"), sender="budi@example.org"))  # fmt: skip
    whole.parts.additions.add(
        Addition(receipt.complaint_id, "addition", "web", "tracking:X", f"Kata {STRANGER}", "a9", "x", by_sender=False)
    )
    key = whole.parts.vault.email_key(EMAIL)
    insert(tmp_path, "notifier", deliveries, {**_delivery(whole, key), "complaint_id": receipt.complaint_id})
    for one, text in ((receipt, WORD), (other, STRANGER)):
        insert(tmp_path, "router", decisions, {
            "complaint_id": one.complaint_id, "revision": 1, "ticket": one.ticket, "text": text, "outcome": "routed",
            "reason": "rules", "agency": "DISHUB", "decision": {}, "ruleset": "r", "decided_at": whole.clock.now(),
        })  # fmt: skip
    looked_at(whole, tmp_path, receipt)
    out = tmp_path / "salinan.zip"
    said = shell.run("privacy", "export", EMAIL, "--out", str(out), "--reason", "surat 3/2026")
    assert said.code == 0, said.err
    assert "1 complaint" in said.out
    assert out.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(out) as made:
        data, names = json.loads(made.read("data.json")), made.namelist()
        texts = made.read("data.json").decode() + made.read("seen.json").decode()
        (mail,) = (made.read(name) for name in names if name.startswith("mails/"))
        photos = [made.read(name) for name in names if name.startswith("photos/")]
        about = made.read("README.txt").decode()
    (contact,) = data["intake"]["contacts"]
    assert (contact["email"], contact["phone"], contact["name"]) == (EMAIL, PHONE, NAME)
    assert data["intake"]["complaints"][0]["text"] == f"Jalan {WORD} di Cibeber."
    assert data["intake"]["ratings"][0]["words"] == f"Puas, {NAME}"
    assert [row["agency"] for row in data["router"]["decisions"]] == ["DISHUB"]
    assert [row["state"] for row in data["notifier"]["deliveries"]] == ["sent"]
    assert STRANGER not in texts, "words of others"
    assert key is not None
    assert key not in texts
    assert WORD in mail.decode("utf-8", "replace")
    assert len(photos) == 2
    assert all(photo.startswith(b"\xff\xd8") for photo in photos)
    assert "DATA YANG DISIMPAN TENTANG" in about
    assert "DATA HELD ABOUT" in about
    again = shell.run("privacy", "export", EMAIL, "--out", str(out))
    assert again.code != 0
    assert "exists already; nothing was written" in again.err
    acts = [row for row in whole.rows(tables.audit) if row["act"] == "privacy.export"]
    assert [(row["subject"], row["reason"]) for row in acts] == [(receipt.complaint_id, "surat 3/2026")]


def test_nothing_held_is_no_file(whole: MailWorld, shell: Shell, tmp_path: Path) -> None:
    said = shell.run("privacy", "export", EMAIL, "--out", str(tmp_path / "x.zip"))
    assert "nothing is held of this contact" in said.err
    assert not (tmp_path / "x.zip").exists()


def test_who_has_seen_it_is_told_with_the_reason(whole: MailWorld, shell: Shell, tmp_path: Path) -> None:
    receipt = whole_complaint(whole)
    looked_at(whole, tmp_path, receipt)
    for whose in (receipt.ticket, receipt.ticket.lower().replace("-", " "), EMAIL, PHONE):
        found = run(shell, "seen", whose, "--json").json()["seen"]
        assert sorted((one["service"], one["how"], one["actor"]) for one in found) == [
            ("desk", "revealed", "budi"), ("intake", "sent", "notifier"), ("intake", "shown", "budi"),
        ]  # fmt: skip
        assert {one["about"] for one in found} == {receipt.ticket}
        assert {one["reason"] for one in found} == {"alamat kurang jelas", "receipt"}
    shown = run(shell, "seen", receipt.ticket).out
    assert "opened" in shown
    assert "1 person; times are UTC" in shown


def test_it_is_told_also_when_the_contact_is_gone(whole: MailWorld, shell: Shell, tmp_path: Path) -> None:
    receipt = whole_complaint(whole)
    looked_at(whole, tmp_path, receipt)
    run(shell, "delete", EMAIL, "--yes")
    assert len(run(shell, "seen", receipt.ticket, "--json").json()["seen"]) == 3
    assert "nobody has seen it" in run(shell, "seen", EMAIL).out
    assert "there is no complaint" in shell.run("privacy", "seen", new_ticket("CMH")).err
    assert "nor a ticket" in shell.run("privacy", "seen", "CMH-XXXX-0000").err


def test_a_ticket_whose_contact_nobody_has_seen_is_no_mistake(whole: MailWorld, shell: Shell) -> None:
    receipt = whole.door.accept(submitted())
    assert run(shell, "seen", receipt.ticket).out == "nobody has seen it\n"

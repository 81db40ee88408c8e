"""Contacts leave intake only by its internal API, and never without a trace."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.intake import tables
from services.intake.contacts import ContactVault
from services.intake.submission import Contact
from shared.sealing import ContactHasher, Sealer
from tests.unit.intake.building import TOKEN, Intake, intake, submission

BEARER = {"Authorization": f"Bearer {TOKEN}"}
SITI = Contact("siti@contoh.id", "081234567890", "Siti")


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


def call(built: Intake, path: str, body: Any, headers: Any = BEARER) -> Any:
    return built.client.post(f"/internal{path}", json=body, headers=headers)


def resolve(built: Intake, *pairs: tuple[str, str | None]) -> Any:
    complaints = [{"complaint_id": complaint_id, "contact_ref": ref} for complaint_id, ref in pairs]
    return call(built, "/contacts/resolve", {"purpose": "receipt", "complaints": complaints}).get_json()


def accepted(built: Intake, contact: Contact = SITI) -> tuple[Any, Any]:
    receipt = built.door.accept(submission(f"Laporan {len(built.said())}", contact=contact))
    return receipt, built.said()[-1]


def test_batches_of_contacts_and_codes(built: Intake) -> None:
    (first, fact), (second, silent) = accepted(built), accepted(built, Contact())
    answer = resolve(built, (first.complaint_id, fact.contact_ref), (second.complaint_id, None), ("unknown", "x"))
    keys = answer["contacts"][fact.contact_ref].pop("keys")
    assert set(keys) == {"email", "sms"}
    assert not any(part in str(keys) for part in ("siti", "812"))
    assert answer == {
        "contacts": {fact.contact_ref: {"email": "siti@contoh.id", "phone": "+6281234567890", "name": "Siti"}},
        "complaints": {
            receipt.complaint_id: {"ticket": receipt.ticket, "tracking_code": receipt.tracking_code}
            for receipt in (first, second)
        },
    }
    assert silent.contact_ref is None
    written = built.rows(tables.audit)
    assert [(row["act"], row["reason"]) for row in written] == [("contacts.resolve", "receipt")] * 2
    assert "siti" not in str(written).lower()


def test_a_reference_of_another_complaint_gives_nothing(built: Intake) -> None:
    (_, fact), (second, _) = accepted(built), accepted(built)
    assert resolve(built, (second.complaint_id, fact.contact_ref))["contacts"] == {}


def test_a_deleted_contact_is_gone_everywhere(built: Intake) -> None:
    receipt, fact = accepted(built)
    with built.database.write() as tx:
        tx.execute(tables.contacts.delete())
    answer = resolve(built, (receipt.complaint_id, fact.contact_ref))
    assert answer["contacts"] == {}
    assert list(answer["complaints"]) == [receipt.complaint_id]


def test_one_lost_key_keeps_nobody_else_waiting(built: Intake) -> None:
    (_, lost), (second, fact) = accepted(built), accepted(built)
    strange = ContactVault(Sealer(["x" * 40]), ContactHasher("p" * 40)).seal(SITI)
    with built.database.write() as tx:
        where = tables.contacts.c.contact_ref == lost.contact_ref
        tx.execute(tables.contacts.update().where(where).values(email_sealed=strange["email_sealed"]))
    answer = resolve(built, (lost.complaint_id, lost.contact_ref), (second.complaint_id, fact.contact_ref))
    assert list(answer["contacts"]) == [fact.contact_ref]


def test_one_contact_for_a_person_with_who_and_why(built: Intake) -> None:
    receipt, _ = accepted(built)
    body = {"complaint_id": receipt.complaint_id, "actor": "dewi", "role": "coordinator", "reason": "menelepon balik"}
    assert call(built, "/contacts/reveal", body).get_json()["phone"] == "+6281234567890"
    (row,) = built.rows(tables.audit)
    assert (row["actor"], row["role"], row["act"], row["reason"]) == (
        "dewi", "coordinator", "contacts.reveal", "menelepon balik",
    )  # fmt: skip
    assert row["subject"] == receipt.complaint_id


def test_there_may_be_no_contact(built: Intake) -> None:
    receipt, _ = accepted(built, Contact())
    who = {"actor": "dewi", "role": "coordinator", "reason": "x"}
    for complaint_id in (receipt.complaint_id, "unknown"):
        assert call(built, "/contacts/reveal", {"complaint_id": complaint_id, **who}).status_code == 404
    assert len(built.rows(tables.audit)) == 1


@pytest.mark.parametrize(
    "body", [[], {}, {"complaint_id": "x", "actor": "a", "role": "r", "reason": " "}, {"actor": 1}]
)
def test_no_reveal_without_a_reason(built: Intake, body: Any) -> None:
    assert call(built, "/contacts/reveal", body).status_code in (400, 422)
    assert built.rows(tables.audit) == []


@pytest.mark.parametrize("complaints", [None, {}, ["x"], [{"complaint_id": 1}], [{"complaint_id": "a"}] * 501])
def test_bad_batches(built: Intake, complaints: Any) -> None:
    assert call(built, "/contacts/resolve", {"purpose": "receipt", "complaints": complaints}).status_code == 422


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_only_with_the_service_token(built: Intake, headers: Any) -> None:
    for path in ("/contacts/resolve", "/contacts/reveal"):
        assert call(built, path, {}, headers).status_code == 401

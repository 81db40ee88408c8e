"""Complaints that an officer enters: through the one door, once, with who did it."""

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from services.intake import repository_guards, tables
from services.intake.app import MIGRATIONS
from services.intake.assisted.entering import MOST_IN_AN_HOUR
from services.intake.web.guards import MOST_IN_A_DAY
from shared.contracts.complaint import ComplaintFollowed, ComplaintReceived
from shared.contracts.fields import Place
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from tests.support import photo_files as files
from tests.unit.intake.building import TOKEN, Intake, intake, submission

BEARER = {"Authorization": f"Bearer {TOKEN}"}
BY = {"login": "ani", "name": "Ani Petugas", "role": "officer", "agency": "DISHUB"}
GOOD: dict[str, Any] = {
    "text": "Lampu PJU di Gang Melati padam", "channel": "counter", "office": "Loket 3", "entered_by": BY,
    "place": {"kelurahan": "Cibeber"},
}  # fmt: skip


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


@pytest.fixture(scope="module")
def resting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """For what stores nothing."""
    with intake(f"sqlite:///{tmp_path_factory.mktemp('resting')}/intake.db") as one:
        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url) as one:
        yield one


def post(built: Intake, key: int = 1, **more: Any) -> Any:
    body = {**GOOD, "idempotency_key": f"{key:020d}", **more}
    return built.client.post("/internal/complaints", json=body, headers=BEARER)


def entered(built: Intake, key: int = 1, **more: Any) -> Any:
    answer = post(built, key, **more)
    assert answer.status_code in (200, 201), answer.get_json()
    return answer.get_json()


def test_it_is_a_complaint_like_any_other_and_says_who_entered_it(built: Intake) -> None:
    contact = {"name": "Budi", "phone": "0812 3456 7890", "email": ""}
    told = entered(built, identity="open", contact=contact, happened_on="2026-11-20")
    receipt = told["complaint"]
    assert told["outcome"] == "stored"
    assert receipt["status_url"].endswith(f"/complaints/{receipt['ticket']}?code={receipt['tracking_code']}")
    assert (receipt["name"], receipt["office"], receipt["entered_by"]) == ("Budi", "Loket 3", BY)
    assert receipt["summary"] == "Lampu PJU di Gang Melati padam Tanggal kejadian: 20 November 2026"
    (fact,) = built.said()
    assert isinstance(fact, ComplaintReceived)
    assert (fact.channel, fact.identity, fact.receipt, fact.place.kelurahan) == ("counter", "open", "wanted", "Cibeber")
    (row,) = built.rows(tables.audit)
    assert (row["act"], row["actor"], row["role"]) == ("complaint.enter", "ani", "officer")
    assert (row["subject"], row["details"]["ticket"]) == (fact.complaint_id, receipt["ticket"])
    assert "Budi" not in str(row)
    page = built.client.get(f"/complaints/{receipt['ticket']}?code={receipt['tracking_code']}").text
    assert "Laporan diterima melalui loket." in page
    assert "Ani" not in page


def test_the_same_form_twice_is_one_complaint_with_the_same_receipt(built: Intake) -> None:
    first, again = entered(built), entered(built)
    assert (first["outcome"], again["outcome"]) == ("stored", "known")
    assert first["complaint"] == again["complaint"]
    changed = entered(built, channel="phone", text="Lampu PJU padam dua")
    assert changed["outcome"] == "changed"
    assert changed["complaint"] == first["complaint"]
    assert len(built.rows(tables.complaints)) == len(built.rows(tables.audit)) == len(built.said()) == 1


def test_a_key_gives_its_tracking_code_to_nobody_else(built: Intake) -> None:
    code = entered(built)["complaint"]["tracking_code"]
    answer = post(built, entered_by={**BY, "login": "mata-mata"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "entered_by_other")
    assert code not in answer.text


def test_a_number_of_the_national_system_is_one_complaint(built: Intake) -> None:
    first = entered(built, channel="sp4n", external_refs={"sp4n": "9165816"})["complaint"]
    again = entered(built, 2, channel="wa", text="Katanya dari LAPOR", external_refs={"sp4n": "#9165816"})
    assert again["outcome"] == "known_number"
    assert set(again["complaint"]) == {"ticket", "complaint_id", "received_at"}
    assert again["complaint"]["ticket"] == first["ticket"]
    assert len(built.rows(tables.complaints)) == 1


def test_a_number_that_came_by_a_partner_is_known_too(built: Intake) -> None:
    receipt = built.door.accept(submission("Dari mitra", external_refs={"sp4n": "777001"}))
    built.door.accept(submission("Sekali lagi", external_refs={"sp4n": "777001"}))
    told = entered(built, external_refs={"sp4n": "777001"})
    assert (told["outcome"], told["complaint"]["ticket"]) == ("known_number", receipt.ticket)
    assert len(built.rows(tables.complaints)) == 2


def test_many_at_once_with_one_key_or_one_number(either: Intake) -> None:
    """Whoever loses the race gets the winner's receipt or ticket, and nothing is stored twice."""
    outcomes: dict[str, list[str]] = {"key": [], "number": []}
    barrier = threading.Barrier(8)

    def send(kind: str, number: int) -> None:
        barrier.wait(10)
        more = {"external_refs": {"sp4n": "555123"}, "text": f"Laporan {number}"} if kind == "number" else {}
        place = {"kelurahan": "Utama"} if kind == "number" else GOOD["place"]
        key = 1 if kind == "key" else 100 + number
        outcomes[kind].append(entered(either, key, separate=True, place=place, **more)["outcome"])

    threads = [threading.Thread(target=send, args=(kind, number)) for kind in outcomes for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes["key"]) == ["known"] * 3 + ["stored"]
    assert sorted(outcomes["number"]) == ["known_number"] * 3 + ["stored"]
    assert len(either.rows(tables.complaints)) == len(either.rows(tables.assisted_entries)) == 2
    assert len(either.said()) == 2


def test_a_letter_of_yesterday_counts_from_yesterday(either: Intake) -> None:
    arrived = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    told = entered(either, channel="letter", received_at=arrived.isoformat())["complaint"]
    assert (told["received_at"], told["entered_at"]) == (arrived.isoformat(), either.clock.now().isoformat())
    (fact,) = either.said()
    assert fact.received_at == arrived
    assert either.rows(tables.complaints)[0]["received_at"] == arrived
    assert either.rows(tables.assisted_entries)[0]["entered_at"] == either.clock.now()


def test_similar_ones_are_offered_and_can_be_joined(built: Intake) -> None:
    leader = built.door.accept(submission("Lampu PJU padam di Gang Melati", place=Place(kelurahan="Cibeber")))
    offered = entered(built)
    assert (offered["outcome"], offered["complaint"]) == ("similar", None)
    (offer,) = offered["offers"]
    assert set(offer) == {"token", "agency_name", "kind", "kelurahan", "kecamatan", "received_at"}
    joined = entered(built, join=offer["token"])["complaint"]
    assert joined["joined"]
    fact = built.said()[-1]
    assert isinstance(fact, ComplaintFollowed)
    assert (fact.complaint_id, fact.follower_ticket) == (leader.complaint_id, joined["ticket"])
    assert entered(built, 2, separate=True)["outcome"] == "stored"
    gone = post(built, 3, join="made.up")
    assert (gone.status_code, gone.get_json()["code"]) == (409, "not_joinable")


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"text": ""}, "text", "masih kosong"),
        ({"text": "x" * 100_000}, "text", "terlalu panjang"),
        ({"text": " \u200b ", "contact": {"phone": "081234567890"}}, "text", "masih kosong"),
        ({"contact": {"phone": "12"}}, "phone", "tidak dikenali"),
        ({"contact": {"email": "budi@"}}, "email", "tidak lengkap"),
        ({"place": {"kelurahan": "Atlantis"}}, "kelurahan", "tidak kami kenal"),
        ({"channel": "fax"}, "channel", "Pilih cara"),
        ({"kind": "gosip"}, "kind", "jenis laporan"),
        ({"identity": "hantu"}, "identity", "melindungi identitas"),
        ({"received_at": "2027-01-01T00:00:00+07:00"}, "received_at", "belum tiba"),
    ],
)
def test_bad_input_is_told_by_field_and_stores_nothing(resting: Intake, more: Any, field: str, said: str) -> None:
    answer = post(resting, **more)
    assert answer.status_code == 422
    assert list(answer.get_json()["fields"]) == [field]
    assert said in answer.get_json()["fields"][field]
    assert resting.rows(tables.complaints) == resting.rows(tables.assisted_entries) == []


def test_everything_wrong_is_told_at_once(resting: Intake) -> None:
    answer = post(resting, text="", channel="fax", contact={"phone": "1"}, happened_on="besok")
    assert set(answer.get_json()["fields"]) == {"text", "channel", "phone", "happened_on"}


def test_markup_is_words(built: Intake) -> None:
    told = entered(built, text="<script>alert(1)</script> lampu padam")
    assert told["complaint"]["summary"].startswith("<script>")
    assert built.rows(tables.complaints)[0]["text"] == "<script>alert(1)</script> lampu padam"


def test_an_office_may_enter_many_for_one_contact_but_does_not_flood_it(built: Intake) -> None:
    """The day's limit of complaints for a contact is the web form's; the limit of receipts is the door's."""
    for number in range(MOST_IN_A_DAY + 1):
        told = entered(built, number, text=f"Laporan RT ke-{number}", contact={"phone": "081234567890"}, separate=True)
        assert told["outcome"] == "stored"
    receipts = [row["receipt"] for row in built.rows(tables.complaints)]
    assert receipts.count("wanted") == 20
    assert receipts.count("capped") == MOST_IN_A_DAY + 1 - 20


def test_one_login_is_bounded_and_free_again_after_an_hour(built: Intake) -> None:
    rows = [
        {"complaint_id": f"c{n}", "entry_key": f"k{n}", "login": "ani", "name": "A", "role": "officer", "agency": "",
         "office": "", "happened_on": None, "entered_at": built.clock.now()}
        for n in range(MOST_IN_AN_HOUR)
    ]  # fmt: skip
    with built.database.write() as tx:
        tx.execute(insert(tables.assisted_entries), rows)
    refused = post(built)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "too_many_entered")
    assert post(built, entered_by={**BY, "login": "lain"}).status_code == 201
    built.clock.pass_by(hours=1, seconds=1)
    assert post(built, 2, separate=True).status_code == 201


def test_a_blocked_contact_is_taken_and_flagged(built: Intake) -> None:
    key = built.door.vault.phone_key("+6281234567890")
    with built.database.write() as tx:
        repository_guards.block(tx, key, reason="berulang", by="koordinator", at=built.clock.now())
    assert entered(built, contact={"phone": "081234567890"})["outcome"] == "stored"
    assert built.rows(tables.complaints)[0]["flags"] == ["blocked_contact"]


def test_photos_are_kept_at_once_and_named_by_their_tokens(built: Intake) -> None:
    photo = files.jpeg(files.scene(640, 480))
    kept = built.client.post("/internal/complaints/photos", data=photo, headers=BEARER)
    token = kept.get_json()["token"]
    told = entered(built, photos=[token, token, "made.up"])
    assert told["complaint"]["photos"] == 1
    bad = built.client.post("/internal/complaints/photos", data=b"%PDF-1.7", headers=BEARER)
    assert (bad.status_code, bad.get_json()["code"]) == (422, "unsupported_type")
    assert "bukan foto" in bad.get_json()["detail"]
    large = built.client.post("/internal/complaints/photos", data=b"\xff\xd8\xff" + b"x" * 10_010_000, headers=BEARER)
    assert large.status_code == 413


@pytest.mark.parametrize("path", ["/internal/complaints", "/internal/complaints/photos"])
def test_only_with_the_service_token(resting: Intake, path: str) -> None:
    assert resting.client.post(path, json=GOOD).status_code == 401
    assert resting.rows(tables.refusals) == []


@pytest.mark.parametrize("body", [[], "x", {**GOOD}, {**GOOD, "idempotency_key": "x" * 20, "entered_by": "ani"}])
def test_a_caller_that_is_at_fault_is_told(resting: Intake, body: Any) -> None:
    assert resting.client.post("/internal/complaints", json=body, headers=BEARER).status_code in (400, 422)


def test_a_deleted_complaint_is_said_to_be_gone(built: Intake) -> None:
    entered(built)
    with built.database.write() as tx:
        tx.execute(tables.complaints.delete())
    assert (post(built).status_code, post(built).get_json()["code"]) == (410, "already_removed")


def test_a_contact_alone_is_never_in_the_answer_for_others(built: Intake) -> None:
    told = entered(built, identity="anonymous", contact={"name": "Budi", "phone": "081234567890"})["complaint"]
    assert told["name"] == ""
    assert "812345" not in str(told)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_upgrade_knows_the_numbers_of_old_complaints(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The first complaint with a number keeps it; other systems' references are none."""
    is_sqlite = kind == "sqlite"
    database = Database(f"sqlite:///{tmp_path}/old.db" if is_sqlite else request.getfixturevalue("postgres_database"))
    assert upgrade(database.engine, _before(tmp_path, 11))[-1] == "intake_0010"
    old = {
        "code_sealed": "x", "revision": 1, "status": "received", "channel": "api", "account": "key:a",
        "kind": "pengaduan", "identity": "anonymous", "text": "x", "receipt": "no_contact", "flags": "[]",
        "recipients": "[]", "size": 0,
    }  # fmt: skip
    references = ['{"sp4n": "888"}', '{"open311_service": "sp4n", "sp4n": "888"}', '{"open311_service": "sp4n"}', "{}"]
    with database.engine.begin() as connection:
        for number, given in enumerate(references):
            row = {**old, "complaint_id": f"c{number}", "ticket": f"CMH-{number}", "external_refs": given}
            row["received_at"] = datetime(2026, 11, 1 + number, tzinfo=UTC).isoformat(sep=" ")
            names = ", ".join(row)
            connection.execute(text(f"INSERT INTO complaints ({names}) VALUES (:{', :'.join(row)})"), row)
    upgrade(database.engine, MIGRATIONS)
    with database.read() as connection:
        rows = connection.execute(tables.external_numbers.select()).mappings().all()
    database.close()
    assert [dict(row) for row in rows] == [{"system": "sp4n", "number": "888", "complaint_id": "c0"}]


def _before(folder: Path, number: int) -> Path:
    versions = folder / "old" / "versions"
    versions.mkdir(parents=True)
    for path in MIGRATIONS.glob("versions/[0-9]*.py"):
        if int(path.name[:4]) < number:
            shutil.copy(path, versions)
    return folder / "old"

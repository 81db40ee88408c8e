"""The notifier as a running service: through the broker, with intake over HTTP, and its internal API."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.notifier import app
from services.notifier.config import NotifierSettings
from services.notifier.tables import metadata
from shared.clock import SystemClock
from shared.contracts.envelope import Codec, Envelope
from shared.errors import ConfigError
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.message import Message
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Service
from shared.storage.database import Database
from tests.support.eventually import eventually
from tests.support.http_sink import Answer, HttpSink, Request, answer
from tests.support.migrated import migrate
from tests.unit.notifier.samples import CODE, KEY, PLAIN_PACK, TICKET, bench, received, routed, settings, wordings

CODEC = Codec(Sealer([KEY]))
AUTHORISED = {"Authorization": f"Bearer {KEY}"}


def contacts_answer(request: Request) -> Answer:
    """What intake says: everybody has a mail address."""
    asked = request.json()["complaints"]
    contact = {"email": "budi@mail.com", "phone": None, "name": None}
    contacts = {each["contact_ref"]: contact for each in asked}
    complaints = {each["complaint_id"]: {"ticket": TICKET, "tracking_code": CODE} for each in asked}
    return answer(200, {"contacts": contacts, "complaints": complaints})


@pytest.fixture
def intake() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        sink.answer_by(contacts_answer)
        yield sink


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker(TOPOLOGY)


@pytest.fixture
def notifier(tmp_path: Path, intake: HttpSink, broker: MemoryBroker) -> Iterator[Service]:
    chosen = settings(tmp_path, intake_url=intake.url)
    database = Database(chosen.database_url)
    migrate(database.engine, app.MIGRATIONS)
    service = app.build(
        chosen, database=database, broker=broker, clock=SystemClock(), metrics=Metrics(), pack=PLAIN_PACK,
        wordings=wordings(),
    )  # fmt: skip
    service.start()
    yield service
    service.request_stop()
    assert service.finish_stop()
    broker.close()


def publish(broker: MemoryBroker, *events: Any) -> None:
    for event in events:
        envelope = Envelope.of(event, source="test", time=datetime.now(UTC))
        broker.put(
            Message(
                message_id=envelope.id, routing_key=event.TYPE, body=CODEC.encode(envelope), source="test",
                correlation_id=event.subject, traceparent=envelope.traceparent, created_at=envelope.time,
            )
        )  # fmt: skip


def captured(service: Service, count: int) -> list[dict[str, Any]]:
    """The list as the desk gets it, once it is that long."""
    client = service.web.test_client()

    def ask() -> list[dict[str, Any]] | None:
        rows = client.get("/internal/captured", headers=AUTHORISED).get_json()["captured"]
        return rows if len(rows) >= count else None

    found = eventually(ask)
    assert found is not None
    return found


def test_a_receipt_lies_in_the_folder_soon_after_the_event(
    notifier: Service, broker: MemoryBroker, tmp_path: Path
) -> None:
    folder, spans = tmp_path / "captured", []
    for wanted in range(1, 10):
        started = time.monotonic()
        publish(broker, received(f"c{wanted}"))
        while len(list(folder.glob("*.eml"))) < wanted and time.monotonic() < started + 5:
            time.sleep(0.002)
        spans.append(time.monotonic() - started)
    assert sorted(spans)[len(spans) // 2] < 0.3


def test_intake_is_asked_with_the_token_and_for_what_it_is(
    notifier: Service, broker: MemoryBroker, intake: HttpSink
) -> None:
    publish(broker, received())
    (request,) = intake.wait_for(1)
    assert (request.method, request.path) == ("POST", "/internal/contacts/resolve")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.json() == {
        "purpose": "receipt", "service": "notifier",
        "complaints": [{"complaint_id": "c1", "contact_ref": "ref-c1"}],
    }  # fmt: skip


@pytest.mark.parametrize("body", ["not json", "[]", '{"contacts": {}}'])
def test_an_answer_that_cannot_be_read_is_asked_for_again(
    notifier: Service, broker: MemoryBroker, intake: HttpSink, body: str
) -> None:
    intake.answer_by(lambda request: contacts_answer(request) if len(intake.requests) > 1 else answer(200, body))
    publish(broker, received())
    intake.wait_for(2)
    captured(notifier, 1)


def test_a_burst_is_captured_whole_and_each_once(notifier: Service, broker: MemoryBroker, tmp_path: Path) -> None:
    publish(broker, *(received(f"c{number}") for number in range(60)), *(routed(f"c{number}") for number in range(60)))
    publish(broker, *(received(f"c{number}") for number in range(60)))
    captured(notifier, 100)
    folder = tmp_path / "captured"
    eventually(lambda: len(list(folder.glob("*.eml"))) == 120)
    assert not list(folder.glob(".*"))


def test_the_desk_sees_what_became_of_it_and_no_address(notifier: Service, broker: MemoryBroker) -> None:
    publish(broker, received(), routed())
    captured(notifier, 2)
    client = notifier.web.test_client()
    reply = client.get("/internal/deliveries?complaint_id=c1", headers=AUTHORISED)
    rows = reply.get_json()["deliveries"]
    assert [(row["recipient"], row["state"], row["attempts"][0]["via"]) for row in rows] == [
        ("citizen", "captured", "capture"), ("DPUPR", "captured", "capture"),
    ]  # fmt: skip
    assert rows[0]["attempts"][0]["duration_seconds"] >= 0
    assert "@" not in reply.get_data(as_text=True)
    assert client.get("/internal/deliveries?complaint_id=none", headers=AUTHORISED).get_json() == {"deliveries": []}
    assert client.get("/internal/deliveries", headers=AUTHORISED).status_code == 400


def test_the_desk_sees_the_receipt_first_though_it_was_planned_last(notifier: Service, broker: MemoryBroker) -> None:
    publish(broker, routed())
    captured(notifier, 1)
    publish(broker, received())
    captured(notifier, 2)
    reply = notifier.web.test_client().get("/internal/deliveries?complaint_id=c1", headers=AUTHORISED)
    assert [row["message"] for row in reply.get_json()["deliveries"]] == ["receipt", "case_notice"]


def test_captured_notices_are_listed_and_shown_whole(notifier: Service, broker: MemoryBroker) -> None:
    publish(broker, received())
    (row,) = captured(notifier, 1)
    assert (row["recipient"], row["message"], row["channel"], row["ticket"]) == ("citizen", "receipt", "email", TICKET)
    assert CODE in row["text"]
    client = notifier.web.test_client()
    whole = client.get(f"/internal/captured/{row['delivery_id']}", headers=AUTHORISED).get_json()
    assert whole["to"] == "budi@mail.com"
    assert "<html" in whole["html"]
    assert whole["subject"] == row["subject"]
    assert client.get("/internal/captured/none", headers=AUTHORISED).status_code == 404


def test_the_internal_api_answers_only_to_the_token(notifier: Service) -> None:
    client = notifier.web.test_client()
    for path in ("/internal/captured", "/internal/captured/x", "/internal/deliveries?complaint_id=c1"):
        assert client.get(path).status_code == 401
    assert client.get("/readyz").get_json() == {"status": "ready", "problems": {}, "warnings": []}


def test_deliveries_are_said_once_each(notifier: Service, broker: MemoryBroker) -> None:
    subscription = broker.subscribe(["desk.keep-cases.v1"], prefetch=50)
    publish(broker, received(), received("c2", receipt="capped"))
    heard: dict[str, Any] = {}

    def hear() -> bool:
        for delivery in subscription.receive(most=50, timeout_seconds=0.1):
            document = json.loads(delivery.body)
            if document["type"] == "delivery.finished.v1":
                heard[document["id"]] = document["data"]
            subscription.ack([delivery])
        return len(heard) == 2

    eventually(hear)
    assert sorted((data["outcome"], data["reason"]) for data in heard.values()) == [
        ("captured", "captured"), ("skipped", "daily_cap"),
    ]  # fmt: skip


def test_the_migration_makes_what_the_tables_say(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.db")
    migrate(database.engine, app.MIGRATIONS)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_the_migration_makes_what_the_tables_say_on_postgresql(postgres_database: str) -> None:
    database = Database(postgres_database)
    migrate(database.engine, app.MIGRATIONS)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_settings_name_every_problem_and_repeat_no_secret() -> None:
    mapping = {
        "TANGGAP_SMTP_URL": "http://user:hidden@x", "TANGGAP_SMS_GATEWAY_URL": "gateway?password=hidden",
        "TANGGAP_MAIL_FROM": "nobody", "TANGGAP_CONTENT_KEYS": KEY, "TANGGAP_SERVICE_TOKEN": KEY,
    }  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        NotifierSettings.from_env(mapping)
    for name in ("TANGGAP_SMTP_URL", "TANGGAP_SMS_GATEWAY_URL", "TANGGAP_MAIL_FROM"):
        assert name in caught.value.message
    assert "hidden" not in caught.value.message


def test_settings_have_defaults_for_the_embedded_mode(tmp_path: Path) -> None:
    mapping = {"TANGGAP_CONTENT_KEYS": KEY, "TANGGAP_SERVICE_TOKEN": KEY, "TANGGAP_DATA": str(tmp_path)}
    chosen = NotifierSettings.from_env(mapping)
    assert chosen.smtp_url == chosen.sms_gateway_url == ""
    assert chosen.database_url.endswith("notifier.db")


def test_the_pack_seeds_the_directory_once(tmp_path: Path) -> None:
    made = bench(tmp_path)
    made.seed()
    made.hear(routed(agency="BPBD"))
    assert made.row()["reason"] == "no_endpoint"
    made.close()

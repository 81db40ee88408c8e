"""The service as a whole: it needs no broker to accept, and what it accepted goes out when there is one."""

import smtplib
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from services.intake import tables
from services.intake.app import MIGRATIONS, build, build_mail
from services.intake.repository import count_receipts, count_wrong_code
from shared.contracts.complaint import ComplaintRouted
from shared.messaging.broker import BrokerLost, Settle
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.message import Message, Outcome
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.storage.database import Database
from tests.integration.test_intake_handlers import DECISION, about
from tests.support.clock import MovableClock
from tests.support.eventually import eventually
from tests.support.migrated import migrate
from tests.unit.intake.building import intake, settings, small_city

API = "/api/v1/complaints"


class BrokenBroker:
    """Nothing works; it tells so as brokers do."""

    def publisher(self, source: str) -> Any:
        return self

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        return [Outcome.UNKNOWN for _ in messages]

    def subscribe(self, queues: Sequence[str], *, prefetch: int) -> Any:
        raise BrokerLost("nobody there")

    def settle_with(self, source: str, settle: Settle) -> None: ...

    def check(self) -> str:
        raise BrokerLost("nobody there")

    def watch(self, queues: Sequence[str]) -> Any:
        return self

    def look(self) -> Any:
        raise BrokerLost("nobody there")

    def close(self) -> None: ...


@pytest.fixture
def database(tmp_path: Any) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/intake.db")
    migrate(opened.engine, MIGRATIONS)
    yield opened
    opened.close()


def parts(database: Database, broker: Any) -> dict[str, Any]:
    return {
        "database": database, "broker": broker, "clock": MovableClock(), "metrics": Metrics(), "pack": small_city(),
    }  # fmt: skip


def test_a_broken_broker_does_not_matter_to_citizens(database: Database) -> None:
    service = build(settings(), **parts(database, BrokenBroker()))
    service.start()
    client = service.web.test_client()
    given = [client.post(API, json={"text": f"Laporan {n}"}) for n in range(5)]
    assert {answer.status_code for answer in given} == {201}
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert service.spine.outbox.backlog(database) == 5
    service.request_stop()
    assert service.finish_stop()


def test_the_way_out_and_back(database: Database) -> None:
    """A complaint reaches a listener's queue; the listener's fact reaches the tracking page."""
    broker = MemoryBroker(TOPOLOGY)
    service = build(settings(), **parts(database, broker))
    service.start()
    client = service.web.test_client()
    given = client.post(API, json={"text": "Lampu padam"}).get_json()
    router = broker.subscribe(["router.route-complaint.v1"], prefetch=10)
    (delivery,) = eventually(lambda: router.receive(most=10, timeout_seconds=0.1))
    received = service.spine.codec.decode(delivery.body).event
    assert received.text == "Lampu padam"
    fact = ComplaintRouted(
        **about(received, 2), decision=DECISION, agency="DISHUB", assignment=1, routed_at=service.spine.clock.now()
    )
    with database.write() as tx:  # any outbox will do: the broker does not ask who publishes
        service.spine.outbox.say(tx, fact)
    code = {"X-Tracking-Code": given["tracking_code"]}
    eventually(lambda: client.get(f"{API}/{given['ticket']}", headers=code).get_json()["status"] == "routed")
    service.request_stop()
    assert service.finish_stop()


def test_the_mail_process_stands_alone(database: Database) -> None:
    broker = MemoryBroker(TOPOLOGY)
    service = build_mail(settings(), **parts(database, broker))
    assert service.name == "mail"
    service.start()
    with smtplib.SMTP("127.0.0.1", service.listeners[0].port, timeout=10) as smtp:  # type: ignore[attr-defined]
        smtp.sendmail("siti@contoh.id", ["lapor@x.id"], b"From: siti@contoh.id\r\n\r\nHalo\r\n")
    eventually(lambda: broker.depth("router.route-complaint.v1") == 1)
    client = service.web.test_client()
    assert client.get("/readyz").status_code == 200
    assert client.get("/").status_code == 404
    service.request_stop()
    assert service.finish_stop()


def test_what_is_missing_in_live_is_told(tmp_path: Any) -> None:
    with intake(f"sqlite:///{tmp_path}/intake.db", mode="live", with_mail=True) as built:
        warnings = " ".join(built.client.get("/readyz").get_json()["warnings"])
        for name in ("TANGGAP_SMS_TOKEN", "TANGGAP_MAIL_ADDRESSES", "TANGGAP_PUBLIC_URL"):
            assert name in warnings


def test_old_counts_are_forgotten(tmp_path: Any) -> None:
    with intake(f"sqlite:///{tmp_path}/intake.db") as built:
        now = built.clock.now()
        with built.database.write() as tx:
            count_receipts(tx, [("k", "2026-11-24")])
            count_wrong_code(tx, "CMH-0000-0000", now)
        built.service.seed()
        built.service.seed()
        built.clock.pass_by(days=3)
        worker = next(w for w in built.service.workers if w.name == "intake-timers")
        worker._stepper.step()
        assert built.rows(tables.receipt_counts) == built.rows(tables.wrong_codes) == []


def test_on_postgres_the_whole_service_runs(postgres_database: str) -> None:
    database = Database(postgres_database)
    migrate(database.engine, MIGRATIONS)
    broker = MemoryBroker(TOPOLOGY)
    service = build(settings(), **parts(database, broker))
    service.start()
    client = service.web.test_client()
    given = client.post(API, json={"text": "Lampu padam \x00"}).get_json()
    assert client.get(f"{API}/{given['ticket']}", headers={"X-Tracking-Code": "salah"}).status_code == 404
    assert (
        client.get(f"{API}/{given['ticket']}", headers={"X-Tracking-Code": given["tracking_code"]}).status_code == 200
    )
    assert client.get("/sms/kannel?from=081234567890&text=a%00").status_code == 200
    eventually(lambda: broker.depth("router.route-complaint.v1") == 2)
    service.request_stop()
    assert service.finish_stop()

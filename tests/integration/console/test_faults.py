"""Each of the faults that operators are told of is made for real, and found: on the console and by its alert."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from services.router import repository_rules as rules
from services.router.repository_rules import Activation
from shared.messaging.kombu_broker import KombuBroker, declare_topology
from shared.messaging.message import Message
from shared.messaging.topology import TOPOLOGY
from shared.service import relay_worker
from shared.vitals.probes import Usage
from tests.conftest import Vhost
from tests.integration.console.city import City, open_city
from tests.integration.console.faults import ImapServer, JumpingClock, link_to, write_certificate
from tests.support.alerting import must_fire, must_rest
from tests.support.eventually import eventually
from tests.support.faults import FAULTS, Fault
from tests.support.http_sink import HttpSink

BY_NAME = {fault.name: fault for fault in FAULTS}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with open_city(tmp_path) as opened:
        yield opened


def found(city: City, fault: Fault, process: str, about: str = "") -> None:
    """On the console, and in the metrics of that process, so that the alert fires."""
    city.await_trouble(fault, about)
    told = city.exposition(process)
    assert fault.metric in told
    must_fire(fault.alert, [({"job": process}, told)])


def mended(city: City, fault: Fault, process: str, about: str = "") -> None:
    city.await_mended(fault, about)
    must_rest(fault.alert, [({"job": process}, city.exposition(process))])


def test_the_broker_is_down(city: City, rabbit_vhost: Vhost) -> None:
    fault, url = BY_NAME["broker down"], make_url(rabbit_vhost.url)
    declare_topology(rabbit_vhost.url, TOPOLOGY)
    with link_to(url.port or 5672) as link:
        broker = KombuBroker(url.set(port=link.port).render_as_string(hide_password=False), TOPOLOGY)
        city.begin("router", broker=broker)
        city.begin_desk()
        eventually(lambda: not city.shows(fault))
        link.cut()
        found(city, fault, "router", "Penerusan")
        link.mend()
        mended(city, fault, "router")


def test_the_database_is_slow(city: City, postgres_database: str) -> None:
    """Somebody holds a lock. What does not need the database is known all the same."""
    fault, url = BY_NAME["database slow"], make_url(postgres_database).set(drivername="postgresql+psycopg")
    city.begin(
        "router", environment={"TANGGAP_ROUTER_DATABASE_URL": url.render_as_string(hide_password=False)}
    )  # fmt: skip
    city.begin_desk()
    eventually(lambda: not city.shows(fault))
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE vitals IN ACCESS EXCLUSIVE MODE"))
        found(city, fault, "router", "Penerusan")
        assert 'tanggap_broker_up{service="router"} 1.0' in city.exposition("router")
    engine.dispose()
    mended(city, fault, "router")


def test_the_relay_has_stopped(city: City) -> None:
    fault = BY_NAME["relay stopped"]
    intake = city.begin("intake", without="relay")
    city.begin_desk()
    answer = intake.web.test_client().post("/api/v1/complaints", json={"text": "Lampu jalan padam"})
    assert answer.status_code == 201
    city.clock.advance(300)
    found(city, fault, "intake", "Penerimaan")
    city.begin("router"), city.begin("notifier")  # whoever hears of it settles it
    relay = relay_worker(intake.spine)
    relay.start()
    mended(city, fault, "intake", "Penerimaan")
    relay.stop()
    relay.join(5)


def test_the_router_has_stopped(city: City) -> None:
    fault = BY_NAME["router stopped"]
    city.begin("router")
    city.begin_desk()
    eventually(lambda: not city.shows(fault, "Penerusan"))
    city.hang_up("router")
    found(city, fault, "desk", "Penerusan")
    city.serve("router")
    city.await_mended(fault, "Penerusan")
    assert 'tanggap_service_up{service="router"} 1.0' in city.exposition("desk")


def test_a_process_beside_the_service_has_stopped(city: City) -> None:
    """Nobody asks the mail process: intake sees by its row that it went without a word, and came again."""
    fault = BY_NAME["router stopped"]
    city.begin("mail")
    city.begin("intake")
    city.begin_desk()
    eventually(lambda: not city.shows(fault, "Penerimaan surel"))
    mail = city.services.pop("mail")
    city.clock.advance(60)
    found(city, fault, "intake", "Penerimaan surel")
    city.services["mail"] = mail
    mended(city, fault, "intake", "Penerimaan surel")


def test_the_mailbox_is_refused(city: City) -> None:
    fault, server = BY_NAME["mailbox refused"], ImapServer()
    city.begin("mail", environment={"TANGGAP_IMAP_URL": server.url})
    city.begin("intake")
    city.begin_desk()
    found(city, fault, "mail", "menolak nama atau sandi")
    server.refuses = False
    mended(city, fault, "mail")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [403, 503])
def test_the_gateway_refuses(city: City, status: int) -> None:
    """It refuses each message for good (a wrong password), or wants to be asked later."""
    fault = BY_NAME["gateway refused"]
    with HttpSink() as gateway:
        gateway.answer(status, "denied")
        intake = city.begin("intake")
        url = f"{gateway.url}/cgi-bin/sendsms?username=u&password=p"
        city.begin("notifier", environment={"TANGGAP_SMS_GATEWAY_URL": url})
        city.begin_desk()

        def complain(number: int) -> None:
            body = {"text": f"Jalan berlubang nomor {number}", "contact": {"phone": f"08123456780{number}"}}
            assert intake.web.test_client().post("/api/v1/complaints", json=body).status_code == 201

        for number in range(3):
            complain(number)
        found(city, fault, "notifier", "SMS rusak")
        gateway.answer(202, "0: Accepted for delivery")
        city.clock.advance(600)  # whatever waits for its next try is due
        complain(3)
        mended(city, fault, "notifier", "SMS")


def test_the_disk_is_nearly_full(city: City) -> None:
    fault, free = BY_NAME["disk nearly full"], [3]
    city.begin_desk(disk=lambda _: Usage(100_000_000_000, (100 - free[0]) * 10**9, free[0] * 10**9))
    found(city, fault, "desk", "3% bebas")
    free[0] = 60
    city.clock.advance(20)  # the disk is not looked at in each round
    mended(city, fault, "desk")


def test_there_is_a_dead_letter(city: City) -> None:
    """It is discarded at the desk, though it lies in the router's database."""
    fault, queue = BY_NAME["dead letter"], "router.route-complaint.v1"
    router = city.begin("router")
    city.begin_desk()
    now = city.clock.now()
    bad = Message("0192f0aa-0000-7000-8000-0000000000dd", "complaint.received.v1", b"{}", "intake", "c", "", now, 1)
    city.broker.publisher("intake").publish([bad])
    found(city, fault, "router", "Penerusan")
    visitor = city.visitor()
    page = visitor.get("/dead").text
    assert bad.message_id in page
    assert queue in page
    about = {"service": "router", "queue": queue, "message_id": bad.message_id}
    assert visitor.post("/dead/discard", **about, reason="pesan percobaan").status_code == 303
    mended(city, fault, "router")
    with router.spine.database.read() as connection:
        acts = connection.execute(text("SELECT actor, act, reason FROM audit")).all()
    assert ("operator", "dead.discard", "pesan percobaan") in [tuple(act) for act in acts]


def test_a_deadline_breaks(city: City) -> None:
    fault = BY_NAME["deadline breaking"]
    intake = city.begin("intake")
    city.begin("router")
    city.begin_desk()
    intake.web.test_client().post("/api/v1/complaints", json={"text": "Sampah menumpuk di pasar"})
    cases = text("SELECT count(*) FROM cases WHERE due_at IS NOT NULL")

    def arrived() -> bool:
        with city.services["desk"].spine.database.read() as connection:
            return bool(connection.execute(cases).scalar_one())

    eventually(arrived)
    city.clock.advance(timedelta(days=40).total_seconds())
    found(city, fault, "desk", "1 lewat")


def test_the_newest_rules_are_rejected(city: City) -> None:
    fault = BY_NAME["rules rejected"]
    router = city.begin("router")
    city.begin_desk()
    eventually(lambda: not city.shows(fault))
    database, now = router.spine.database, city.clock.now()
    with database.read() as connection:
        good = rules.in_force(connection)
    assert good is not None
    with database.write() as tx:
        rules.store(tx, "broken0000000000", {"rules/broken.yaml": "rules: [nonsense"}, now=now, by="somebody")
        rules.activate(tx, Activation(good.number + 1, "broken0000000000", now, "somebody", "operator", "by mistake"))
    found(city, fault, "router")
    with database.write() as tx:
        again = Activation(good.number + 2, good.ruleset, city.clock.now(), "somebody", "operator", "back")
        rules.activate(tx, again)
    mended(city, fault, "router")


def test_a_clock_is_off(city: City) -> None:
    fault, clock = BY_NAME["clock off"], JumpingClock()
    city.begin("router", clock=clock)
    city.begin_desk()
    eventually(lambda: not city.shows(fault))
    clock.jumped = timedelta(minutes=7)
    found(city, fault, "router", "melompat 7 menit")
    assert city.shows(fault, "berbeda"), "the desk sees it from outside"
    clock.jumped = timedelta(0)
    mended(city, fault, "router")


def test_a_certificate_ends(city: City, tmp_path: Path) -> None:
    fault, file = BY_NAME["certificate ending"], tmp_path / "lapor.pem"
    write_certificate(file, city.clock.now() + timedelta(days=3))
    city.begin_desk(environment={"TANGGAP_CERTIFICATES": str(file)})
    found(city, fault, "desk", "lapor.pem")
    write_certificate(file, city.clock.now() + timedelta(days=90))
    city.clock.advance(120)
    mended(city, fault, "desk", "lapor.pem")


def test_every_fault_has_its_test() -> None:
    assert len(BY_NAME) == len(FAULTS) == 12

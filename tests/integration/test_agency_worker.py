"""A whole case without the desk's pages: it comes by webhook or queue, an agency's program works, the citizen reads."""

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from services.desk.api.document import FILE
from services.desk.cases import timeline
from services.notifier.delivery import Delivery
from services.notifier.writing.document import write_document
from services.notifier.writing.specimens import Story, specimens
from shared.contracts.case import CaseAcknowledged, CaseAnswered
from shared.contracts.complaint import ComplaintReceived
from shared.web.server import WebServer
from tests.integration import answering
from tests.integration.agencies import lose_broker, open_city
from tests.integration.test_agency_webhook_receiver import NEW, Receiver
from tests.integration.test_agency_webhook_receiver import start as start_receiver
from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode
from tests.support.system import ROOT
from tests.unit.desk.agency_system import system
from tests.unit.desk.facts import routed, ticket
from tests.unit.desk.world import World, open_world
from tests.unit.intake.building import Intake, intake

pytestmark = pytest.mark.xdist_group("rabbitmq")

DESK_URL = "http://desk.example"


@dataclass
class Town:
    """A desk on a real server, and the program of one of its agencies."""

    world: World
    server: WebServer
    secret: str

    def worker(self, source: str | Path, log: Path) -> Process:
        program = ROOT / "deploy/examples/agency_worker.py"
        env = {"PATH": os.environ["PATH"], "TANGGAP_TOKEN": self.secret, "NO_PROXY": "127.0.0.1"}
        return Process([sys.executable, program, self.server.url, source], log=log, env=env, name="agency_worker")

    def acts(self, complaint_id: str) -> list[tuple[str, str]]:
        with self.world.database.read() as connection:
            return [(line.act, line.role) for line in timeline.of_case(connection, complaint_id) if line.seq]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path / "desk") as world:
        server = WebServer(world.service.web, "127.0.0.1", 0)
        server.start()
        yield Town(world, server, system(world).secret)
        server.stop()


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path / 'intake.db'}") as one:
        yield one


def message(ticket_: str, message_id: str, **more: Any) -> bytes:
    """The notice of a case as the notifier writes it for DISHUB."""
    notice: Delivery = next(one.delivery for one in specimens(Story(**more)) if one.delivery.message == "case_notice")
    delivery = replace(notice, ticket=ticket_, recipient="DISHUB", delivery_id=message_id)
    return write_document(delivery, DESK_URL)


def complain(built: Intake, town: Town) -> dict[str, str]:
    """A citizen complains, the rules send it to DISHUB; what the receipt says."""
    receipt: dict[str, str] = built.client.post("/api/v1/complaints", json={"text": "Lampu jalan mati."}).get_json()
    heard = next(one for one in built.said() if isinstance(one, ComplaintReceived))
    fact = dataclasses.replace(routed(), complaint_id=heard.complaint_id, ticket=heard.ticket)
    town.world.hear(fact)
    return {**receipt, "complaint_id": heard.complaint_id}


def read(built: Intake, receipt: dict[str, str]) -> Any:
    headers = {"X-Tracking-Code": receipt["tracking_code"]}
    return built.client.get(f"/api/v1/complaints/{receipt['ticket']}", headers=headers).get_json()


def check_the_citizen_reads_it(built: Intake, town: Town, receipt: dict[str, str], number: str) -> None:
    (event,) = town.world.said(CaseAnswered.TYPE)
    answering.hear(built, event)
    tracked = read(built, receipt)
    assert tracked["status"] == "answered"
    assert f"Laporan Anda kami kerjakan dengan nomor {number}." in json.dumps(tracked["timeline"])
    assert town.acts(receipt["complaint_id"]) == [
        ("routed", "router"), ("acknowledged", "officer"), ("referenced", "officer"), ("answered", "officer"),
    ]  # fmt: skip
    assert len(town.world.said(CaseAcknowledged.TYPE)) == 1


def test_by_webhook_from_complaint_to_answer(built: Intake, town: Town, tmp_path: Path) -> None:
    receipt = complain(built, town)
    receiver: Receiver = start_receiver(tmp_path / "cases", NEW)
    body = message(receipt["ticket"], "d-0001-abcd1234")
    validator = jsonschema_rs.validator_for(json.loads(FILE.read_text()))
    validator.validate(json.loads(body))
    with town.worker(receiver.folder, tmp_path / "worker.log") as worker:
        assert receiver.post("d-0001-abcd1234", body) == 204
        eventually(lambda: town.world.said(CaseAnswered.TYPE), 30, describe=worker.tail)
        eventually(lambda: not list(receiver.folder.glob("*.json")), 30, describe=worker.tail)
        assert receiver.post("d-0001-abcd1234", body) == 204  # it comes again, though it is done
        eventually(lambda: not list(receiver.folder.glob("*.json")), 30, describe=worker.tail)
        assert worker.terminate(5) == 0
    receiver.process.kill9()
    check_the_citizen_reads_it(built, town, receipt, "ABCD1234")


def test_by_queue_from_complaint_to_answer(rabbit_node: RabbitNode, built: Intake, town: Town, tmp_path: Path) -> None:
    rabbit_node.heal()
    (tmp_path / "data").mkdir()
    city = open_city(rabbit_node, tmp_path / "data")
    receipt, url = complain(built, town), city.add("DISHUB")
    with Witness(city.url("notifier")) as notifier, town.worker(url, tmp_path / "worker.log") as worker:
        body = message(receipt["ticket"], "d-0002-abcd5678")
        for _ in range(2):
            notifier.publish_raw("tanggap.agencies", "DISHUB", body, message_id="d-0002-abcd5678")
        eventually(lambda: town.world.said(CaseAnswered.TYPE), 30, describe=worker.tail)
        eventually(lambda: notifier.depth("agency.DISHUB.v1") == 0, 30, describe=worker.tail)
        assert worker.terminate(5) == 0
    lose_broker(rabbit_node)
    check_the_citizen_reads_it(built, town, receipt, "ABCD5678")


def test_a_worker_that_is_killed_again_and_again_answers_each_case_once(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "cases"
    folder.mkdir()
    numbers = range(1, 13)
    town.world.hear(*(routed(number) for number in numbers), routed(50, identity="confidential"))
    for number in (*numbers, 50):
        identity = "confidential" if number == 50 else "anonymous"
        content = message(ticket(number), f"d-{number:04}", identity=identity)
        (folder / f"d-{number:04}.json").write_bytes(content)

    def answered() -> int:
        return len(town.world.said(CaseAnswered.TYPE))

    for least in (1, 5, 9):
        worker = town.worker(folder, tmp_path / "worker.log").start()
        eventually(_at_least(answered, least), 30, every=0.01, describe=worker.tail)
        worker.kill9()
    with town.worker(folder, tmp_path / "worker.log") as worker:
        eventually(lambda: not list(folder.glob("*.json")), 30, describe=worker.tail)
    assert sorted(event.ticket for event in town.world.said(CaseAnswered.TYPE)) == sorted(map(ticket, numbers))
    assert len(town.world.said(CaseAcknowledged.TYPE)) == len(numbers)
    assert town.world.case(50).state == "forwarded", "confidential cases are worked on at the desk"


def _at_least(count: Callable[[], int], least: int) -> Callable[[], bool]:
    return lambda: count() >= least

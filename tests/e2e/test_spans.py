"""The steps of a complaint's journey as an OpenTelemetry collector gets them; and what happens when none is there."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.eventually import eventually
from tests.support.http_sink import HttpSink
from tests.support.ports import free_port
from tests.support.system import EmbeddedSystem

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TEXT, CONTACT = "Lampu PJU mati di depan rumah bercat ungu", "siti.ungu@warga.example.org"


@dataclass(frozen=True)
class Told:
    service: str
    name: str
    trace: str
    own: str
    parent: str
    facts: frozenset[str]


class Collector:
    def __init__(self, sink: HttpSink) -> None:
        self.sink = sink
        self.url = f"{sink.url}/v1/traces"

    def bodies(self) -> list[bytes]:
        packed = list(self.sink.requests)
        return [
            gzip.decompress(one.body) if one.headers.get("content-encoding") == "gzip" else one.body for one in packed
        ]

    def spans(self) -> list[Told]:
        found: list[Told] = []
        for body in self.bodies():
            for of_service in ExportTraceServiceRequest.FromString(body).resource_spans:
                names = {one.key: one.value.string_value for one in of_service.resource.attributes}
                found += [
                    Told(
                        names["service.name"], span.name, span.trace_id.hex(), span.span_id.hex(),
                        span.parent_span_id.hex(), frozenset(one.key for one in span.attributes),
                    )
                    for scope in of_service.scope_spans
                    for span in scope.spans
                ]  # fmt: skip
        return found

    def of_trace(self) -> list[Told]:
        return [one for one in self.spans() if one.trace == TRACE]


@pytest.fixture
def collector() -> Iterator[Collector]:
    with HttpSink() as sink:
        yield Collector(sink)


def complain(system: EmbeddedSystem) -> str:
    answer = requests.post(
        f"{system.intake_url}/api/v1/complaints",
        json={"text": TEXT, "contact": {"email": CONTACT}, "place": {"kelurahan": "Baros"}},
        headers={"traceparent": f"00-{TRACE}-{CALLER}-01"},
        timeout=20,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket"])


def told(system: EmbeddedSystem) -> bool:
    return bool(system.rows("notifier", "SELECT 1 FROM deliveries WHERE state = 'captured' AND recipient <> 'citizen'"))


def test_a_complaint_is_one_trace_from_the_citizen_to_the_notice(tmp_path: Path, collector: Collector) -> None:
    wanted = {
        "POST /api/v1/complaints",
        "router hears complaint.received.v1",
        "desk hears complaint.routed.v1",
        "notifier hears complaint.routed.v1",
        "notifier sends by email",
    }
    with EmbeddedSystem(tmp_path, TANGGAP_OTLP_URL=collector.url, OTEL_BSP_SCHEDULE_DELAY="200") as system:
        complain(system)
        eventually(
            lambda: wanted <= {one.name for one in collector.of_trace()}, 20,
            describe=lambda: (sorted({one.name for one in collector.spans()}), system.describe()),
        )  # fmt: skip
        spans = collector.of_trace()
        known = {one.own for one in spans} | {CALLER}
        assert {one.service for one in spans} == {"tanggap"}
        assert all(one.parent in known for one in spans), "each step has the step that led to it"
        (first,) = [one for one in spans if one.name == "POST /api/v1/complaints"]
        assert (first.parent, "tanggap.status" in first.facts) == (CALLER, True)
        (sent, *_) = [one for one in spans if one.name == "notifier sends by email"]
        assert {"tanggap.subject", "tanggap.delivery", "tanggap.state", "tanggap.reason"} <= sent.facts
    secrets = (b"ungu", CONTACT.encode())
    assert not [body for body in collector.bodies() if any(secret in body for secret in secrets)]


def test_what_waits_is_sent_when_the_process_ends(tmp_path: Path, collector: Collector) -> None:
    with EmbeddedSystem(tmp_path, TANGGAP_OTLP_URL=collector.url, OTEL_BSP_SCHEDULE_DELAY="600000") as system:
        complain(system)
        assert not collector.spans()
        system.processes["tanggap"].terminate(20)
    assert "POST /api/v1/complaints" in {one.name for one in collector.of_trace()}


def test_a_collector_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/v1/traces"
    with EmbeddedSystem(tmp_path, TANGGAP_OTLP_URL=nowhere, OTEL_BSP_SCHEDULE_DELAY="200") as system:
        complain(system)
        eventually(lambda: told(system), 20, describe=system.describe)
        log = (tmp_path / "log" / "tanggap.log").read_text()
    assert "Traceback" not in log

"""What the bench of the desk asks for pages: `python -m tests.bench.desk_server desk|bare URL`. Prints its address.

`desk` is the whole desk as it is in production: its workers run beside its pages. `bare` is a Flask page on the same
server that reads one row by its key, and makes a line of HTML of it. Either ends when its input does.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from flask import Flask

from services.desk import app
from services.desk.config import DeskSettings
from services.desk.neighbours import reached
from services.desk.sending.alerts import OpenAlerts
from shared.clock import SystemClock
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.logs import silence_logs
from shared.observability.metrics import Metrics
from shared.storage.database import Database
from shared.web.server import WebServer
from tests.bench.desk_actors import cimahi
from tests.bench.desk_seed import AGENCIES
from tests.unit.desk.fake_deliveries import FakeDeliveries
from tests.unit.desk.fake_vitals import FakeVitals

_SECRET = "bench-" + "b" * 40
_ROW = "SELECT ticket, state, agency, received_at FROM cases WHERE complaint_id = %s"


@contextmanager
def desk_app(url: str, data: Path) -> Iterator[tuple[Flask, Callable[[], None]]]:
    """The application, and what starts the desk's workers."""
    clock = SystemClock()
    settings = DeskSettings.from_env({
        "TANGGAP_MODE": "live", "TANGGAP_DATA": str(data), "TANGGAP_CONTENT_KEYS": _SECRET,
        "TANGGAP_SERVICE_TOKEN": _SECRET, "TANGGAP_SESSION_KEY": _SECRET,
    })  # fmt: skip
    notifier = FakeDeliveries(open_=0)
    vitals = {name: FakeVitals(name, clock) for name in ("intake", "router", "notifier")}
    neighbours = replace(
        reached(settings, clock), deliveries=notifier, open_alerts=OpenAlerts(notifier, clock), vitals=vitals
    )  # fmt: skip
    service = app.build(
        settings, database=Database(url), broker=MemoryBroker(TOPOLOGY), clock=clock, metrics=Metrics(),
        pack=cimahi(*AGENCIES), neighbours=neighbours,
    )  # fmt: skip
    yield service.web, service.start
    service.request_stop()
    service.finish_stop()


def bare_app(url: str) -> Flask:
    web = Flask(__name__)
    local, plain = threading.local(), url.replace("postgresql+psycopg://", "postgresql://")

    @web.get("/bare/<complaint_id>")
    def show(complaint_id: str) -> str:
        if not hasattr(local, "connection"):  # one for each thread of the server: no pool could cost less
            local.connection = psycopg.connect(plain, autocommit=True)
        row = local.connection.execute(_ROW, (complaint_id,)).fetchone()
        return "<!doctype html><p>" + " ".join(map(str, row))

    return web


def main() -> None:
    silence_logs()
    kind, url = sys.argv[1:]
    if kind == "bare":
        _serve(bare_app(url))
        return
    with tempfile.TemporaryDirectory() as folder, desk_app(url, Path(folder)) as (web, start):
        start()
        _serve(web)


def _serve(web: Flask) -> None:
    server = WebServer(web, "127.0.0.1", 0)
    server.start()
    print(server.port, flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()

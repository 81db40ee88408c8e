"""`/api/agency/openapi.json` tells the truth: what it allows is accepted, what it forbids refused, no 5xx."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.desk.api.endpoints import ENDPOINTS, PATH, ROOT
from shared.web.server import WebServer
from tests.unit.desk.agency_system import system
from tests.unit.desk.facts import added, routed, ticket
from tests.unit.desk.world import World, open_world

EXAMPLES = 300 if os.environ.get("TANGGAP_PROOF") == "long" else 3

CONFIG = """
hooks = "new_keys"

[parameters]
"path.ticket" = "{ticket}"

# What depends on the directory, on photos sent before, or on a decoder, no schema can say.
[[operations]]
include-name = "POST {path}/cases/{{ticket}}/return"
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422"]
[[operations]]
include-name = "POST {path}/cases/{{ticket}}/answer"
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422"]
[[operations]]
include-name = "POST {path}/cases/{{ticket}}/photos"
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422"]
"""

HOOKS = """
import uuid
import schemathesis

@schemathesis.hook
def before_call(context, case, kwargs):
    # A key belongs to one request; the same one for two of them is refused, as it should be.
    key = (case.headers or {}).get("Idempotency-Key", "")
    if key and key.isascii() and key.isprintable() and key == key.strip() and len(key) <= 200:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
"""


@contextmanager
def time_passes(world: World) -> Iterator[None]:
    """A minute in the twinkling of an eye, so that the limit of a token is never reached."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.1):
            world.clock.advance(60)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    """All its checks: server errors, status codes, schemas, wrong acceptance and wrong refusal, methods, auth."""
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path) as world:
        world.hear(routed(1), routed(2), added(1))
        (tmp_path / "new_keys.py").write_text(HOOKS)
        (tmp_path / "schemathesis.toml").write_text(CONFIG.format(ticket=ticket(1), path=PATH))
        server = WebServer(world.service.web, "127.0.0.1", 0)
        server.start()
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{server.url}{ROOT}/openapi.json",
            "--header", f"Authorization:Bearer {system(world).secret}", "--checks", "all",
            "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color", "--workers", "1",
        ]  # fmt: skip
        try:
            with time_passes(world):
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=900, cwd=tmp_path, check=False
                )  # fmt: skip
        finally:
            server.stop()
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert "generated" in done.stdout


def test_the_document_names_every_route_and_every_error(tmp_path: Path) -> None:
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path) as world:
        web = world.service.web
        described = web.test_client().get(f"{ROOT}/openapi.json").get_json()
        rules = {str(rule.endpoint) for rule in web.url_map.iter_rules() if str(rule).startswith("/api/")}
    assert rules == ENDPOINTS
    assert described["openapi"].startswith("3.1")
    assert described["components"]["securitySchemes"]["agencyToken"]["scheme"] == "bearer"
    operations = [
        (path, method, operation)
        for path, found in described["paths"].items()
        for method, operation in found.items()
        if method in ("get", "post")
    ]
    assert len(operations) == len(ENDPOINTS) - 1
    for path, method, operation in operations:
        assert {"503"} <= set(operation["responses"]), (path, method)
        assert operation["summary"]
        wanted = set() if path.endswith("{digest}") else {"401", "403", "429"}
        assert wanted <= set(operation["responses"]), (path, method)
        assert bool(operation["security"]) == bool(wanted), (path, method)

"""`/openapi.json` tells the truth: what it allows is accepted, what it forbids is refused, and nothing makes a 5xx."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.web.server import WebServer
from tests.unit.intake.building import Intake, intake

EXAMPLES = 1000 if os.environ.get("TANGGAP_PROOF") == "long" else 40


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


def test_schemathesis_finds_nothing(built: Intake, tmp_path: Path) -> None:
    """All its checks: server errors, status codes, schemas, wrong acceptance and wrong refusal, methods, auth."""
    server = WebServer(built.service.web, "127.0.0.1", 0)
    server.start()
    try:
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{server.url}/openapi.json",
            "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color", "--workers", "1",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=tmp_path, check=False)
    finally:
        server.stop()
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "generated" in done.stdout


def test_the_document_is_of_version_3_1_and_names_every_error(built: Intake) -> None:
    described = built.client.get("/openapi.json").get_json()
    assert described["openapi"].startswith("3.1")
    assert described["components"]["securitySchemes"]["partnerKey"]["scheme"] == "bearer"
    asked = 0
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post"):
                asked += 1
                assert set(operation["responses"]) >= {"503"}, (path, method)
                assert operation["summary"]
    assert asked >= 3

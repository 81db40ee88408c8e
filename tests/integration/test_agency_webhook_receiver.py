"""The example web server of an agency, as a real program: what it takes, what it refuses, what is on its disk then."""

import base64
import hashlib
import hmac
import http.client
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.processes import Process
from tests.support.system import ROOT

OLD, NEW = (f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"o", b"n"))
BODY = b'{"specversion": "1.0", "id": "d-1"}'


@dataclass(frozen=True)
class Receiver:
    process: Process
    port: int
    folder: Path

    def post(
        self, message_id: str = "d-1", body: bytes = BODY, *, secrets: tuple[str, ...] = (NEW,), age: int = 0,
        signed: bytes | None = None, **headers: str,
    ) -> int:  # fmt: skip
        """The status. `signed` is the body that was signed, if it is another."""
        at = str(int(time.time()) - age)
        content = f"{message_id}.{at}.".encode() + (body if signed is None else signed)
        signatures = [_signature(secret, content) for secret in secrets]
        given = {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": " ".join(signatures)}
        with requests.Session() as session:
            session.trust_env = False
            url = f"http://127.0.0.1:{self.port}/"
            return session.post(url, data=body, headers={**given, **headers}, timeout=10).status_code

    def kept(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def start(folder: Path, secrets: str) -> Receiver:
    port = free_port()
    process = Process(
        [sys.executable, ROOT / "deploy/examples/webhook_receiver.py", str(port), folder],
        log=folder.with_suffix(".log"), env={"PATH": os.environ["PATH"], "WEBHOOK_SECRETS": secrets},
    )  # fmt: skip
    process.start()
    process.wait_for_output("listening")
    return Receiver(process, port, folder)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    receiver = start(tmp_path / "cases", f"{NEW},{OLD}")
    yield receiver
    receiver.process.kill9()


def test_a_signed_case_is_on_the_disk_when_the_answer_comes(receiver: Receiver) -> None:
    assert receiver.post() == 204
    assert receiver.kept() == {"d-1.json": BODY}
    assert receiver.process.terminate(5) == 0


def test_what_comes_again_is_taken_and_not_kept_twice(receiver: Receiver) -> None:
    assert receiver.post() == 204
    assert receiver.post(body=b"other", signed=b"other") == 204
    assert receiver.kept() == {"d-1.json": BODY}
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: receiver.post("d-2"), range(40))) == {204}
    assert receiver.kept() == {"d-1.json": BODY, "d-2.json": BODY}


def test_both_secrets_are_good_while_one_is_exchanged(receiver: Receiver) -> None:
    assert receiver.post("d-1", secrets=(OLD,)) == 204
    assert receiver.post("d-2", secrets=(NEW, OLD)) == 204
    stranger = f"whsec_{base64.b64encode(b'x' * 32).decode()}"
    assert receiver.post("d-3", secrets=(stranger, OLD)) == 204
    assert receiver.post("d-4", secrets=(stranger,)) == 401


@pytest.mark.parametrize("wrong", ["changed", "old", "early", "no signature", "path", "no id", "nonsense", "no moment"])
def test_what_is_not_ours_is_refused_and_leaves_nothing(receiver: Receiver, wrong: str) -> None:
    status = {
        "changed": lambda: receiver.post(body=b"{}", signed=BODY),
        "old": lambda: receiver.post(age=301),
        "early": lambda: receiver.post(age=-310),
        "no signature": lambda: receiver.post(**{"webhook-signature": ""}),
        "path": lambda: receiver.post("../d-1"),
        "no id": lambda: receiver.post(""),
        "nonsense": lambda: receiver.post(**{"webhook-timestamp": "²"}),
        "no moment": lambda: receiver.post(**{"webhook-timestamp": "9" * 5_000}),
    }[wrong]()
    assert status == 401
    assert receiver.kept() == {}


def test_a_body_without_end_is_not_read(receiver: Receiver) -> None:
    for length in ("99999999", "9" * 5_000, "-1", "one"):
        connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=10)
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", length)
        connection.endheaders()
        assert connection.getresponse().status == 413
        connection.close()


def test_a_full_disk_is_no_answer_that_ends_it(tmp_path: Path) -> None:
    receiver = start(tmp_path / "cases", NEW)
    try:
        receiver.folder.rmdir()  # as good as full
        assert receiver.post() == 503
        receiver.folder.mkdir()
        assert receiver.post() == 204
    finally:
        receiver.process.kill9()


def test_without_a_secret_it_does_not_start(tmp_path: Path) -> None:
    process = Process(
        [sys.executable, ROOT / "deploy/examples/webhook_receiver.py", str(free_port()), tmp_path],
        log=tmp_path / "out.log", env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    process.start()
    eventually(lambda: "WEBHOOK_SECRETS is not set" in process.output(), 10)
    assert process.wait(5) == 1

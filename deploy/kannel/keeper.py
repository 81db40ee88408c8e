#!/usr/bin/env python3
"""Stands between Kannel and Tanggap on the gateway's machine, and keeps each SMS on the disk until Tanggap took it.

Kannel's smsbox holds what it is to try again in memory and counts it as delivered: killed or restarted while Tanggap
is away, it loses those SMS. This program answers Kannel only when the SMS is on the disk. While Tanggap is there the
SMS goes on at once and Tanggap's answer comes back to Kannel; otherwise it is sent later, and the answer then goes out
by Kannel's sendsms. Needs nothing but Python 3.9 and its standard library.

Settings, as environment variables:

    KEEPER_INTAKE    address of Tanggap, for instance https://lapor.example
    KEEPER_FOLDER    folder for the SMS; must exist and outlive a restart of the machine
    KEEPER_PORT      port on 127.0.0.1 that Kannel calls (13014); use it in `get-url`
    KEEPER_SENDSMS   Kannel's sendsms address with its login, for late answers; empty: they are not sent
"""

import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ANSWER_SECONDS = 15
AGAIN_SECONDS = 10
TAKES = "/sms/kannel"


class NotTaken(Exception):
    """Tanggap did not take it: try again later."""


@dataclass(frozen=True)
class Keeper:
    intake: str
    folder: Path
    sendsms: str = ""

    def new_place(self) -> Path:
        return self.folder / f"{time.time_ns():020}-{uuid.uuid4().hex}.sms"

    def keep(self, path: str, place: Path) -> None:
        """When it returns the request is on the disk. Raises `OSError` otherwise."""
        fresh = place.with_suffix(".new")
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump(path, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(place)
        self._sync()

    def pass_on(self, kept: Path) -> str:
        """Tanggap's answer. Raises `NotTaken`: then it is still there."""
        path = json.loads(kept.read_text(encoding="utf-8"))
        answer = get(self.intake + path)
        kept.unlink(missing_ok=True)
        self._sync()
        return answer

    def pass_on_late(self, held: "set[Path]") -> None:
        """Everything that nobody holds at this moment, the oldest first; one that is not taken keeps no other back."""
        for kept in sorted(self.folder.glob("*.sms")):
            if kept in held:
                continue
            try:
                fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(json.loads(kept.read_text())).query))
                answer = self.pass_on(kept).strip()
            except (NotTaken, FileNotFoundError):
                continue
            if answer and self.sendsms:
                self._answer(fields, answer)

    def _answer(self, fields: "dict[str, str]", answer: str) -> None:
        wanted = {"from": fields.get("to", ""), "to": fields.get("from", ""), "text": answer, "charset": "UTF-8"}
        try:
            get(f"{self.sendsms}&{urllib.parse.urlencode(wanted)}")
        except NotTaken:
            tell("an answer was not sent")

    def _sync(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def get(url: str) -> str:
    """Raises `NotTaken` unless it is answered with success."""
    if not url.startswith(("http://", "https://")):
        raise NotTaken("no web address")
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as response:  # noqa: S310 - checked above
            return str(response.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        raise NotTaken(f"answered {error.code}") from error
    except (OSError, ValueError) as error:
        raise NotTaken(type(error).__name__) from error


def handler_of(keeper: Keeper, held: "set[Path]") -> "type[BaseHTTPRequestHandler]":
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if urllib.parse.urlsplit(self.path).path != TAKES:
                self._reply(404, "")
                return
            place = keeper.new_place()
            held.add(place)
            try:
                keeper.keep(self.path, place)
                self._reply(200, keeper.pass_on(place))
            except NotTaken as error:
                tell(f"Tanggap did not take it: {error}")
                self._reply(200, "")
            except OSError as error:
                tell(f"cannot keep it: {error.strerror}")
                self._reply(503, "")  # Kannel tries again
            finally:
                held.discard(place)

        def _reply(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: addresses hold numbers and texts."""

    return Handler


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - never a number or a text


def main() -> int:
    keeper = Keeper(
        os.environ["KEEPER_INTAKE"].rstrip("/"),
        Path(os.environ["KEEPER_FOLDER"]),
        os.environ.get("KEEPER_SENDSMS", ""),
    )
    held: set[Path] = set()
    stopping = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("KEEPER_PORT", "13014"))), handler_of(keeper, held))
    server.daemon_threads = False  # at the end those in hand are answered
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    every = float(os.environ.get("KEEPER_AGAIN_SECONDS", str(AGAIN_SECONDS)))
    while True:
        keeper.pass_on_late(held)
        if stopping.wait(every):
            break
    server.shutdown()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A real Kannel with the product's own configuration, and the telephone network behind it played by a socket.

Only ports, folders, passwords and waits differ from `deploy/kannel/kannel.conf`. Call `require()` first.
"""

import contextlib
import os
import re
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Self
from urllib.parse import quote_from_bytes, unquote_to_bytes

import requests

from tests.support.eventually import eventually
from tests.support.missing import NotInstalled
from tests.support.ports import free_port
from tests.support.processes import Process

ROOT = Path(__file__).parents[2]
_KEEPER = ROOT / "deploy/kannel/keeper.py"
_BEARERBOX, _SMSBOX = Path("/usr/sbin/bearerbox"), Path("/usr/sbin/smsbox")
TOKEN = "a-token-of-the-gateway"


def require() -> None:
    """Raises `NotInstalled`."""
    if not (_BEARERBOX.exists() and _SMSBOX.exists()):
        raise NotInstalled("Kannel is not installed (apt-get install kannel)")


class Kannel:
    """`network` speaks as the phones do. `start` and `stop` may be called again: the spool outlives them."""

    def __init__(self, folder: Path, intake_url: str, *, retry_every_seconds: int = 1) -> None:
        self.folder = folder
        self.spool = folder / "spool"
        self.spool.mkdir(parents=True)
        self.admin_port, self.box_port, self.network_port, self.sendsms_port = (free_port() for _ in range(4))
        self.conf = folder / "kannel.conf"
        self.keeper_port = free_port()
        self.conf.write_text(self._configuration(retry_every_seconds))
        self.bearerbox = self._process(_BEARERBOX)
        self.smsbox = self._process(_SMSBOX)
        self.kept = folder / "kept"
        self.kept.mkdir()
        self.keeper = self._keeper(intake_url, retry_every_seconds)
        self.network = Network(self.network_port)

    @property
    def sendsms_url(self) -> str:
        return f"http://127.0.0.1:{self.sendsms_port}/cgi-bin/sendsms?username=tanggap&password=sendsms-password"

    def start(self) -> Self:
        self.keeper.start()
        self.bearerbox.start()
        eventually(self.status, 10, describe=self.describe)
        self.start_smsbox()
        self.network.connect()
        eventually(lambda: "network" in self.status() and "online" in self.status(), 10, describe=self.describe)
        return self

    def start_smsbox(self) -> None:
        self.smsbox.start()
        eventually(lambda: "smsbox:" in self.status(), 10, describe=self.describe)

    def stop(self) -> None:
        self.network.close()
        for process in (self.smsbox, self.bearerbox, self.keeper):
            if process.alive:
                process.kill9()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def status(self) -> str:
        """Kannel's own page; empty while it does not answer."""
        with contextlib.suppress(requests.RequestException):
            return requests.get(
                f"http://127.0.0.1:{self.admin_port}/status.txt", params={"password": "admin-password"}, timeout=2
            ).text
        return ""

    def waiting(self) -> int:
        """How many SMS the keeper holds."""
        return sum(1 for _ in self.kept.glob("*.sms"))

    def describe(self) -> str:
        return "\n".join(
            (
                self.status(),
                self.bearerbox.tail(15),
                self.smsbox.tail(5),
                self.keeper.tail(15),
                f"SMS out: {self.network.received}",
            )
        )

    def _process(self, program: Path) -> Process:
        log = self.folder / f"{program.name}.out"
        return Process([program, self.conf], log=log, cwd=self.folder, name=program.name)

    def _keeper(self, intake_url: str, retry_every: int) -> Process:
        env = {
            **os.environ,
            "KEEPER_INTAKE": intake_url,
            "KEEPER_FOLDER": str(self.kept),
            "KEEPER_PORT": str(self.keeper_port),
            "KEEPER_SENDSMS": self.sendsms_url,
            "KEEPER_AGAIN_SECONDS": str(retry_every),
        }
        return Process([sys.executable, _KEEPER], log=self.folder / "keeper.out", env=env, name="keeper")

    def _configuration(self, retry_every: int) -> str:
        text = (ROOT / "deploy/kannel/kannel.conf").read_text()
        changes = {
            "admin-port = 13000": f"admin-port = {self.admin_port}",
            "smsbox-port = 13001": f"smsbox-port = {self.box_port}",
            "bearerbox-port = 13001": f"bearerbox-port = {self.box_port}",
            "sendsms-port = 13013": f"sendsms-port = {self.sendsms_port}",
            "port = 10000": f"port = {self.network_port}",
            "/var/log/kannel": str(self.folder),
            "/var/spool/kannel": str(self.spool),
            "CHANGE-ADMIN": "admin-password",
            "CHANGE-SENDSMS": "sendsms-password",
            "CHANGE-SMS-TOKEN": TOKEN,
            "127.0.0.1:13014": f"127.0.0.1:{self.keeper_port}",
            "http-queue-delay = 10": f"http-queue-delay = {retry_every}",
        }
        for old, new in changes.items():
            assert old in text, f"deploy/kannel/kannel.conf lacks {old!r}"
            begins = r"(?<![\w-])" if old[0].isalpha() else ""
            text = re.sub(begins + re.escape(old), new.replace("\\", r"\\"), text)
        return text


class Network:
    """The far side of Kannel's fake SMSC: one client, a line for each SMS."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self.received: list[tuple[str, str]] = []
        """(number, text) of each outgoing SMS, joined parts not put together."""

    def connect(self) -> None:
        eventually(self._try, 10)
        threading.Thread(target=self._read, daemon=True).start()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, sender: str, text: str, *, to: str = "1234") -> None:
        self._line(f"{sender} {to} text {text}".encode())

    def send_ucs2(self, sender: str, text: str, *, to: str = "1234") -> None:
        self._line(f"{sender} {to} ucs2 {quote_from_bytes(text.encode('utf-16-be'), safe='')}".encode())

    def send_part(self, sender: str, header: bytes, text: str, *, to: str = "1234") -> None:
        """A part of a long SMS with its user data header."""
        head = "".join(f"%{byte:02x}" for byte in header)
        self._line(f"{sender} {to} udh-text {head} {text}".encode())

    def texts_to(self, number: str) -> list[str]:
        with self._lock:
            return [text for to, text in self.received if to.lstrip("+") == number.lstrip("+")]

    def wait_for(self, number: str, words: str, deadline_seconds: float = 15) -> str:
        """The first SMS to the number that has the words in it."""
        return eventually(lambda: self._first(number, words), deadline_seconds, describe=lambda: str(self.received))

    def _first(self, number: str, words: str) -> str:
        return next((text for text in self.texts_to(number) if words in text), "")

    def _try(self) -> bool:
        with contextlib.suppress(OSError):
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=2)
            self._socket.settimeout(None)
            return True
        return False

    def _line(self, line: bytes) -> None:
        assert self._socket is not None, "the network is not connected"
        self._socket.sendall(line + b"\n")

    def _read(self) -> None:
        rest, source = b"", self._socket
        while source is not None:
            try:
                data = source.recv(65536)
            except OSError:
                return
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            with self._lock:
                self.received += [message for line in lines if (message := _outgoing(line)) is not None]


def _outgoing(line: bytes) -> tuple[str, str] | None:
    """`FROM TO text WORDS`, `FROM TO ucs-2 ESCAPED`, `FROM TO udh HEADER data ESCAPED`."""
    fields = line.split(b" ", 3)
    if len(fields) < 3:
        return None
    number, kind, rest = fields[1].decode(), fields[2], fields[3] if len(fields) == 4 else b""
    if kind == b"ucs-2":
        return number, unquote_to_bytes(rest).decode("utf-16-be", "replace")
    if kind == b"udh":
        rest = unquote_to_bytes(rest.split(b" ", 2)[-1].replace(b"+", b" "))
    return number, rest.decode("utf-8", "replace")


def settle(seconds: float) -> None:
    """Lets real time pass, where the test is about nothing happening in it."""
    time.sleep(seconds)

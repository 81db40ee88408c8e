"""What real faults are made with: a mail server that refuses, a link to cut, a clock that jumps, a certificate."""

import contextlib
import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.clock import MovableClock


class JumpingClock(MovableClock):
    """Its wall clock can be set without the other one noticing, as an administrator or a wrong time server does."""

    def __init__(self) -> None:
        super().__init__()
        self.jumped = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.jumped


class ImapServer(socketserver.ThreadingTCPServer):
    """Knows one empty folder; refuses every login as long as `refuses`."""

    allow_reuse_address = daemon_threads = True
    refuses = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ImapTalk)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"imap://lapor:secret@127.0.0.1:{self.server_address[1]}/INBOX"


class _ImapTalk(socketserver.StreamRequestHandler):
    server: ImapServer

    def handle(self) -> None:
        self._say("* OK ready")
        for line in self.rfile:
            tag, _, asked = line.decode().strip().partition(" ")
            verb = re.sub(r"^UID ", "", asked.upper()).split(" ")[0]
            if verb == "LOGIN" and self.server.refuses:
                self._say(f"{tag} NO [AUTHENTICATIONFAILED] wrong")
                continue
            for told in _ANSWERS.get(verb, ()):
                self._say(f"* {told}")
            self._say(f"{tag} OK done")

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(f"{line}\r\n".encode())


_ANSWERS = {
    "CAPABILITY": ["CAPABILITY IMAP4rev1"],
    "STATUS": ['STATUS "INBOX" (UIDVALIDITY 1)'],
    "SELECT": ["0 EXISTS", "OK [UIDVALIDITY 1] fine"],
    "SEARCH": ["SEARCH"],
}


class Link:
    """A port that passes everything on to another one, until it is cut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._ends: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.up = True
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.up = False
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def mend(self) -> None:
        self.up = True

    def close(self) -> None:
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                if not self.up:
                    here.close()
                    continue
                there = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def write_certificate(path: Path, ends: datetime) -> None:
    """A self-signed one that began a month before."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lapor.example")])
    made: Any = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(ends - timedelta(days=120)).not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))


@contextlib.contextmanager
def link_to(port: int) -> Iterator[Link]:
    link = Link(port)
    try:
        yield link
    finally:
        link.close()

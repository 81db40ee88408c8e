"""A mail client that costs little: some kept-alive SMTP sessions, each with its next mail when the last was taken."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

from tests.bench.client import Answers


def hand_in_for(port: int, next_mail: Callable[[], bytes], *, sessions: int, for_seconds: float) -> Answers:
    """Statuses and seconds of each mail, from its MAIL FROM to the answer to its end."""
    answers, lock = Answers(), threading.Lock()
    started = time.monotonic()

    def run() -> None:
        with _Session(port) as session:
            while time.monotonic() - started < for_seconds:
                began = time.monotonic()
                status = session.send(next_mail())
                with lock:
                    answers.statuses[status] = answers.statuses.get(status, 0) + 1
                    answers.seconds.append(time.monotonic() - began)

    threads = [threading.Thread(target=run) for _ in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.elapsed_seconds = time.monotonic() - started
    return answers


def hand_in_at(
    port: int, next_mail: Callable[[], bytes], *, per_second: float, for_seconds: float, sessions: int
) -> list[float]:
    """Seconds of each mail, from when it was due: sessions take turns at a fixed rate."""
    total, seconds, lock = int(per_second * for_seconds), [], threading.Lock()
    began, numbers = time.monotonic() + 0.1, iter(range(total))

    def run() -> None:
        with _Session(port) as session:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                due = began + number / per_second
                time.sleep(max(0.0, due - time.monotonic()))
                session.send(next_mail())
                with lock:
                    seconds.append(time.monotonic() - due)

    threads = [threading.Thread(target=run) for _ in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seconds


class _Session:
    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._answer()
        self._say(b"EHLO bench\r\n")

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, mail: bytes) -> int:
        self._say(b"MAIL FROM:<warga@example.org> SIZE=%d\r\n" % len(mail))  # as mail servers do
        self._say(b"RCPT TO:<lapor@cimahi.example>\r\n")
        self._say(b"DATA\r\n")
        return self._say(mail + b"\r\n.\r\n")

    def _say(self, line: bytes) -> int:
        self._socket.sendall(line)
        return self._answer()

    def _answer(self) -> int:
        while True:
            line = self._file.readline()
            if not line:
                raise ConnectionError("the server hung up")
            if line[3:4] != b"-":
                return int(line[:3])

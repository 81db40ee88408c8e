"""What each channel of citizens costs beside the least that would store the same: mails, text messages, and how evenly
they are answered at half of what they can take.
"""

from __future__ import annotations

import itertools
import socket
import statistics
import sys
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlencode

from tests.bench.accepting import complaint, start_bare_view
from tests.bench.client import arrive, load, post
from tests.bench.report import middle, paired_ratio, quantile
from tests.bench.smtp_client import hand_in_at, hand_in_for
from tests.bench.stack import Bench
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.processes import Process
from tests.support.system import ROOT

CONNECTIONS = 8
MOST_TIMES = 10
_numbers = itertools.count(1)


def measure(bench: Bench, *, rounds: int, seconds: float) -> None:
    bench.stop("router", "notifier", "desk")
    with ExitStack() as stack:
        mails = _mails(stack, bench, rounds, seconds)
        texts = _texts(stack, bench, rounds, seconds)
    top = load(bench.system.intake_port, _report, connections=CONNECTIONS, for_seconds=seconds).per_second
    web = _evenness(_waits(bench, _report, top / 2, seconds))
    print(f"channels, {CONNECTIONS} connections, RabbitMQ + PostgreSQL, downstream stopped, rounds of {seconds:.0f} s")
    for line in (*mails, *texts, f"  API at half its top rate         {web}"):
        print(line)
    bench.start_all()
    bench.await_drained()


def _mails(stack: ExitStack, bench: Bench, rounds: int, seconds: float) -> list[str]:
    bare_port, port = _start_bare_smtp(stack, bench), bench.system.smtp_port

    def at(where: int) -> float:
        taken = hand_in_for(where, _mail, sessions=CONNECTIONS, for_seconds=seconds)
        assert set(taken.statuses) == {250}, taken.statuses
        return taken.per_second

    bare, ours = _rounds(rounds, lambda: at(bare_port), lambda: at(port))
    half = statistics.median(ours) / 2
    waits = hand_in_at(port, _mail, per_second=half, for_seconds=2 * seconds, sessions=4 * CONNECTIONS)
    return [
        f"  bare SMTP handler, one INSERT    {middle(bare, '/s')}",
        f"  mails through SMTP intake        {middle(ours, '/s')}",
        f"  ratio                            {paired_ratio(ours, bare, least=0.5)}",
        f"  mails at half their top rate     {_evenness(waits)}",
    ]


def _texts(stack: ExitStack, bench: Bench, rounds: int, seconds: float) -> list[str]:
    bare_port, port = start_bare_view(stack, bench, "bare_texts"), bench.system.intake_port

    def at(where: int, request: Callable[[], bytes]) -> float:
        got = load(where, request, connections=CONNECTIONS, for_seconds=seconds)
        assert set(got.statuses) <= {200, 201}, got.statuses
        return got.per_second

    bare, ours = _rounds(rounds, lambda: at(bare_port, lambda: post("/bare", complaint())), lambda: at(port, _sms))
    waits = _waits(bench, _sms, statistics.median(ours) / 2, seconds)
    return [
        f"  bare view, one INSERT            {middle(bare, '/s')}",
        f"  text messages by the webhook     {middle(ours, '/s')}",
        f"  ratio                            {paired_ratio(ours, bare, least=0.6)}",
        f"  messages at half their top rate  {_evenness(waits)}",
    ]


def _rounds(number: int, bare: Callable[[], float], ours: Callable[[], float]) -> tuple[list[float], list[float]]:
    """The first round only warms."""
    pairs = [(bare(), ours()) for _ in range(number + 1)][1:]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _waits(bench: Bench, request: Callable[[], bytes], rate: float, seconds: float) -> list[float]:
    done = arrive(bench.system.intake_port, request, per_second=rate, for_seconds=2 * seconds)
    assert all(exchange.status in (200, 201) for exchange in done)
    return [exchange.seconds for exchange in done]


def _evenness(waits: list[float]) -> str:
    p50, p99 = quantile(waits, 0.5), quantile(waits, 0.99)
    ratio = p99 / p50
    missed = " (missed)" if ratio > MOST_TIMES else ""
    return (
        f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms (n = {len(waits)}): "
        f"{ratio:.1f} times, wanted {MOST_TIMES} or less{missed}"
    )


def _report() -> bytes:
    return post("/api/v1/complaints", complaint())


def _sms() -> bytes:
    number = next(_numbers)
    query = {"from": f"+62812{number:08}", "to": "1234", "id": f"b{number}", "text": str(complaint()["text"])}
    return f"GET /sms/kannel?{urlencode(query)} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()


def _mail() -> bytes:
    number = next(_numbers)
    return (
        f"From: Warga <warga{number}@example.org>\r\nTo: lapor@cimahi.example\r\nSubject: Lampu jalan padam\r\n"
        f"Message-ID: <b{number}@example.org>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0700\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{complaint()['text']}\r\n\r\nTerima kasih\r\n"
    ).encode()


def _start_bare_smtp(stack: ExitStack, bench: Bench) -> int:
    """Its port; it runs, with a database of its own, until the stack is closed."""
    port, url = free_port(), bench.new_database("bare_mails")
    args = [sys.executable, "-m", "tests.bench.bare_smtp", str(port), url]
    process = Process(args, log=bench.data / "log" / "bare_smtp.log", cwd=ROOT, name="bare smtp")
    stack.enter_context(process)

    eventually(lambda: _listens(port), 15, describe=process.tail)
    return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

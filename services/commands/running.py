"""Running services until a signal says stop."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import click

from services.commands.machine import save_memory
from services.composition import Parts, build_service, open_rabbit, port_of, settings_for
from services.desk.people.demo import demo_logins, password_file
from services.embedded import Embedded, build_embedded
from shared.citypack import load_pack
from shared.observability.logs import Loudness, configure_logs, get_logger
from shared.observability.tracing import tell_steps_to
from shared.service import Service
from shared.web.server import WebServer

log = get_logger("running")
_LOOK_SECONDS = 0.5


def run_embedded(mapping: Mapping[str, str], **router_options: Any) -> int:
    """Everything in one process; prints where to go. Returns the exit code."""
    save_memory()
    loudness = configure_logs(mapping.get("TANGGAP_LOG_LEVEL") or "warning", service="tanggap")
    embedded = build_embedded(mapping, **router_options)
    end_of_steps = _tell_steps(embedded.otlp_url, "tanggap")
    embedded.start()
    _greet(embedded, mapping)
    wait_for_signal(loudness)
    ended = embedded.stop()
    end_of_steps()
    return 0 if ended else 1


def run_process(name: str, mapping: Mapping[str, str], **options: Any) -> int:
    """One service as a process of its own on RabbitMQ. Returns the exit code."""
    save_memory()
    settings = settings_for(name, mapping)
    loudness = configure_logs(settings.common.log_level, service=name)
    common = settings.common
    end_of_steps = _tell_steps(common.otlp_url, name)
    parts = Parts(pack=load_pack(common.pack), broker=open_rabbit(common.broker_url))
    service = build_service(name, settings, parts, **options)
    server = WebServer(service.web, common.host, port_of(name, settings), common.most_wait_seconds)
    service.start()
    server.start()
    log.info("started", process=name, port=server.port)
    signals = wait_for_signal(loudness)
    log.info("stopping", process=name, seconds=settings.common.drain_seconds)
    drain(service, settings.common.drain_seconds, signals)
    server.stop()
    ended = _stop(service, parts.broker.close)
    end_of_steps()
    return 0 if ended else 1


def wait_for_signal(loudness: Loudness) -> SimpleQueue[int]:
    """Returns on SIGTERM or SIGINT, with what will tell of the next one.

    SIGUSR1 has everything logged for half an hour, SIGUSR2 what is usual again.
    """
    # not an event: its handler would wait for the lock of the very wait that it interrupts
    signals: SimpleQueue[int] = SimpleQueue()
    signal.signal(signal.SIGUSR1, lambda *_: loudness.raise_for())
    signal.signal(signal.SIGUSR2, lambda *_: loudness.lower())
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, _: signals.put(number))
    while not _another(signals, 3600):
        pass
    return signals


def drain(service: Service, seconds: float, signals: SimpleQueue[int]) -> None:
    """Everything goes on, but for `/readyz`, which says no: so a balancer takes the process out before it is gone.

    Another signal ends it.
    """
    service.draining = True
    _another(signals, seconds)


def _another(signals: SimpleQueue[int], seconds: float) -> bool:
    """Whether one came within that time. Looked for again and again: one that comes in the moment before a wait begins
    would not end it."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        with suppress(Empty):
            signals.get(timeout=min(left, _LOOK_SECONDS))
            return True
    return False


def _tell_steps(url: str, service: str) -> Callable[[], None]:
    """Has the steps of journeys sent to a collector if there is one; what ends that."""
    if not url:
        return lambda: None
    from shared.observability.spans import SpanExport  # 8 MB that who sends no spans does without

    export = SpanExport(url, service)
    tell_steps_to(export)
    return export.close


def _stop(service: Service, close_broker: Callable[[], None]) -> bool:
    service.request_stop()
    ended = service.finish_stop()
    close_broker()
    return ended


def _greet(embedded: Embedded, mapping: Mapping[str, str]) -> None:
    smtp_port = mapping.get("TANGGAP_SMTP_PORT") or "8025"
    host = mapping.get("TANGGAP_HOST") or "127.0.0.1"
    lines = [
        "",
        f"  Form for citizens   {embedded.intake_url}/",
        f"  Desk for agencies   {embedded.desk_url}/",
        f"  Mail to             {host}:{smtp_port} (SMTP)",
        f"  SMS to              {embedded.intake_url}/sms/kannel?from=&to=&text=",
        f"  Captured notices    {embedded.data / 'captured'}",
    ]
    logins = demo_logins(embedded.services[0].spine.database)
    if logins:
        password = password_file(embedded.data).read_text(encoding="utf-8").strip()
        lines += ["", f"  Demo logins at the desk, password for all: {password}"]
        lines += [f"    {login:<18} {role}" for login, role in logins]
    lines += ["", "  Ctrl-C stops it.", ""]
    click.echo("\n".join(lines))

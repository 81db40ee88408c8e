"""Signs as metrics. What is not known has no sample, rather than an old one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from prometheus_client import Gauge

from shared.observability.metrics import Metrics
from shared.vitals.sign import Sign

_Write = Callable[[Metrics, str, Sign], None]


def show(metrics: Metrics, service: str, signs: Iterable[Sign]) -> None:
    for sign in signs:
        write = _WRITES.get(sign.name)
        if write is not None:
            write(metrics, service, sign)


def _set(gauge: Gauge, labels: tuple[str, ...], value: float | None) -> None:
    if value is None:
        with suppress(KeyError):
            gauge.remove(*labels)
    else:
        gauge.labels(*labels).set(value)


def _of_service(gauge: Callable[[Metrics], Gauge]) -> _Write:
    return lambda metrics, service, sign: _set(gauge(metrics), (service,), sign.value)


def _of_its_own(gauge: Callable[[Metrics], Gauge]) -> _Write:
    """The sign's subject is the label, not the service that tells."""
    return lambda metrics, _, sign: _set(gauge(metrics), (sign.about,), sign.value)


def _disk(metrics: Metrics, service: str, sign: Sign) -> None:
    free = sign.facts.get("free_bytes")
    _set(metrics.disk_free_ratio, (service, sign.about), sign.value)
    _set(metrics.disk_free_bytes, (service, sign.about), None if free is None else float(free))


def _deadlines(metrics: Metrics, _: str, sign: Sign) -> None:
    for state in ("soon", "overdue"):
        number = sign.facts.get(state)
        _set(metrics.deadlines, (state,), None if number is None else float(number))


def _audit(metrics: Metrics, _: str, sign: Sign) -> None:
    if sign.value is not None:
        metrics.audit_unsealed.set(sign.value)


_WRITES: Mapping[str, _Write] = {
    "broker": _of_service(lambda metrics: metrics.broker_up),
    "database": _of_service(lambda metrics: metrics.database_seconds),
    "relay": _of_service(lambda metrics: metrics.outbox_oldest),
    "inbox": _of_service(lambda metrics: metrics.inbox_oldest),
    "dead": _of_service(lambda metrics: metrics.dead_letters),
    "mailbox": _of_service(lambda metrics: metrics.mailbox_up),
    "rules": _of_service(lambda metrics: metrics.rules_rejected),
    "clock": _of_service(lambda metrics: metrics.clock_offset),
    "service": _of_its_own(lambda metrics: metrics.service_up),
    "gateway": _of_its_own(lambda metrics: metrics.channel_up),
    "certificate": _of_its_own(lambda metrics: metrics.certificate_seconds),
    "disk": _disk,
    "deadlines": _deadlines,
    "audit": _audit,
}

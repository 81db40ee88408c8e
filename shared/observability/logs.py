"""JSON logs: a constant event name plus fields, the trace id always bound, contacts masked for every logger.

The masking is a step on the way of our own loggers and of the root handler, through which libraries log, so neither a
library nor a forgetful line can log a contact in clear.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import MutableMapping
from contextlib import suppress
from typing import IO, Any

import structlog

from shared.observability.masking import mask
from shared.observability.tracing import current_trace_id

_WARN_TOO_MUCH = ("pika", "urllib3")  # of what is handled anyway; urllib3 with whole addresses, logins included
_WITHHELD = {"text", "body", "contact", "password", "token", "tracking_code", "envelope"}


def get_logger(name: str) -> Any:
    return structlog.get_logger(name)


def is_loud() -> bool:
    """Whether everything is logged now. Ask before a line about each message: one that is dropped costs 10 us."""
    return logging.root.level <= logging.DEBUG


LOUD_SECONDS = 1800.0
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}


class Loudness:
    """From which level on a process logs: the usual one, or everything for a while. A step of our loggers' way."""

    def __init__(self, usual: str) -> None:
        self._usual = self._lowest = logging.getLevelNamesMapping()[usual.upper()]
        self._quietening: threading.Timer | None = None
        logging.getLogger().setLevel(self._lowest)

    def raise_for(self, seconds: float = LOUD_SECONDS) -> None:
        """Everything, until `lower` or for so long: a disk is not to fill up since somebody went home."""
        self.lower()
        self._set(logging.DEBUG)
        self._quietening = threading.Timer(seconds, self.lower)
        self._quietening.daemon = True
        self._quietening.start()

    def lower(self) -> None:
        if self._quietening is not None:
            self._quietening.cancel()
        self._set(self._usual)

    def __call__(self, _logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if _LEVELS.get(method, logging.ERROR) < self._lowest:
            raise structlog.DropEvent
        return event

    def _set(self, level: int) -> None:
        self._lowest = level
        logging.getLogger().setLevel(level)


def configure_logs(level: str, *, service: str, stream: IO[str] | None = None) -> Loudness:
    """Call once per process, before anything logs. Writes to standard error unless told otherwise."""
    loudness = Loudness(level)
    told: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _bind_trace,
    ]
    written: list[Any] = [
        structlog.processors.format_exc_info,
        _named(service),
        mask_fields,
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
    ]
    structlog.configure(
        processors=[loudness, *told, *written],
        logger_factory=lambda *name: _Lines(stream, *name),
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=told,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    for noisy in ("pika", "amqp", "kombu", "mail.log", "waitress.queue", "alembic", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.ERROR if noisy in _WARN_TOO_MUCH else logging.WARNING)
    return loudness


def silence_logs() -> None:
    """For commands that say in sentences what they find: neither ours nor a library's loggers write."""
    silent = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=silent, logger_factory=lambda *name: _Lines(None, *name))
    for name in ("pika", "sqlalchemy", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


class _Lines:
    """Writes finished lines. One that cannot be written is lost, rather than the work it tells of."""

    def __init__(self, stream: IO[str] | None, name: str = "") -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            stream = self._stream or sys.stderr
            stream.write(f"{line}\n")
            stream.flush()

    debug = info = warning = error = critical = msg


def mask_fields(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: "[withheld]" if key in _WITHHELD and value else _masked(value) for key, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    return value


def _bind_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    trace_id = current_trace_id()
    if trace_id:
        event.setdefault("trace_id", trace_id)
    return event


def _named(service: str) -> Any:
    def add(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event.setdefault("service", service)
        return event

    return add

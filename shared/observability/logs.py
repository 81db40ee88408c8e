"""JSON logs: a constant event name plus fields, the trace id always bound, contacts masked for every logger.

The masking sits in the last processor of the root handler, through which the standard library's loggers go as well,
so no library and no forgetful line can log a contact in clear.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import IO, Any

import structlog

from shared.observability.masking import mask
from shared.observability.tracing import current_trace_id

_WITHHELD = {"text", "body", "contact", "password", "token", "tracking_code", "envelope"}


def get_logger(name: str) -> Any:
    return structlog.stdlib.get_logger(name)


def configure_logs(level: str, *, service: str, stream: IO[str] | None = None) -> None:
    """Call once per process, before anything logs. Writes to standard error unless told otherwise."""
    shared_steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _bind_trace,
    ]
    structlog.configure(
        processors=[*shared_steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared_steps,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _named(service),
            mask_fields,
            structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("pika", "amqp", "kombu", "mail.log", "waitress.queue", "alembic", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.ERROR if noisy == "pika" else logging.WARNING)


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

"""Steps of a complaint's journey as spans of OpenTelemetry, sent to a collector by OTLP over HTTP.

A trace begins with what a citizen sends and ends with the last notice. Spans wait in memory, are sent in batches by a
thread of their own, and are lost when there are too many or the collector is away: they explain, they prove nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Span, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.observability.logs import get_logger
from shared.observability.tracing import Fact

log = get_logger("spans")
_SEND_SECONDS = 5
_LIBRARY = "opentelemetry"


class SpanExport:
    """A listener for `tell_steps_to`. `url` is where the collector takes traces, such as `http://HOST:4318/v1/traces`;
    `service` how this process is called there."""

    def __init__(self, url: str, service: str) -> None:
        logging.getLogger(_LIBRARY).setLevel(logging.CRITICAL)  # a collector that is away is no news each time
        resource = Resource.create({"service.name": service, "service.version": metadata.version("tanggap")})
        limits = SpanLimits(max_span_attributes=32, max_span_attribute_length=200)
        self._provider = TracerProvider(
            resource=resource, sampler=ALWAYS_ON, span_limits=limits, shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(endpoint=url, timeout=_SEND_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("tanggap")
        log.info("spans_are_sent", service=service)

    @contextmanager
    def step(self, name: str, traceparent: str) -> Iterator[_Told]:
        """See `tracing.Listener`."""
        before = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
        with self._tracer.start_as_current_span(
            name, context=before, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield _Told(span)
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))  # its message may quote a text
                raise

    def close(self) -> None:
        """What waits is sent, for some seconds."""
        self._provider.shutdown()


class _Told:
    def __init__(self, span: Span) -> None:
        self._span = span
        context = span.get_span_context()
        ids = trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)
        self.traceparent = f"00-{ids[0]}-{ids[1]}-01"

    def note(self, **facts: Fact) -> None:
        for name, value in facts.items():
            self._span.set_attribute(f"tanggap.{name}", value)

"""The metrics of all services: every name once, with unit and meaning. A process has one registry of its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.3, 1, 2, 5, 15, 60, 300)


class Metrics:
    """Handed down by the composition root; two services in one process share it, the label tells them apart."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = Counter("tanggap_complaints_accepted", "complaints stored", ["channel"], registry=self.registry)
        self.refused = Counter(
            "tanggap_submissions_refused", "submissions refused", ["channel", "code"], registry=self.registry
        )
        self.quarantined = Counter(
            "tanggap_messages_quarantined", "messages set aside for a person", ["channel", "reason"],
            registry=self.registry,
        )  # fmt: skip
        self.published = Counter(
            "tanggap_messages_published",
            "messages handed to the broker",
            ["service", "outcome"],
            registry=self.registry,
        )
        self.handled = Counter(
            "tanggap_messages_handled", "messages by what became of them", ["service", "queue", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self.lag = Histogram(
            "tanggap_message_lag_seconds", "from the event to its effect", ["service", "queue"],
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.backlog = Gauge("tanggap_backlog_rows", "rows that wait", ["service", "kind"], registry=self.registry)
        self._add_deliveries()
        self.decisions = Counter(
            "tanggap_decisions", "routing decisions", ["outcome", "reason"], registry=self.registry
        )
        self.ruleset = Gauge(
            "tanggap_ruleset_in_force", "1 for the rule set by which this process decides", ["ruleset"],
            registry=self.registry,
        )  # fmt: skip
        self.http_seconds = Histogram(
            "tanggap_http_request_seconds", "duration of requests", ["service", "status"],
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip

    def _add_deliveries(self) -> None:
        self.deliveries = Counter(
            "tanggap_deliveries", "deliveries by outcome", ["channel", "outcome"], registry=self.registry
        )
        self.delivery_attempts = Counter(
            "tanggap_delivery_attempts", "calls made to deliver something, by how they ended", ["channel", "reason"],
            registry=self.registry,
        )  # fmt: skip
        self.alerts_open = Gauge(
            "tanggap_alerts_open", "alerts that nobody has seen to, and whose cause goes on", ["kind"],
            registry=self.registry,
        )  # fmt: skip
        self.deliveries_waiting = Gauge(
            "tanggap_deliveries_waiting", "deliveries that are not finished; `any`: the channel is not chosen yet",
            ["channel"], registry=self.registry,
        )  # fmt: skip
        self.destinations_open = Gauge(
            "tanggap_destinations_open",
            "destinations that this process holds back from, since they do not answer",
            registry=self.registry,
        )

    def exposition(self) -> bytes:
        """The plain text format of Prometheus."""
        return generate_latest(self.registry)

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
        self._add_deliveries()
        self._add_vitals()
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
        self.http_waited = Histogram(
            "tanggap_http_wait_seconds", "how long requests waited for a thread", ["service", "lane"],
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.turned_away = Counter(
            "tanggap_http_turned_away", "requests that found too much to do", ["service", "lane"],
            registry=self.registry,
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

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(name, meaning, list(labels), registry=self.registry)

    def _add_vitals(self) -> None:
        """What the vitals worker of each process knows of its surroundings (shared/vitals)."""
        self.broker_up = self._gauge("tanggap_broker_up", "1 when the broker answers this service", "service")
        self.database_seconds = self._gauge(
            "tanggap_database_answer_seconds", "a small read and a small write; 10 when there is no answer", "service"
        )
        self.outbox_oldest = self._gauge(
            "tanggap_outbox_oldest_seconds", "age of the oldest message that is not published", "service"
        )
        self.inbox_oldest = self._gauge(
            "tanggap_inbox_oldest_seconds", "for how long the most overdue message should be handled", "service"
        )
        self.service_up = self._gauge("tanggap_service_up", "1 when a process of this service answers", "service")
        self.mailbox_up = self._gauge("tanggap_mailbox_up", "1 when the mailbox can be read", "service")
        self.channel_up = self._gauge("tanggap_channel_up", "1 when a channel takes messages", "channel")
        self.disk_free_ratio = self._gauge(
            "tanggap_disk_free_ratio", "free share of the disk under a folder", "service", "folder"
        )
        self.disk_free_bytes = self._gauge(
            "tanggap_disk_free_bytes", "free bytes of the disk under a folder", "service", "folder"
        )
        self.dead_letters = self._gauge("tanggap_dead_letters", "messages that a person has to settle", "service")
        self.deadlines = self._gauge(
            "tanggap_deadlines", "open cases: due within a working day (soon), or late (overdue)", "state"
        )
        self.rules_rejected = self._gauge(
            "tanggap_rules_rejected", "1 when the newest rules cannot be used and older ones decide", "service"
        )
        self.clock_offset = self._gauge(
            "tanggap_clock_offset_seconds", "how far this clock is from others, or jumped", "service"
        )
        self.certificate_seconds = self._gauge(
            "tanggap_certificate_seconds_left", "until a certificate ends; below 0 it has", "file"
        )
        self.audit_unsealed = self._gauge(
            "tanggap_audit_unsealed_seconds", "age of what is the oldest in the audit trail without a seal"
        )
        self.build_info = self._gauge("tanggap_build_info", "1 for the version that runs", "service", "version")

    def exposition(self) -> bytes:
        """The plain text format of Prometheus."""
        return generate_latest(self.registry)

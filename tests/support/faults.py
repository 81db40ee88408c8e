"""The faults that an operator is told of: by which sign on the console, which metric and alert, and where to read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`sign` is the name on the console, `metric` the gauge at `/metrics`, `anchor` stands in docs/operations.md."""

    name: str
    sign: str
    metric: str
    alert: str
    anchor: str


FAULTS: tuple[Fault, ...] = (
    Fault("broker down", "broker", "tanggap_broker_up", "TanggapBrokerDown", "broker-down"),
    Fault("database slow", "database", "tanggap_database_answer_seconds", "TanggapDatabaseSlow", "database-slow"),
    Fault("relay stopped", "relay", "tanggap_outbox_oldest_seconds", "TanggapRelayStopped", "relay-stopped"),
    Fault("router stopped", "service", "tanggap_service_up", "TanggapServiceDown", "service-down"),
    Fault("mailbox refused", "mailbox", "tanggap_mailbox_up", "TanggapMailboxRefused", "mailbox-refused"),
    Fault("gateway refused", "gateway", "tanggap_channel_up", "TanggapChannelRefused", "channel-refused"),
    Fault("disk nearly full", "disk", "tanggap_disk_free_ratio", "TanggapDiskNearlyFull", "disk-nearly-full"),
    Fault("dead letter", "dead", "tanggap_dead_letters", "TanggapDeadLetters", "dead-letters"),
    Fault("deadline breaking", "deadlines", "tanggap_deadlines", "TanggapDeadlineBreaking", "deadline-breaking"),
    Fault("rules rejected", "rules", "tanggap_rules_rejected", "TanggapRulesRejected", "rules-rejected"),
    Fault("clock off", "clock", "tanggap_clock_offset_seconds", "TanggapClockOff", "clock-off"),
    Fault(
        "certificate ending", "certificate", "tanggap_certificate_seconds_left", "TanggapCertificateEnding",
        "certificate-ending",
    ),
)  # fmt: skip

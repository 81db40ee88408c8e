"""A notifier that the desk asks in tests: it holds two messages and remembers what was done."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from services.desk.people.person import Person
from services.desk.sending.deliveries import Alert, Away, Happened, Line, Page, Preview, Story, Suppressed, Wanted
from shared.errors import Refused, Transient

AT = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)
SENT_ID, UNCERTAIN_ID, ALERT_ID = (f"0192f0aa-0000-7000-8000-00000000000{end}" for end in "123")
SENT = Line(
    SENT_ID, "CMH-0000-000A", "DISHUB", "case_notice", "webhook", "sent", "accepted", "", 2, AT, AT, AT, ("email",)
)
UNCERTAIN = replace(
    SENT, delivery_id=UNCERTAIN_ID, recipient="citizen", message="case_update.2", channel="sms", state="uncertain",
    reason="no_answer", gave_up=(),
)  # fmt: skip
WORDS = "Jalan rusak, hubungi 0812-3456-7890."
HAPPENED = (
    Happened("attempt", AT, {"channel": "email", "number": 1, "outcome": "failed", "reason": "refused_550",
                             "answer": "550 no such user", "duration_seconds": 0.3}),
    Happened("report", AT, {"channel": "email", "reported": "failed", "reason": "dsn_5_1_1", "effect": "failed_over",
                            "answer": "550 5.1.1"}),
    Happened("act", AT, {"act": "delivery.retry", "actor": "operator", "role": "operator", "reason": "diperbaiki"}),
)  # fmt: skip
ALERT = Alert(ALERT_ID, "way_given_up", "email:DISHUB", 3,
              {"agency": "DISHUB", "channel": "email", "reason": "dsn_5_1_1"}, AT, AT)  # fmt: skip
PREVIEWS = [
    Preview("receipt", "email", "id", "Laporan diterima", "Terima kasih.", "<p style='color:red'>Terima kasih.</p>"),
    Preview("receipt", "sms", "id", "", "Laporan CMH-1 diterima.", "", 1),
    Preview("receipt", "email", "en", "Report received", "Thank you.", "<p>Thank you.</p>"),
    Preview("case_notice", "webhook", "id", "", '{"specversion": "1.0"}', ""),
]


@dataclass
class FakeDeliveries:
    away_: bool = False
    refuses: str = ""
    lines: list[Line] = field(default_factory=lambda: [SENT, UNCERTAIN])
    open_: int = 1
    asked: list[tuple[str, ...]] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)

    def newest(self, wanted: Wanted) -> Page:
        self._fail()
        self.wanted.append(wanted)
        return Page(self.lines, "0192f0aa-0000-7000-8000-0000000000ff" if len(self.lines) > 1 else "")

    def counts(self, days: int) -> dict[tuple[str, str], int]:
        self._fail()
        return {("sent", "email"): 120, ("failed", "email"): 2, ("pending", "sms"): 7}

    def story(self, delivery_id: str) -> Story:
        self._fail()
        for line in self.lines:
            if line.delivery_id == delivery_id:
                return Story(line, HAPPENED, {"text": WORDS}, None, line.state == "uncertain", ("email",))
        raise Refused("there is none", code="no_such_delivery")

    def retry(self, delivery_id: str, person: Person, reason: str, *, sure: bool) -> None:
        self._fail()
        if delivery_id == UNCERTAIN_ID and not sure:
            raise Refused("sent again it may arrive twice", code="may_arrive_twice")
        self.asked.append(("retry", delivery_id, person.login, reason))

    def cancel(self, delivery_id: str, person: Person, reason: str) -> None:
        self._fail()
        self.asked.append(("cancel", delivery_id, person.login, reason))

    def alerts(self) -> list[Alert]:
        self._fail()
        return [ALERT] * self.open_

    def open_alerts(self) -> int:
        self.asked.append(("count",))
        self._fail()
        return self.open_

    def clear_alert(self, alert_id: str, person: Person, reason: str) -> None:
        self._fail()
        self.open_ = 0
        self.asked.append(("clear", alert_id, person.login, reason))

    def suppressed(self) -> list[Suppressed]:
        return [
            Suppressed("email", "DISHUB", "dsn_5_1_1", SENT_ID, AT),
            Suppressed("sms", "9f8e7d6c5b4a39281706", "dlr_2", SENT_ID, AT),
        ]

    def lift(self, channel: str, key: str, person: Person, reason: str) -> None:
        self._fail()
        self.asked.append(("lift", channel, key, person.login, reason))

    def away(self) -> list[Away]:
        return [Away("webhook:DISHUB", AT, 7, "answered_503", AT), Away("sms", AT, 4, "no_answer", AT)]

    def previews(self) -> list[Preview]:
        self._fail()
        return PREVIEWS

    def _fail(self) -> None:
        if self.away_:
            raise Transient("the notifier does not answer", code="service_away")
        if self.refuses:
            raise Refused("said no", code=self.refuses)

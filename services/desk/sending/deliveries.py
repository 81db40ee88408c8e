"""Messages that the notifier sends, and what it wants people to see to, as the desk asks it. They lie there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from services.desk.people.person import Person
from services.desk.wording import read_moment
from shared.errors import Refused, Rejected
from shared.web.internal import InternalClient

MOST_REASON = 500


@dataclass(frozen=True)
class Wanted:
    """Empty: any. `before` is the place in the list where the page before it ended."""

    state: str = ""
    channel: str = ""
    reason: str = ""
    recipient: str = ""
    complaint_id: str = ""
    days: int = 30
    before: str = ""


@dataclass(frozen=True)
class Line:
    """A delivery in a list. `recipient` is `citizen` or an agency's code, never an address."""

    delivery_id: str
    ticket: str
    recipient: str
    message: str
    channel: str
    state: str
    reason: str
    last_problem: str
    attempts: int
    planned_at: datetime | None
    due_at: datetime | None
    finished_at: datetime | None
    gave_up: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    next: str


@dataclass(frozen=True)
class Happened:
    """One thing in a delivery's story: an `attempt`, a `report` or a person's `act`."""

    kind: str
    at: datetime | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    """`data` is what the message is made of, empty when it is no longer kept. `suppressed`: channels that it closed."""

    line: Line
    happened: Sequence[Happened]
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    cleared_at: datetime | None = None
    may_arrive_twice: bool = False
    suppressed: Sequence[str] = ()


@dataclass(frozen=True)
class Alert:
    alert_id: str
    kind: str
    subject: str
    count: int
    details: Mapping[str, Any]
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True)
class Suppressed:
    channel: str
    key: str
    reason: str
    delivery_id: str
    since: datetime | None


@dataclass(frozen=True)
class Away:
    """A destination that is not sent to for now."""

    key: str
    since: datetime | None
    failures: int
    problem: str
    next_probe_at: datetime | None


@dataclass(frozen=True)
class Preview:
    """A message as it would read, with made-up contents."""

    message: str
    channel: str
    language: str
    subject: str
    text: str
    html: str
    segments: int = 0


class Deliveries(Protocol):
    """All raise `Transient` when the notifier cannot be asked now, and `Refused` when it says no."""

    def newest(self, wanted: Wanted) -> Page: ...
    def counts(self, days: int) -> dict[tuple[str, str], int]:
        """By (state, channel)."""
        ...

    def story(self, delivery_id: str) -> Story: ...
    def retry(self, delivery_id: str, person: Person, reason: str, *, sure: bool) -> None: ...
    def cancel(self, delivery_id: str, person: Person, reason: str) -> None: ...
    def alerts(self) -> list[Alert]: ...
    def open_alerts(self) -> int: ...
    def clear_alert(self, alert_id: str, person: Person, reason: str) -> None: ...
    def suppressed(self) -> list[Suppressed]: ...
    def lift(self, channel: str, key: str, person: Person, reason: str) -> None: ...
    def away(self) -> list[Away]: ...
    def previews(self) -> list[Preview]: ...


class NotifierDeliveries:
    def __init__(self, client: InternalClient) -> None:
        self._client = client

    def newest(self, wanted: Wanted) -> Page:
        names = ("state", "channel", "reason", "recipient", "complaint_id", "days", "before")
        query = urlencode({name: getattr(wanted, name) for name in names if getattr(wanted, name)})
        answer = self._ask("GET", f"/deliveries/newest?{query}")
        return Page([_line(row) for row in answer["deliveries"]], str(answer["next"]))

    def counts(self, days: int) -> dict[tuple[str, str], int]:
        rows = self._ask("GET", f"/deliveries/counts?days={days}")["counts"]
        return {(str(row["state"]), str(row["channel"])): int(row["number"]) for row in rows}

    def story(self, delivery_id: str) -> Story:
        answer = self._ask("GET", f"/deliveries/{quote(delivery_id, safe='')}")
        happened = [
            *(Happened("attempt", _at(row, "started_at"), row) for row in answer["attempts_made"]),
            *(Happened("report", _at(row, "heard_at"), row) for row in answer["reports"]),
            *(Happened("act", _at(row, "at"), row) for row in answer["acts"]),
        ]
        return Story(
            line=_line(answer),
            happened=sorted(happened, key=lambda one: (one.at is None, one.at)),
            data=dict(answer["data"]),
            cleared_at=_at(answer, "cleared_at"),
            may_arrive_twice=bool(answer["may_arrive_twice"]),
            suppressed=[str(channel) for channel in answer["suppressed"]],
        )

    def retry(self, delivery_id: str, person: Person, reason: str, *, sure: bool) -> None:
        body = {**_by(person, reason), "sure": sure}
        self._ask("POST", f"/deliveries/{quote(delivery_id, safe='')}/retry", body)

    def cancel(self, delivery_id: str, person: Person, reason: str) -> None:
        self._ask("POST", f"/deliveries/{quote(delivery_id, safe='')}/cancel", _by(person, reason))

    def alerts(self) -> list[Alert]:
        """The newest first."""
        return [
            Alert(
                **{name: str(row[name]) for name in ("alert_id", "kind", "subject")},
                count=int(row["count"]),
                details=dict(row["details"]),
                first_at=_at(row, "first_at"),
                last_at=_at(row, "last_at"),
            )
            for row in self._ask("GET", "/alerts")["alerts"]
        ]

    def open_alerts(self) -> int:
        return int(self._ask("GET", "/alerts/count")["open"])

    def clear_alert(self, alert_id: str, person: Person, reason: str) -> None:
        self._ask("POST", f"/alerts/{quote(alert_id, safe='')}/clear", _by(person, reason))

    def suppressed(self) -> list[Suppressed]:
        """The newest first."""
        names = ("channel", "key", "reason", "delivery_id")
        rows = self._ask("GET", "/suppressions")["suppressions"]
        return [Suppressed(**{name: str(row[name]) for name in names}, since=_at(row, "since")) for row in rows]

    def lift(self, channel: str, key: str, person: Person, reason: str) -> None:
        self._ask("POST", "/suppressions/lift", {**_by(person, reason), "channel": channel, "key": key})

    def away(self) -> list[Away]:
        return [
            Away(
                str(row["key"]), _at(row, "since"), int(row["failures"]), str(row["problem"]), _at(row, "next_probe_at")
            )
            for row in self._ask("GET", "/destinations")["destinations"]
        ]

    def previews(self) -> list[Preview]:
        names = ("message", "channel", "language", "subject", "text", "html")
        rows = self._ask("GET", "/previews")["previews"]
        return [Preview(**{name: str(row[name]) for name in names}, segments=int(row["segments"])) for row in rows]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            return dict(self._client.get(path) if method == "GET" else self._client.post(path, body or {}))
        except Rejected as error:
            raise Refused(error.message, code=error.code, status=409) from error


def _by(person: Person, reason: str) -> dict[str, Any]:
    return {"actor": person.login, "role": person.role, "reason": reason}


def _line(row: Mapping[str, Any]) -> Line:
    texts = ("delivery_id", "ticket", "recipient", "message", "channel", "state", "reason", "last_problem")
    told: dict[str, Any] = {name: str(row[name]) for name in texts}
    return Line(
        **told,
        attempts=int(row["attempts"]),
        planned_at=_at(row, "planned_at"),
        due_at=_at(row, "due_at"),
        finished_at=_at(row, "finished_at"),
        gave_up=[str(channel) for channel in row["gave_up"]],
    )


def _at(row: Mapping[str, Any], name: str) -> datetime | None:
    return read_moment(str(row[name])) if row.get(name) else None

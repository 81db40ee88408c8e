"""What templates are filled in with, by message. Pure.

A field that a message does not need is not made: no template of it could use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from services.notifier.delivery import (
    CASE_ADDITION,
    CASE_UPDATE,
    CITIZEN,
    CONTACT_CODE,
    SATISFACTION,
    Addressee,
    Delivery,
    kind_of_message,
)
from services.notifier.planning.showing import CONFIDENTIAL
from services.notifier.planning.wishes import lines_carried
from shared.city import City
from shared.city_notifications import ANSWERED, Notifications
from shared.wording import Wording

RATING_ANCHOR = "#nilai"
"""Of the question on the tracking page how content the citizen is."""
NOT_SOLVED = "not_solved"


@dataclass(frozen=True)
class Filling:
    """Of one language of a city."""

    city: City
    wording: Wording
    notifications: Notifications
    public_url: str
    desk_url: str

    def fields(self, delivery: Delivery, to: Addressee, channel: str) -> dict[str, Any]:
        message, data = kind_of_message(delivery.message), delivery.data
        fields: dict[str, Any] = {"city": self.city.name, "language": self.wording.language}
        if message == CONTACT_CODE:
            until = datetime.fromisoformat(data["expires_at"])
            return {**fields, "ticket": "", "code": to.tracking_code, "until": self._clock(until)}
        fields |= {"ticket": delivery.ticket, "assignment": delivery.assignment, **self._circumstances(data)}
        if delivery.recipient == CITIZEN:
            return {**fields, **self._to_citizen(message, delivery, to, channel)}
        return {**fields, **self._to_agency(message, delivery)}

    def _to_citizen(self, message: str, delivery: Delivery, to: Addressee, channel: str) -> dict[str, Any]:
        link = citizen_link(self.public_url, delivery.ticket, to.tracking_code)
        data = delivery.data
        if message == CASE_UPDATE:
            lines = lines_carried(delivery, channel, self.notifications)
            news = [{**line, "at": self._moment(line["at"])} for line in lines]
            return {"link": link, "news": news, "answered": any(line["what"] == ANSWERED for line in lines)}
        if message == SATISFACTION:
            return {"link": link + RATING_ANCHOR, "closed_at": self._moment(data["closed_at"])}
        return {
            "link": link,
            "tracking_code": to.tracking_code,
            "emergency_numbers": self._emergency_numbers(),
            "excerpt": data["excerpt"],
            "reporter": " ".join(to.name.split()),
            "asks": data.get("asks", []),
        }

    def _to_agency(self, message: str, delivery: Delivery) -> dict[str, Any]:
        data = delivery.data
        fields = {
            "link": desk_link(self.desk_url, delivery.ticket),
            "agency": data["agency"],
            "withheld": data["identity"] == CONFIDENTIAL,
        }
        if message == CASE_ADDITION:
            added = [self._addition(line) for line in data["lines"]]
            return {
                **fields,
                "additions": added,
                "not_solved": any(line["what"] == NOT_SOLVED for line in data["lines"]),
            }
        noticed_at = data.get("noticed_at")
        return {
            **fields,
            "lead": data.get("lead", ""),
            "text": data["text"],
            "why": data.get("why", []),
            "reason": data.get("coordinator_reason", ""),
            "noticed_at": self._moment(noticed_at) if noticed_at else "",
        }

    def _addition(self, line: Mapping[str, Any]) -> dict[str, Any]:
        by = line["by_channel"]
        at, channels = self._moment(line["added_at"]), self.wording.phrases.channels
        return {**line, "added_at": at, "by_channel": channels.get(by, by)}

    def _circumstances(self, data: Mapping[str, Any]) -> dict[str, Any]:
        phrases, place = self.wording.phrases, data["place"]
        kelurahan = place["kelurahan"]
        return {
            "kind": phrases.kinds.get(data["kind"], data["kind"]),
            "channel": phrases.channels.get(data["channel"], data["channel"]),
            "identity": phrases.identities[data["identity"]],
            "place": phrases.place_text(place["kecamatan"], kelurahan, place["detail"]),
            "area": phrases.place_text(None if kelurahan else place["kecamatan"], kelurahan, None),
            "received_at": self._moment(data["received_at"]),
            "attachments": data["attachments"],
        }

    def _emergency_numbers(self) -> list[dict[str, str]]:
        labels = self.wording.phrases.emergency
        return [
            {"number": one.number, "label": labels.get(one.number, one.label)} for one in self.city.emergency_numbers
        ]

    def _moment(self, at: str) -> str:
        return self.wording.phrases.moment_text(datetime.fromisoformat(at), ZoneInfo(self.city.timezone))

    def _clock(self, at: datetime) -> str:
        return self.wording.phrases.clock_text(at, ZoneInfo(self.city.timezone))


def citizen_link(public_url: str, ticket: str, tracking_code: str) -> str:
    return f"{public_url.rstrip('/')}/complaints/{quote(ticket)}?code={quote(tracking_code)}"


def desk_link(desk_url: str, ticket: str) -> str:
    return f"{desk_url.rstrip('/')}/cases/{quote(ticket)}"

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
    ACCOUNT,
    ARCHIVED,
    AUDIT_HEAD,
    CASE_ADDITION,
    CASE_ESCALATION,
    CASE_NEWS,
    CASE_UPDATE,
    CITIZEN,
    CONTACT_CODE,
    QUESTION,
    QUESTION_REMINDER,
    SATISFACTION,
    SMS,
    WITHDRAWN,
    Addressee,
    Delivery,
    kind_of_message,
)
from services.notifier.planning.showing import CONFIDENTIAL
from services.notifier.planning.wishes import lines_carried
from shared.city import City
from shared.city_notifications import ANSWERED, Notifications
from shared.observability.masking import mask
from shared.wording import Wording

RATING_ANCHOR = "#nilai"
"""Of the question on the tracking page how content the citizen is."""
ANSWER_ANCHOR = "#tambah"
"""Of the box for more on the tracking page."""
NOT_SOLVED = "not_solved"
MOST_CONTACT_SIGNS = 50
"""Of how an agency is reached, in a text message."""


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
        if message == ACCOUNT:  # the link is known while it is sent, and stands where a citizen's code does
            private = {"ticket": "", "name": " ".join(to.name.split()), "link": to.tracking_code}
            return {**fields, **private, "what": data["what"], "until": self._moment(data["expires_at"])}
        if message == AUDIT_HEAD:
            moments = {name: self._moment(data[name]) if data[name] else "" for name in ("at", "since")}
            told = {name: data[name] for name in ("count", "mac", "added", "late", "away")}
            return {**fields, "ticket": "", "link": to.tracking_code, **moments, **told}
        fields |= {"ticket": delivery.ticket, "assignment": delivery.assignment, **self._circumstances(data)}
        if delivery.recipient == CITIZEN:
            return {**fields, **self._to_citizen(message, delivery, to, channel)}
        return {**fields, **self._to_agency(message, delivery)}

    def _to_citizen(self, message: str, delivery: Delivery, to: Addressee, channel: str) -> dict[str, Any]:
        link = citizen_link(self.public_url, delivery.ticket, to.tracking_code)
        data = delivery.data
        if message == CASE_UPDATE:
            return {"link": link, **self._news(delivery, channel)}
        if message == SATISFACTION:
            closed_at, by_itself = self._moment(data["closed_at"]), data.get("by_itself", False)
            return {"link": link + RATING_ANCHOR, "closed_at": closed_at, "by_itself": by_itself}
        if message in (QUESTION, QUESTION_REMINDER):
            return {"link": link if channel == SMS else link + ANSWER_ANCHOR, **self._question(delivery, channel)}
        if message == ARCHIVED:
            words = {name: data[name] for name in ("why", "reason", "agency")}
            contact = _short(data["contact"], channel)
            return {"link": link, **words, "contact": contact, "archived_at": self._moment(data["archived_at"])}
        if message == WITHDRAWN:
            return {"link": link, "withdrawn_at": self._moment(data["withdrawn_at"])}
        return {
            "link": link,
            "split_from": data.get("split_from", ""),
            "tracking_code": to.tracking_code,
            "emergency_numbers": self._emergency_numbers(),
            "excerpt": data["excerpt"],
            "reporter": " ".join(to.name.split()),
            "asks": data.get("asks", []),
        }

    def _news(self, delivery: Delivery, channel: str) -> dict[str, Any]:
        """An answer is the headline whatever else happened; else it is what happened last."""
        lines = lines_carried(delivery, channel, self.notifications)
        optional = {"contact": "", "by_itself": False}
        news = [{**optional, **line, "at": self._moment(line["at"])} for line in lines]
        for line in news:
            line["contact"] = _short(line["contact"], channel)
        answered = any(line["what"] == ANSWERED for line in lines)
        headline = ANSWERED if answered else lines[-1]["what"] if lines else ""
        return {"news": news, "answered": answered, "headline": headline}

    def _question(self, delivery: Delivery, channel: str) -> dict[str, Any]:
        """Of a confidential complaint not by text message: a telephone is often not one person's alone."""
        data = delivery.data
        question: str = data["question"]
        if channel == SMS:
            question = "" if data["identity"] == CONFIDENTIAL else " ".join(mask(question).split())
        asked_at = self._moment(data["asked_at"])
        return {"question": question, "until": self._moment(data["until"]), "asked_at": asked_at}

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
        if message == CASE_NEWS:
            until = data.get("until")
            told = {"what": data["what"], "at": self._moment(data["at"]), "reason": data["reason"]}
            return {**fields, **told, "until": self._moment(until) if until else ""}
        if message == CASE_ESCALATION:
            return {**fields, **self._escalation(data)}
        noticed_at = data.get("noticed_at")
        return {
            **fields,
            "lead": data.get("lead", ""),
            "text": data["text"],
            "why": data.get("why", []),
            "reason": data.get("coordinator_reason", ""),
            "noticed_at": self._moment(noticed_at) if noticed_at else "",
        }

    def _escalation(self, data: Mapping[str, Any]) -> dict[str, Any]:
        phrases, clock, rung = self.wording.phrases, data["clock"], data["rung"]
        return {
            "clock": phrases.clocks.get(clock, clock.replace("_", " ")),
            "due_at": self._moment(data["due_at"]),
            "late": data["late"],
            "step": data["step"],
            "rung": phrases.rungs.get(rung, rung),
            "lead": data["lead"],
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


def _short(contact: str, channel: str) -> str:
    """A number that is cut reaches nobody: a text message has it whole or not."""
    return "" if channel == SMS and len(contact) > MOST_CONTACT_SIGNS else contact


def citizen_link(public_url: str, ticket: str, tracking_code: str) -> str:
    return f"{public_url.rstrip('/')}/complaints/{quote(ticket)}?code={quote(tracking_code)}"


def desk_link(desk_url: str, ticket: str) -> str:
    return f"{desk_url.rstrip('/')}/cases/{quote(ticket)}"

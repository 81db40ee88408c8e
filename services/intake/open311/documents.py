"""The answers of Open311 as plain values: what JSON shows as it is and XML under the standard's element names. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.intake import wording
from services.intake.open311.known_requests import Shown
from services.intake.open311.listing import CLOSED, OPEN
from services.intake.photos.refusals import SENTENCES
from services.intake.repository_published import Published
from shared.city import EmergencyNumber
from shared.city_services import CityService, CityServices, Question
from shared.public_cases import public_place, public_state

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FORMATS = ("application/json", "text/xml")

_CLOSED_STATUSES = frozenset({"closed", "archived", "withdrawn", "lapsed"})


@dataclass(frozen=True)
class Document:
    """`root` is the outermost element of XML."""

    root: str
    value: Any


def services(offered: CityServices) -> Document:
    return Document("services", [_service(service) for service in offered.services])


def definition(service: CityService) -> Document:
    attributes = [_attribute(question, order) for order, question in enumerate(service.questions, start=1)]
    return Document("service_definition", {"service_code": service.code, "attributes": attributes})


def accepted(ticket: str, notice: str, account_id: str) -> Document:
    request = {"service_request_id": ticket, "service_notice": notice, "account_id": account_id or None}
    return Document("service_requests", [request])


def token(ticket: str, asked: str) -> Document:
    return Document("service_requests", [{"service_request_id": ticket, "token": asked}])


def requests(
    found: Sequence[Published | Shown], offered: CityServices, zipcodes: Mapping[str, str] | None = None
) -> Document:  # fmt: skip
    """`zipcodes` are those of the kelurahan, by name."""
    rows = [
        _published(one, offered, zipcodes or {}) if isinstance(one, Published) else _request(one, offered)
        for one in found
    ]
    return Document("service_requests", rows)


def discovery(offered: CityServices, *, url: str, production: bool) -> Document:
    endpoint = {
        "specification": SPECIFICATION,
        "url": url,
        "changeset": offered.changed,
        "type": "production" if production else "test",
        "formats": list(FORMATS),
    }
    return Document(
        "discovery",
        {
            "changeset": offered.changed,
            "contact": offered.contact,
            "key_service": offered.key_service,
            "endpoints": [endpoint],
        },
    )


def errors(status: int, sentences: Sequence[str]) -> Document:
    return Document("errors", [{"code": status, "description": sentence} for sentence in sentences])


def notice(ticket: str, emergency: Sequence[EmergencyNumber], *, photos_refused: Sequence[str] = ()) -> str:
    """What the citizen reads when it was accepted."""
    numbers = "; ".join(f"{one.number} ({one.label})" for one in emergency)
    sentences = [f"Laporan diterima. Simpan nomornya: {ticket}."]
    if photos_refused:
        sentences.append("Tidak semua foto dapat disimpan.")
        sentences += dict.fromkeys(SENTENCES[code] for code in photos_refused)
    if numbers:
        sentences.append(f"Bila ada bahaya, jangan menunggu, telepon: {numbers}.")
    return " ".join(sentences)


def _service(service: CityService) -> Mapping[str, Any]:
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.description,
        "metadata": bool(service.questions),
        "type": "realtime",
        "keywords": ", ".join(service.keywords),
        "group": service.group,
    }


def _attribute(question: Question, order: int) -> Mapping[str, Any]:
    return {
        "variable": True,
        "code": question.code,
        "datatype": question.datatype,
        "required": question.required,
        "datatype_description": question.hint or None,
        "order": order,
        "description": question.description,
        "values": [{"key": choice.key, "name": choice.name} for choice in question.choices],
    }


def _request(shown: Shown, offered: CityServices) -> Mapping[str, Any]:
    service = offered.service(shown.service_code)
    return {
        "service_request_id": shown.ticket,
        "status": CLOSED if shown.status in _CLOSED_STATUSES else OPEN,
        "status_notes": ": ".join(filter(None, wording.status_words(shown.status))),
        "service_code": shown.service_code,
        "service_name": service.name if service else shown.service_code,
        "agency_responsible": shown.agency_name,
        "requested_datetime": _instant(shown.requested_at),
        "updated_datetime": _instant(shown.updated_at),
    }


def _published(one: Published, offered: CityServices, zipcodes: Mapping[str, str]) -> Mapping[str, Any]:
    """What a coordinator wrote for everybody. The standard's names for what is never public stay, empty."""
    service = offered.service(one.service_code)
    state = str(public_state(one.state))
    return {
        "service_request_id": one.number,
        "status": one.status,
        "status_notes": f"{state}: {one.answer}" if one.answer else state,
        "service_code": one.service_code or None,
        "service_name": service.name if service else str(wording.KINDS.get(one.kind, one.kind)),
        "description": one.summary,
        "agency_responsible": one.agency_name or None,
        "service_notice": None,
        "requested_datetime": _instant(one.requested_at),
        "updated_datetime": _instant(one.updated_at),
        "expected_datetime": None,
        "address": public_place(one.kelurahan, one.kecamatan) or None,
        "address_id": None,
        "zipcode": zipcodes.get(one.kelurahan or "") or None,
        "lat": one.latitude,
        "long": one.longitude,
        "media_url": None,
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

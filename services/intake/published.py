"""What intake does with the desk's facts about publishing: it keeps what is public, and takes it away again.

By revision: the facts may come in any order and more than once, and the highest revision holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.intake import repository_published
from services.intake.open311.reporting import SERVICE_REF
from shared.city import CityPack
from shared.contracts.case import CasePublished, CaseUnpublished
from shared.contracts.envelope import Envelope
from shared.messaging.handling import Handler
from shared.public_cases import public_agency, public_status
from shared.public_numbers import public_number
from shared.storage.database import Transaction


@dataclass(frozen=True)
class PublishedFacts:
    pack: CityPack

    def table(self) -> Mapping[str, Handler]:
        return {CasePublished.TYPE: self.keep, CaseUnpublished.TYPE: take_away}

    def keep(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CasePublished = envelope.event
        place = fact.place
        row = {
            "is_public": True,
            "summary": fact.summary,
            "answer": fact.answer,
            "service_code": str(fact.external_refs.get(SERVICE_REF, ""))[:40],
            "kind": fact.kind,
            "state": fact.state,
            "status": public_status(fact.state),
            "agency_name": public_agency(self.pack, fact.agency, place.kelurahan, place.kecamatan)[:250],
            "kecamatan": place.kecamatan,
            "kelurahan": place.kelurahan,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "requested_at": fact.requested_at,
            "updated_at": fact.updated_at,
            "published_at": fact.published_at,
        }
        repository_published.apply(tx, _about(fact) | row)


def take_away(tx: Transaction, envelope: Envelope) -> None:
    fact: CaseUnpublished = envelope.event
    at = fact.unpublished_at
    nothing: dict[str, Any] = dict.fromkeys(("summary", "answer", "service_code", "kind", "state", "agency_name"), "")
    nothing |= dict.fromkeys(("kecamatan", "kelurahan", "latitude", "longitude"))
    times = {"requested_at": at, "updated_at": at, "published_at": at}
    repository_published.apply(tx, _about(fact) | {"is_public": False, "status": ""} | nothing | times)


def _about(fact: CasePublished | CaseUnpublished) -> dict[str, Any]:
    number = public_number(fact.complaint_id)
    return {"complaint_id": fact.complaint_id, "number": number, "revision": fact.revision}

"""How far a complaint is, for its citizen: one step of its timeline, and the status that follows from it.

Applied by revision: the steps may come in any order and more than once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.intake import repository, repository_answers
from shared.city import Agency, CityPack
from shared.contracts.fields import Place
from shared.errors import Rejected
from shared.sentences import Note
from shared.storage.database import Transaction

REFERRED = "referred"
"""The status of a complaint that a body outside the city decides."""


@dataclass(frozen=True)
class Step:
    """`event` is the timeline's word, followed by `.N` where it can happen again."""

    complaint_id: str
    revision: int
    event: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """Who has it now, and what that is called to citizens. `assignment` is said where an agency of the city got it."""

    status: str
    agency: str | None = None
    agency_name: str | None = None
    assignment: int | None = None


def note(tx: Transaction, step: Step, said: Note) -> None:
    """Only the entry of the timeline. Raises `Rejected` when the complaint is not known."""
    if not repository.is_known(tx, step.complaint_id):
        raise Rejected(f"no complaint {step.complaint_id} is known here", code="unknown_complaint")
    entry = {"complaint_id": step.complaint_id, "revision": step.revision, "event": step.event, "note": said}
    repository.add_to_timeline(tx, {**entry, "at": step.at})


def apply(tx: Transaction, step: Step, said: Note, now: Standing) -> None:
    """The entry, and the status unless a newer step has set it. Raises `Rejected` as `note`."""
    note(tx, step, said)
    repository.apply_status(
        tx, step.complaint_id, step.revision, status=now.status, agency=now.agency, agency_name=now.agency_name,
        assignment=now.assignment,
    )  # fmt: skip


def unless_contested(tx: Transaction, step: Step, status: str) -> str:
    """Whoever said meanwhile that it is not solved has it opened again at the desk."""
    contested = repository_answers.is_contested(tx, step.complaint_id, step.at)
    return repository.IN_PROGRESS if contested else status


@dataclass(frozen=True)
class Names:
    """What agencies are called to citizens. Pure."""

    pack: CityPack

    def name(self, code: str, place: Place) -> str:
        """An office that every place has is named with its place."""
        agency = self.pack.agency(code)
        if agency is None:
            return code
        of_place = {"kelurahan": place.kelurahan, "kecamatan": place.kecamatan}.get(agency.places)
        if not of_place or of_place in agency.name:
            return agency.name
        return f"{agency.places.capitalize()} {of_place}"

    def standing(self, code: str, place: Place, assignment: int) -> Standing:
        """Given to that agency: an agency of the city works on it, a body outside decides by itself."""
        name = self.name(code, place)
        if self.is_external(code):
            return Standing(REFERRED, code, name)
        return Standing(repository.ROUTED, code, name, assignment)

    def of(self, status: str, code: str | None, place: Place) -> Standing:
        return Standing(status, code, self.name(code, place) if code else None)

    def is_external(self, code: str | None) -> bool:
        agency: Agency | None = self.pack.agency(code) if code else None
        return agency is not None and agency.kind == "external"

"""What a coordinator does with the cases of all agencies: assign, archive, merge, split, send copies, open again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from services.desk import repository as cases
from services.desk.cases import contents, machine
from services.desk.cases.acting import Act, Scene, Step, has_words, not_in_this_state, reason_problem
from services.desk.cases.agency_acts import takes_part
from services.desk.cases.case import Case, carried_on, place_of
from services.desk.cases.contents import Content
from services.desk.directory import repository as agencies
from services.desk.directory.repository import Entry
from services.desk.people.person import Act as Permission
from services.desk.people.person import Person
from services.desk.tables import case_copies, case_parts
from shared.contracts.case import CaseArchived, CaseAssigned, CaseCopied, CaseMerged, CaseReopened, CaseSplit
from shared.contracts.fields import ARCHIVE_REASONS, Place
from shared.ids import new_id
from shared.sentences import sentence
from shared.storage.upsert import add_new

MOST_PART = 20_000
_MOST_JOINS = 50


@dataclass(frozen=True)
class Assign(Act):
    """`kecamatan` and `kelurahan` are where it is, as the person knows it now."""

    agency: str
    reason: str
    kecamatan: str | None = None
    kelurahan: str | None = None

    name = machine.ASSIGNED
    permission = Permission.ASSIGN

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        entry = agencies.one(scene.tx.connection, self.agency)
        found = {}
        if not machine.may_follow(case.state, self.name):
            return not_in_this_state(case, self.name)
        if entry is None or not entry.valid_at(scene.now):
            found["agency"] = sentence("Pilih instansi dari daftar.")
        elif case.agency == entry.code:
            found["agency"] = sentence("Laporan ini sudah berada di instansi itu. Pilih instansi lain.")
        elif entry.places and not getattr(self, entry.places):
            found["kelurahan"] = sentence("Kantor ini ada di setiap %(level)s. Pilih tempatnya.", level=entry.places)
        missing = sentence("Tulis alasan singkat, agar instansi mengerti mengapa laporan ini diserahkan.")
        return {**found, **reason_problem(self.reason, missing)}

    def step(self, scene: Scene, case: Case) -> Step:
        entry = agencies.one(scene.tx.connection, self.agency)
        data = {
            "agency": self.agency, "before": case.agency, "assignment": case.assignment + 1,
            "external": entry is not None and is_external(entry),
            "kecamatan": self.kecamatan, "kelurahan": self.kelurahan,
        }  # fmt: skip
        return Step(case.assignment + 1, data, self.reason.strip())

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseAssigned:
        place = place_of(after)
        return CaseAssigned(
            **carried_on(after), revision=after.revision,
            place=Place(self.kecamatan, self.kelurahan, place.detail, place.latitude, place.longitude),
            agency=self.agency, assignment=after.assignment, assigned_at=scene.now, reason=step.note,
            role=scene.person.role,
        )  # fmt: skip


@dataclass(frozen=True)
class Archive(Act):
    """It is not worked on; `reason` is read by the citizen (but for spam, of which nobody is told)."""

    why: str
    reason: str

    name = machine.ARCHIVING
    permission = Permission.COORDINATE

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        found = not_in_this_state(case, self.name)
        if self.why not in ARCHIVE_REASONS:
            found["why"] = sentence("Pilih sebab pengarsipan.")
        missing = sentence("Tulis alasan yang dibaca pelapor.")
        return {**found, **reason_problem(self.reason, missing, required=self.why != "spam")}

    def step(self, scene: Scene, case: Case) -> Step:
        number = case.number_of(machine.ARCHIVING) + 1
        return Step(number, {"why": self.why, "agency": case.agency, "number": number}, self.reason.strip())

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseArchived:
        return CaseArchived(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=before.agency,
            number=step.number, why=self.why, reason=step.note, archived_at=scene.now,
        )  # fmt: skip


@dataclass(frozen=True)
class Merge(Act):
    """It is the same matter as the case with the ticket `into`, whose course its sender follows from now on."""

    into: str
    reason: str = ""

    name = machine.MERGED
    permission = Permission.COORDINATE

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        found = not_in_this_state(case, self.name) or reason_problem(self.reason, "", required=False)
        target = self._target(scene)
        if target is None:
            found["into"] = sentence("Laporan dengan nomor itu tidak ada.")
        elif target.complaint_id == case.complaint_id or target.joined_to == case.complaint_id:
            found["into"] = sentence("Laporan tidak dapat digabungkan dengan dirinya sendiri.")
        elif target.state in (machine.ARCHIVED, machine.WITHDRAWN):
            found["into"] = sentence("Laporan itu sudah diarsipkan. Buka lagi dahulu, atau pilih laporan lain.")
        elif case.identity == "confidential" or target.identity == "confidential":
            found["into"] = sentence("Laporan rahasia tidak digabungkan: pelapor lain akan mengetahui isinya.")
        return found

    def step(self, scene: Scene, case: Case) -> Step:
        target = self._target(scene)
        assert target is not None
        data = {"why": "duplicate", "into": target.complaint_id, "into_ticket": target.ticket, "agency": case.agency}
        return Step(case.number_of(machine.MERGED) + 1, data, self.reason.strip())

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseMerged:
        assert after.joined_to is not None
        assert after.joined_ticket is not None
        return CaseMerged(
            **carried_on(after), revision=after.revision, place=place_of(after), into=after.joined_to,
            into_ticket=after.joined_ticket, reason=step.note, merged_at=scene.now,
        )  # fmt: skip

    def _target(self, scene: Scene) -> Case | None:
        """The case that is meant, or the one that it was itself merged into, to the end."""
        found = cases.by_ticket(scene.tx.connection, self.into)
        for _ in range(_MOST_JOINS):
            if found is None or found.joined_ticket is None:
                return found
            found = cases.by_ticket(scene.tx.connection, found.joined_ticket)
        return None


@dataclass(frozen=True)
class Split(Act):
    """One more matter becomes a complaint of its own; `agency` empty: the rules decide who is in charge of it."""

    part: str
    agency: str = ""

    name = machine.SPLIT
    permission = Permission.COORDINATE
    words_field = "part"

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        found = not_in_this_state(case, self.name)
        if not has_words(self.part):
            found["part"] = sentence("Tulis bagian yang menjadi laporan tersendiri.")
        elif len(self.part) > MOST_PART:
            found["part"] = sentence("Bagian paling panjang %(most)s huruf.", most=MOST_PART)
        entry = agencies.one(scene.tx.connection, self.agency) if self.agency else None
        if self.agency and (entry is None or not entry.valid_at(scene.now)):
            found["agency"] = sentence("Pilih instansi dari daftar.")
        return found

    def step(self, scene: Scene, case: Case) -> Step:
        number = case.number_of(machine.SPLIT) + 1
        part_id = new_id()
        row = {
            "part_id": part_id, "complaint_id": case.complaint_id, "number": number, "agency": self.agency or None,
            "child": None, "child_ticket": None, "split_by": scene.person.login, "split_at": scene.now,
        }  # fmt: skip
        scene.tx.execute(case_parts.insert(), row)
        content = Content(
            case.complaint_id, f"{contents.PART}:{number}", contents.PART, self.part.strip(), scene.now, number,
            about={"by": scene.person.login, "part_id": part_id},
        )  # fmt: skip
        data = {"number": number, "part_id": part_id, "agency": self.agency or None}
        return Step(number, data, contents=(content,))

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseSplit:
        return CaseSplit(
            **carried_on(after), revision=after.revision, place=place_of(after), part_id=step.data["part_id"],
            number=step.number, part=self.part.strip(), agency=self.agency or None, split_at=scene.now,
        )  # fmt: skip


@dataclass(frozen=True)
class Copy(Act):
    """Another agency of the city is to see the case; it does not own it."""

    agency: str
    reason: str

    name = machine.COPIED
    permission = Permission.COORDINATE
    moves = False

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        found = not_in_this_state(case, self.name)
        entry = agencies.one(scene.tx.connection, self.agency)
        if entry is None or not entry.valid_at(scene.now):
            found["copy"] = sentence("Pilih instansi dari daftar.")
        elif self.agency == case.agency or self.agency in cases.copies_of(scene.tx.connection, case.complaint_id):
            found["copy"] = sentence("Instansi itu sudah melihat laporan ini.")
        elif case.identity == "confidential":
            found["copy"] = sentence("Laporan rahasia tidak dikirim sebagai tembusan.")
        return {**found, **reason_problem(self.reason, sentence("Tulis mengapa instansi itu perlu mengetahuinya."))}

    def step(self, scene: Scene, case: Case) -> Step:
        row = {
            "complaint_id": case.complaint_id, "agency": self.agency, "reason": self.reason.strip(), "at": scene.now,
        }  # fmt: skip
        add_new(scene.tx, case_copies, [row])
        return Step(case.number_of(machine.COPIED) + 1, {"agency": self.agency}, self.reason.strip())

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseCopied:
        return CaseCopied(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=self.agency,
            in_charge=after.agency, reason=step.note, copied_at=scene.now,
        )  # fmt: skip


@dataclass(frozen=True)
class Reopen(Act):
    """What was settled goes on: with the agency that has it, or, if none has, in front of a coordinator."""

    reason: str

    name = machine.REOPENED
    permission = Permission.COORDINATE
    words_field = "reason"

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        missing = sentence("Tulis mengapa laporan ini dibuka lagi.")
        return not_in_this_state(case, self.name) or reason_problem(self.reason, missing)

    def step(self, scene: Scene, case: Case) -> Step:
        number = case.number_of(machine.REOPENED) + 1
        entry = agencies.one(scene.tx.connection, case.agency) if case.agency else None
        data = {"before": case.state, "state": reopened_state(case, entry), "number": number, "agency": case.agency}
        return Step(number, data, self.reason.strip())

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseReopened:
        return reopened_fact(after, step.number, step.note, scene.person.role, scene.now)


@dataclass(frozen=True)
class Refer(Act):
    """Another system's number of this case, for instance of the national one; empty takes it away."""

    system: str
    number: str

    name = machine.REFERENCED
    permission = Permission.ASSIGN
    moves = False

    def may_be_done_by(self, connection: Connection, person: Person, case: Case) -> bool:
        return takes_part(person, case)

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        if len(self.number) > 40 or not all(sign.isalnum() or sign in "-/.#" for sign in self.number):
            return {"reference": sentence("Nomor paling panjang 40 huruf dan angka.")}
        return {}

    def is_done(self, scene: Scene, case: Case) -> bool:
        return case.external_refs.get(self.system, "") == self.number

    def step(self, scene: Scene, case: Case) -> Step:
        data = {"system": self.system, "number": self.number, "was": case.external_refs.get(self.system, "")}
        return Step(case.number_of(machine.REFERENCED) + 1, data)


def is_external(entry: Entry) -> bool:
    return entry.kind == "external"


def reopened_state(case: Case, entry: Entry | None) -> str:
    """Where an opened case goes on; a body outside, and whoever archived it, does not work on it."""
    at_work = case.state in (machine.ANSWERED, machine.CLOSED) and entry is not None and not is_external(entry)
    return machine.IN_PROGRESS if at_work else machine.TRIAGE


def reopened_fact(case: Case, number: int, reason: str, role: str, at: datetime) -> CaseReopened:
    return CaseReopened(
        **carried_on(case), revision=case.revision, place=place_of(case), agency=case.agency,
        assignment=case.assignment, number=number, reason=reason, role=role, reopened_at=at,
    )  # fmt: skip

"""What the agency in charge does with a case: it takes note, answers, closes, asks the citizen, gives it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from services.desk import repository as cases
from services.desk.cases import contents, machine
from services.desk.cases.acting import (
    Act,
    Scene,
    Step,
    TakeNote,
    allowed,
    enter,
    has_words,
    not_in_this_state,
    reason_problem,
)
from services.desk.cases.case import Case, carried_on, place_of
from services.desk.cases.contents import Content
from services.desk.cases.register import Register
from services.desk.directory import repository as agencies
from services.desk.people.person import Act as Permission
from services.desk.people.person import Person
from shared.contracts.case import CaseAnswered, CaseAsked, CaseClosed, CaseResumed, CaseReturned
from shared.contracts.fields import AttachmentFields
from shared.observability.masking import mask
from shared.sentences import sentence

MOST_ANSWER = 20_000
MOST_QUESTION = 2_000
MOST_NOTE = 10_000


def acknowledge(register: Register, person: Person, case: Case) -> Case:
    """The case as it is after this person has opened it: the first of the agency in charge takes note of it.

    Once for each assignment, and never for those who only look on.
    """
    act = TakeNote()
    if case.state != machine.FORWARDED or not _in_charge(person, case):
        return case
    with register.spine.database.write() as tx:
        now = cases.lock(tx, case.complaint_id)
        if now is None or now.state != machine.FORWARDED or not _in_charge(person, now):
            return case if now is None else now
        return enter(Scene(tx, register, person, register.spine.clock.now()), now, act)


class Work(Act):
    """What the agency in charge does; as long as none of the city's is, a coordinator does it."""

    permission = Permission.WORK

    def may_be_done_by(self, connection: Connection, person: Person, case: Case) -> bool:
        if allowed(person, Permission.WORK, case):
            return True
        return allowed(person, Permission.COORDINATE, case) and not _is_with_the_city(connection, case)


@dataclass(frozen=True)
class Answer(Work):
    """`close`: the answer settles the case. `photos` are files of the answer that lie in intake already."""

    text: str
    close: bool = False
    photos: tuple[AttachmentFields, ...] = ()

    name = machine.ANSWER
    takes_note = True
    words_field = "answer"

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        if not machine.may_follow(case.state, self.name):
            return {"answer": _not_now(case)}
        if not has_words(self.text):
            return {"answer": sentence("Tulis jawaban untuk pelapor.")}
        if len(self.words) > MOST_ANSWER:
            return {"answer": sentence("Jawaban paling panjang %(most)s huruf.", most=MOST_ANSWER)}
        return {}

    @property
    def words(self) -> str:
        return self.text.replace("\r\n", "\n").strip()

    def is_done(self, scene: Scene, case: Case) -> bool:
        """Sent from a page that was opened again."""
        if case.state != machine.ANSWERED or self.photos:
            return False
        ref = f"{contents.ANSWER}:{case.number_of(machine.ANSWER)}"
        last = contents.one(scene.tx.connection, case.complaint_id, ref)
        return last is not None and last.text == self.words

    def step(self, scene: Scene, case: Case) -> Step:
        number = case.number_of(machine.ANSWER) + 1
        content = Content(
            case.complaint_id, f"{contents.ANSWER}:{number}", contents.ANSWER, self.words, scene.now, number,
            photos=list(self.photos), about={"by": scene.person.login},
        )  # fmt: skip
        return Step(number, {"agency": case.agency, "number": number, "close": self.close}, contents=(content,))

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseAnswered:
        assert after.agency is not None
        return CaseAnswered(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=after.agency,
            assignment=after.assignment, number=step.number, answer=self.words, photos=list(self.photos),
            answered_at=scene.now,
        )  # fmt: skip

    @property
    def then(self) -> Act | None:
        return Close() if self.close else None


@dataclass(frozen=True)
class Close(Work):
    """Without an answer the citizen is owed a reason."""

    reason: str = ""

    name = machine.CLOSING
    takes_note = True

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        if not machine.may_follow(case.state, self.name):
            return {"closing": _not_now(case)}
        missing = sentence("Pelapor belum mendapat jawaban. Tulis alasan penutupan, atau jawab dulu.")
        found = reason_problem(self.reason, missing, required=not case.number_of(machine.ANSWER))
        return {"closing": found["reason"]} if found else {}

    def step(self, scene: Scene, case: Case) -> Step:
        number = case.number_of(machine.CLOSING) + 1
        return Step(number, {"agency": case.agency, "number": number}, " ".join(self.reason.split()))

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseClosed:
        return CaseClosed(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=after.agency,
            assignment=after.assignment, number=step.number, reason=step.note, closed_at=scene.now,
            role=scene.person.role,
        )  # fmt: skip


@dataclass(frozen=True)
class Ask(Work):
    """The citizen is asked for more; meanwhile the city's clock stands. `until` is when it counts as withdrawn."""

    question: str
    until: datetime

    name = machine.ASKED
    takes_note = True
    words_field = "question"

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        if not machine.may_follow(case.state, self.name):
            return {"question": _not_now(case)}
        if case.contact_ref is None and case.channel not in ("web", "api", "open311"):
            return {"question": sentence("Pelapor tidak meninggalkan kontak, sehingga tidak dapat ditanya.")}
        if not has_words(self.question):
            return {"question": sentence("Tulis pertanyaan untuk pelapor.")}
        if len(self.question) > MOST_QUESTION:
            return {"question": sentence("Pertanyaan paling panjang %(most)s huruf.", most=MOST_QUESTION)}
        return {}

    def step(self, scene: Scene, case: Case) -> Step:
        number = case.number_of(machine.ASKED) + 1
        content = Content(
            case.complaint_id, f"{contents.QUESTION}:{number}", contents.QUESTION, self.question.strip(), scene.now,
            number, about={"by": scene.person.login},
        )  # fmt: skip
        data = {"agency": case.agency, "number": number, "until": self.until.isoformat()}
        return Step(number, data, contents=(content,))

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseAsked:
        return CaseAsked(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=after.agency,
            number=step.number, question=self.question.strip(), asked_at=scene.now, until=self.until,
        )  # fmt: skip


@dataclass(frozen=True)
class Resume(Work):
    """To go on without what the citizen was asked for."""

    reason: str

    name = machine.RESUMED

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        missing = sentence("Tulis mengapa laporan dapat dilanjutkan tanpa jawaban pelapor.")
        return not_in_this_state(case, self.name) or reason_problem(self.reason, missing)

    def step(self, scene: Scene, case: Case) -> Step:
        number = case.number_of(machine.RESUMED) + 1
        return Step(number, {"agency": case.agency, "state": case.resume}, self.reason.strip())

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseResumed:
        return CaseResumed(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=after.agency,
            number=step.number, state=after.state, resumed_at=scene.now,
        )  # fmt: skip


@dataclass(frozen=True)
class GiveBack(Act):
    """The agency is not in charge; a coordinator decides anew. `suggested` is whom it names instead, if anybody."""

    reason: str
    suggested: str = ""

    name = machine.RETURNED
    permission = Permission.WORK
    takes_note = True

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        missing = sentence("Tulis mengapa laporan ini bukan wewenang instansi Anda.")
        found = not_in_this_state(case, self.name) or reason_problem(self.reason, missing)
        if self.suggested:
            entry = agencies.one(scene.tx.connection, self.suggested)
            if entry is None or not entry.valid_at(scene.now) or self.suggested == case.agency:
                found = {**found, "suggested": sentence("Pilih instansi lain dari daftar.")}
        return found

    def step(self, scene: Scene, case: Case) -> Step:
        data = {"agency": case.agency, "assignment": case.assignment, "suggested": self.suggested or None}
        return Step(case.number_of(machine.RETURNED) + 1, data, self.reason.strip())

    def fact(self, scene: Scene, before: Case, after: Case, step: Step) -> CaseReturned:
        assert before.agency is not None
        return CaseReturned(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=before.agency,
            assignment=before.assignment, reason=step.note, suggested=self.suggested or None, returned_at=scene.now,
        )  # fmt: skip


@dataclass(frozen=True)
class Note(Act):
    """A note among colleagues; the citizen never sees it."""

    text: str

    name = machine.NOTED
    permission = Permission.WORK
    moves = False
    words_field = "note"

    def may_be_done_by(self, connection: Connection, person: Person, case: Case) -> bool:
        return takes_part(person, case)

    def problems(self, scene: Scene, case: Case) -> dict[str, str]:
        if not has_words(self.text):
            return {"note": sentence("Catatannya kosong.")}
        if len(self.text) > MOST_NOTE:
            return {"note": sentence("Catatan paling panjang %(most)s huruf.", most=MOST_NOTE)}
        return {}

    def step(self, scene: Scene, case: Case) -> Step:
        number = case.number_of(machine.NOTED) + 1
        content = Content(
            case.complaint_id, f"{contents.NOTE}:{number}", contents.NOTE, self.text.strip(), scene.now, number,
            about={"by": scene.person.login, "name": scene.person.name, "agency": scene.person.agency},
        )  # fmt: skip
        return Step(number, {"number": number}, contents=(replace(content, masked=mask(content.text)),))


def takes_part(person: Person, case: Case) -> bool:
    """The agency in charge and whoever assigns; those who only look on read, and write nothing."""
    return allowed(person, Permission.WORK, case) or allowed(person, Permission.ASSIGN, case)


def _is_with_the_city(connection: Connection, case: Case) -> bool:
    if (case.resume or case.state) in (machine.TRIAGE, machine.REFERRED):
        return False
    entry = agencies.one(connection, case.agency) if case.agency else None
    return entry is None or entry.kind != "external"


def _in_charge(person: Person, case: Case) -> bool:
    return allowed(person, Permission.WORK, case) and person.agency == case.agency


def _not_now(case: Case) -> str:
    return next(iter(not_in_this_state(case, "").values()))

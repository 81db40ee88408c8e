"""What happens to a case without a person at the desk: the citizen speaks, a clock runs out, the rules think again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from services.desk import repository as cases
from services.desk.cases import machine, timeline
from services.desk.cases.acting import Scene, enter
from services.desk.cases.case import NOBODY, Case, Happening, carried_on, place_of
from services.desk.cases.coordinator_acts import Assign, is_external, reopened_fact, reopened_state
from services.desk.cases.register import Register, Standing
from services.desk.directory import repository as agencies
from services.desk.people.person import Person
from services.desk.tables import case_parts
from shared.contracts.case import BY_RULES, CaseClosed, CaseEscalated, CaseResumed, CaseWithdrawn
from shared.contracts.complaint import ComplaintReassessed
from shared.sentences import sentence
from shared.storage.database import Transaction

REASSESSED = "reassessed"
CITIZEN, SYSTEM = "citizen", "system"
RULES = Person(login="router", name="Aturan", role=BY_RULES)
REASON = sentence("Aturan menilai ulang setelah ada keterangan tambahan dari pelapor.")


@dataclass(frozen=True)
class ByItself:
    register: Register

    def reopen(self, tx: Transaction, complaint_id: str, addition_id: str, said_at: datetime) -> None:
        """The citizen says that it is not solved: it goes on, once for each time that is said.

        What was said before the last answer, closing or archiving is no comment on it. The case may be unknown.
        """
        case = cases.lock(tx, complaint_id)
        if case is None or not machine.may_follow(case.state, machine.REOPENED):
            return
        key = f"{machine.REOPENED}:{addition_id}"
        ended = timeline.last_of_acts(tx.connection, complaint_id, _ENDINGS)
        if (ended is not None and said_at <= ended.at) or timeline.is_known(tx.connection, complaint_id, key):
            return
        entry = agencies.one(tx.connection, case.agency) if case.agency else None
        number = case.number_of(machine.REOPENED) + 1
        data = {"before": case.state, "state": reopened_state(case, entry), "number": number, "agency": case.agency}
        after = self._enter(tx, case, machine.REOPENED, key, said_at, data, role=CITIZEN)
        self._say(tx, reopened_fact(after, number, "", CITIZEN, said_at))

    def resume(self, tx: Transaction, complaint_id: str, addition_id: str, said_at: datetime) -> None:
        """The citizen answered what was asked; whatever else he or she adds while we wait counts as the answer, too."""
        case = cases.lock(tx, complaint_id)
        if case is None or case.state != machine.WAITING:
            return
        key = f"{machine.RESUMED}:{addition_id}"
        asked = timeline.last_of_act(tx.connection, complaint_id, machine.ASKED)
        if (asked is not None and said_at < asked.at) or timeline.is_known(tx.connection, complaint_id, key):
            return
        number = case.number_of(machine.RESUMED) + 1
        data = {"agency": case.agency, "state": case.resume}
        after = self._enter(tx, case, machine.RESUMED, key, said_at, data, role=CITIZEN)
        self._say(tx, CaseResumed(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=after.agency, number=number,
            state=after.state, resumed_at=said_at,
        ))  # fmt: skip

    def lapse(self, tx: Transaction, complaint_id: str, at: datetime) -> None:
        """What intake had asked for with its receipt did not come. An agency that has it already goes on with it."""
        case = cases.lock(tx, complaint_id)
        if case is not None and case.state == machine.TRIAGE and not case.decided:
            self._withdraw(tx, case, at)

    def withdraw(self, tx: Transaction, complaint_id: str) -> None:
        """What the desk had asked for did not come in time."""
        case = cases.lock(tx, complaint_id)
        if case is not None and case.state == machine.WAITING:
            self._withdraw(tx, case, self._now())

    def close(self, tx: Transaction, complaint_id: str) -> None:
        """Nobody replied to the answer in time."""
        case = cases.lock(tx, complaint_id)
        if case is None or case.state != machine.ANSWERED:
            return
        number, at = case.number_of(machine.CLOSING) + 1, self._now()
        data = {"agency": case.agency, "number": number}
        after = self._enter(tx, case, machine.CLOSING, f"{machine.CLOSING}:{number}", at, data)
        self._say(tx, CaseClosed(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=after.agency,
            assignment=after.assignment, number=number, reason="", closed_at=at, role=SYSTEM,
        ))  # fmt: skip

    def escalate(self, tx: Transaction, complaint_id: str, rung: Mapping[str, Any], standing: Standing) -> None:
        """The next rung of the ladder is told. `rung`: clock, number, step, rung, tell, due_at (an aware instant).

        `tell` None: the agency in charge, if there is one.
        """
        case = cases.lock(tx, complaint_id)
        if case is None or case.state in machine.SETTLED:
            return
        key = f"{machine.ESCALATED}:{rung['clock']}:{rung['number']}:{rung['step']}"
        if timeline.is_known(tx.connection, complaint_id, key):
            return
        tell, at = rung["tell"] or case.agency, self._now()
        data = {**rung, "due_at": rung["due_at"].isoformat(), "tell": tell, "agency": case.agency}
        after = self._enter(tx, case, machine.ESCALATED, key, at, data, moves=False, standing=standing)
        self._say(tx, CaseEscalated(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=after.agency,
            assignment=after.assignment, clock=rung["clock"], due_at=rung["due_at"], step=rung["step"],
            rung=rung["rung"], tell=tell, escalated_at=at,
        ))  # fmt: skip

    def recount(self, tx: Transaction, complaint_id: str, moved: Mapping[str, Any], standing: Standing) -> None:
        """A deadline was counted anew, since the calendar changed. `moved`: clock, number, was, now, calendar."""
        case = cases.lock(tx, complaint_id)
        if case is None:
            return
        key = f"{machine.RECOUNTED}:{moved['clock']}:{moved['number']}:{case.steps + 1}"
        self._enter(tx, case, machine.RECOUNTED, key, self._now(), moved, moves=False, standing=standing)

    def reassess(self, tx: Transaction, event: ComplaintReassessed) -> None:
        """The rules' second thought helps whoever decides; where nobody has yet, it decides."""
        decision = event.decision
        data = {
            "agency": event.agency,
            "thought": decision.get("agency"),
            "outcome": decision.get("outcome"),
            "reason": decision.get("reason"),
            "ruleset": decision.get("ruleset"),
            "rules": list(dict.fromkeys(str(reason["rule"]) for reason in decision.get("reasons", ())))[:5],
            "addition": event.addition_id,
        }
        key = f"{REASSESSED}:{event.addition_id}"
        line = Happening(event.complaint_id, key, event.reassessed_at, "router", "router", REASSESSED, "", data)
        timeline.add(tx, line)
        self._take_the_rules_at_their_word(tx, event.complaint_id, event.agency)

    def remember_reassessed(self, tx: Transaction, complaint_id: str) -> None:
        """For a case that opens in triage after the rules had already been asked again."""
        tx.flush()
        last = timeline.last_of_act(tx.connection, complaint_id, REASSESSED)
        if last is not None:
            self._take_the_rules_at_their_word(tx, complaint_id, last.data.get("agency"))

    def adopt(self, tx: Transaction, case: Case) -> None:
        """A part that was split from another complaint has come: it goes where the coordinator wanted it."""
        part_id = case.external_refs.get("split_part", "")
        part = tx.execute(select(*case_parts.c).where(case_parts.c.part_id == part_id)).mappings().first()
        if part is None or part["child"] is not None:
            return
        changed = {"child": case.complaint_id, "child_ticket": case.ticket}
        tx.execute(update(case_parts).where(case_parts.c.part_id == part_id).values(changed))
        tx.flush()
        now = cases.lock(tx, case.complaint_id)
        if part["agency"] is None or now is None or now.decided or now.agency == part["agency"]:
            return
        told = str(case.external_refs.get("split_from", ""))
        reason = sentence("Bagian dari laporan %(ticket)s yang dipisahkan koordinator.", ticket=told)
        self._assign(tx, now, part["agency"], str(reason))

    def _take_the_rules_at_their_word(self, tx: Transaction, complaint_id: str, agency: str | None) -> None:
        case = cases.lock(tx, complaint_id)
        if case is None or agency is None or case.state != machine.TRIAGE or case.assigned_by != NOBODY or case.decided:
            return
        entry = agencies.one(tx.connection, agency)
        if entry is not None and not is_external(entry):
            self._assign(tx, case, agency, str(REASON))

    def _assign(self, tx: Transaction, case: Case, agency: str, reason: str) -> None:
        """Unless a person would be told that it cannot be done: then it stays in triage."""
        scene = Scene(tx, self.register, RULES, self._now())
        act = Assign(agency, reason, case.kecamatan, case.kelurahan)
        if not act.problems(scene, case):
            enter(scene, case, act)

    def _withdraw(self, tx: Transaction, case: Case, at: datetime) -> None:
        number = case.number_of(machine.LAPSED) + 1
        data = {"agency": case.agency, "number": number}
        after = self._enter(tx, case, machine.LAPSED, f"{machine.LAPSED}:{number}", at, data)
        self._say(tx, CaseWithdrawn(
            **carried_on(after), revision=after.revision, place=place_of(after), agency=after.agency, number=number,
            withdrawn_at=at,
        ))  # fmt: skip

    def _enter(
        self, tx: Transaction, case: Case, act: str, key: str, at: datetime, data: Mapping[str, Any], *,
        role: str = SYSTEM, moves: bool = True, standing: Standing | None = None,
    ) -> Case:  # fmt: skip
        revision = case.revision + 1 if moves else case.revision
        told = {**data, "revision": revision, "from": case.revision}
        line = Happening(case.complaint_id, key, at, role, role, act, "", told)
        return self.register.enter(tx, case, line, standing=standing)

    def _now(self) -> datetime:
        return self.register.spine.clock.now()

    def _say(self, tx: Transaction, fact: Any) -> None:
        self.register.spine.outbox.say(tx, fact)


_ENDINGS = (machine.ANSWER, machine.CLOSING, machine.ARCHIVING, machine.MERGED, machine.LAPSED)

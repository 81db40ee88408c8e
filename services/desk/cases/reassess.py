"""What the rules say after more was said about a case: taken at once while nobody has it, else only a suggestion.

The two facts that this needs, the case and the new judgement, may be heard in either order.
"""

from __future__ import annotations

from services.desk import repository as cases
from services.desk.cases import timeline
from services.desk.cases.assign import hand_over
from services.desk.cases.case import NOBODY, TRIAGE, Happening, place_of
from services.desk.directory import repository as agencies
from services.desk.people.person import Person
from shared.contracts.case import BY_RULES
from shared.contracts.complaint import ComplaintReassessed
from shared.service import Spine
from shared.storage.database import Transaction

ACT = "reassessed"
RULES = Person(login="router", name="Aturan", role=BY_RULES)
REASON = "Aturan menilai ulang setelah ada keterangan tambahan dari pelapor."


def keep(tx: Transaction, event: ComplaintReassessed) -> None:
    """Writes down what the rules think now."""
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
    key = f"{ACT}:{event.addition_id}"
    timeline.add(tx, Happening(event.complaint_id, key, event.reassessed_at, "router", "router", ACT, "", data))


def apply(spine: Spine, tx: Transaction, complaint_id: str, agency: str | None) -> bool:
    """Gives the case to the agency if a coordinator's decision is still awaited. Tells whether it did."""
    tx.flush()  # the case may have been opened in this very transaction
    case = cases.lock(tx, complaint_id)
    if case is None or agency is None or case.state != TRIAGE or case.assigned_by != NOBODY:
        return False
    entry = agencies.one(tx.connection, agency)
    if entry is None or entry.kind == "external" or not entry.valid_at(spine.clock.now()):
        return False
    place = place_of(case)
    if entry.places and not getattr(place, entry.places):
        return False
    hand_over(spine, tx, case, RULES, agency=agency, reason=REASON, place=place)
    return True


def apply_what_was_heard_before(spine: Spine, tx: Transaction, complaint_id: str) -> None:
    """For a case that opens in triage after the rules had already been asked again."""
    tx.flush()
    last = timeline.last_of_act(tx.connection, complaint_id, ACT)
    if last is not None:
        apply(spine, tx, complaint_id, last.data.get("agency"))

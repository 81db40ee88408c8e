"""How a case of an ended agency is handed over: as a coordinator assigns any other."""

from __future__ import annotations

from services.desk.cases.acting import Ending, perform
from services.desk.cases.case import Case
from services.desk.cases.coordinator_acts import Assign
from services.desk.cases.register import Register
from services.desk.directory.moving import HandOver
from services.desk.people.person import Person
from shared.errors import Refused


def handing_over(register: Register, person: Person) -> HandOver:
    """A case whose state does not allow it meanwhile stays where it is."""

    def hand_over(case: Case, agency: str, reason: str) -> bool:
        wish = Assign(agency, reason, case.kecamatan, case.kelurahan)
        try:
            outcome = perform(register, person, case.ticket, case.revision, wish)
        except Refused:
            return False
        return outcome is not None and outcome.ending is Ending.DONE

    return hand_over

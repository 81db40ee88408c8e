"""Showing a contact: one at a time, to whom the table allows it, with a reason, and never unrecorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.desk.cases import timeline
from services.desk.cases.case import Case, Happening
from services.desk.people.person import Person
from shared.errors import Refused
from shared.ids import new_id
from shared.sentences import sentence
from shared.service import Spine

MOST_REASON = 500


@dataclass(frozen=True)
class Contact:
    email: str = ""
    phone: str = ""
    name: str = ""


class Contacts(Protocol):
    """Where contacts lie."""

    def reveal(self, *, complaint_id: str, actor: str, role: str, reason: str) -> Contact | None:
        """None when there is no contact (any more). Raises `Transient` when it cannot be asked now."""
        ...


def reveal(spine: Spine, contacts: Contacts, person: Person, case: Case, reason: str) -> Contact | None:
    """The contact. The audit row is committed before it is asked for: nobody sees one without a trace.

    The caller has asked `people.may_reveal_contact`. Raises `Refused` without a reason, `Transient` when the contact
    cannot be fetched now.
    """
    reason = reason.strip()
    if not reason or len(reason) > MOST_REASON:
        told = sentence("Tulis alasan singkat (paling panjang %(most)s huruf). Alasan ini dicatat.", most=MOST_REASON)
        raise Refused(
            sentence("Kontak belum ditampilkan."), code="reason_missing", fields={"contact_reason": told}
        )  # fmt: skip
    now = spine.clock.now()
    with spine.database.write() as tx:
        timeline.record(
            tx, at=now, actor=person.login, role=person.role, act="contact.reveal", subject=case.ticket,
            reason=reason, details={"identity": case.identity},
        )  # fmt: skip
        key, data = f"contact:{new_id()}", {"name": person.name}
        timeline.add(
            tx, Happening(case.complaint_id, key, now, person.login, person.role, "contact", reason, data)
        )  # fmt: skip
    return contacts.reveal(
        complaint_id=case.complaint_id, actor=person.login, role=person.role, reason=reason
    )  # fmt: skip

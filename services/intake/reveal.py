"""Giving contacts to those who may have them: in batches to the sender of notices, one at a time to people.

Every look writes an audit row in its own transaction, before the contact is handed out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping

from services.intake import repository, repository_checks
from services.intake.contacts import ContactVault
from services.intake.sms_talk import repository as repository_sms
from services.intake.tables import audit
from shared.audit import record_act
from shared.clock import Clock
from shared.errors import Rejected
from shared.observability.logs import get_logger
from shared.storage.database import Database

log = get_logger("reveal")
ContactParts = dict[str, str | None]
ResolvedParts = dict[str, Any]
"""The parts; under `keys` what tells equal contacts without naming them, by channel; and under `suppressed` the
channels by which their owner wants no messages, if any.
"""


@dataclass(frozen=True)
class Resolved:
    """What exists of what was asked for. A contact that is gone is simply not there."""

    contacts: dict[str, ResolvedParts]
    complaints: dict[str, dict[str, str]]


@dataclass(frozen=True)
class ContactReveal:
    database: Database
    clock: Clock
    vault: ContactVault

    def resolve(self, wanted: Mapping[str, str | None], *, purpose: str, service: str) -> Resolved:
        """Contacts and tracking codes for notices. `wanted` maps complaint ids to the contact references they carry.

        A reference that does not belong to its complaint gives no contact. The id may be that of a contact that is to
        be proved: then its code, as long as that counts, stands for the tracking code.
        """
        resolved, now = Resolved({}, {}), self.clock.now()
        with self.database.write() as tx:
            rows = repository.contacts_of(tx.connection, list(wanted))
            suppressed = repository_sms.suppressed_channels(tx.connection, list(wanted))
            known = {row["complaint_id"] for row in rows}
            checks = repository_checks.open_ones(tx.connection, [one for one in wanted if one not in known], now)
            refused = {one["check_id"]: _refused_channels(tx.connection, one) for one in checks}
            for row in checks:
                record_act(
                    tx, audit, at=now, actor=service, role="service", act="contacts.resolve",
                    subject=row["check_id"], reason=purpose, details={"contact_ref": row["contact_ref"]},
                )  # fmt: skip
            for row in rows:
                record_act(
                    tx, audit, at=now, actor=service, role="service", act="contacts.resolve",
                    subject=row["complaint_id"], reason=purpose, details={"contact_ref": row["contact_ref"]},
                )  # fmt: skip
        for row in rows:
            self._add(resolved, row, wanted[row["complaint_id"]])
        for row in checks:
            self._add_check(resolved, row, wanted[row["check_id"]], refused[row["check_id"]])
        for reference in resolved.contacts.keys() & suppressed.keys():
            resolved.contacts[reference]["suppressed"] = suppressed[reference]
        return resolved

    def reveal(self, complaint_id: str, *, actor: str, role: str, reason: str) -> ContactParts | None:
        """One complaint's contact for a person, with who and why; None when there is none."""
        with self.database.write() as tx:
            rows: Sequence[RowMapping] = repository.contacts_of(tx.connection, [complaint_id])
            if not rows:
                return None
            ref = rows[0]["contact_ref"]
            record_act(
                tx, audit, at=self.clock.now(), actor=actor, role=role, act="contacts.reveal",
                subject=complaint_id, reason=reason, details={"contact_ref": ref, "found": ref is not None},
            )  # fmt: skip
        return self.vault.unseal(dict(rows[0])) if ref is not None else None

    def _add_check(self, resolved: Resolved, row: RowMapping, wanted_ref: str | None, refused: list[str]) -> None:
        try:
            code = self.vault.sealer.unseal(row["code_sealed"])
            contact = self.vault.unseal({**row, "name_sealed": None})
        except Rejected as error:
            log.error("contact_unreadable", complaint_id=row["check_id"], code=error.code)
            return
        resolved.complaints[row["check_id"]] = {"ticket": "-", "tracking_code": code}
        if row["contact_ref"] == wanted_ref:
            suppressed = {"suppressed": refused} if refused else {}
            resolved.contacts[row["contact_ref"]] = {**contact, "keys": _keys(row), **suppressed}

    def _add(self, resolved: Resolved, row: RowMapping, wanted_ref: str | None) -> None:
        try:
            code = self.vault.sealer.unseal(row["code_sealed"])
            contact: dict[str, Any] | None = None
            if row["contact_ref"] is not None and row["contact_ref"] == wanted_ref:
                contact = self.vault.unseal(dict(row))
        except Rejected as error:  # one row whose keys are gone must not keep the others from their receipts
            log.error("contact_unreadable", complaint_id=row["complaint_id"], code=error.code)
            return
        resolved.complaints[row["complaint_id"]] = {"ticket": row["ticket"], "tracking_code": code}
        if contact is not None:
            resolved.contacts[row["contact_ref"]] = {**contact, "keys": _keys(row)}


def _keys(row: RowMapping) -> dict[str, str]:
    keys = {"email": row["email_key"], "sms": row["phone_key"]}
    return {channel: key for channel, key in keys.items() if key}


def _refused_channels(connection: Connection, row: RowMapping) -> list[str]:
    return repository_checks.suppressed_channels(connection, row["email_key"], row["phone_key"])

"""Where sealed texts lie: which columns of which service, under which keys. Tested against the tables themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, String, Table, cast

import services.desk.tables as desk
import services.intake.tables as intake
import services.notifier.tables as notifier
from services.composition import OWNERS
from services.operations.installation import messaging_of

CONTENT, CONTACT = "content_keys", "contact_keys"


@dataclass(frozen=True)
class Place:
    """Columns of one table that hold sealed texts, whole or somewhere in what they hold."""

    keys: str
    service: str
    table: Table
    columns: tuple[str, ...]

    @property
    def identity(self) -> tuple[Column[Any], ...]:
        return tuple(self.table.primary_key.columns)

    @property
    def name(self) -> str:
        return f"{self.service}.{self.table.name}"


def _of(keys: str, service: str, table: Table, *columns: str) -> Place:
    return Place(keys, service, table, columns)


OUTBOXES = tuple(_of(CONTENT, owner, messaging_of(owner).outbox, "body") for owner in OWNERS)
"""Apart: what lies at the broker is sealed as these rows are."""

PLACES = (
    _of(CONTACT, "intake", intake.complaints, "code_sealed"),
    _of(CONTACT, "intake", intake.contacts, "email_sealed", "phone_sealed", "name_sealed", "reply_to_sealed"),
    _of(CONTACT, "intake", intake.contact_checks, "email_sealed", "phone_sealed", "form_sealed", "code_sealed"),
    _of(CONTACT, "intake", intake.sms_parts, "sealed"),
    _of(CONTENT, "desk", desk.people, "second_sealed", "second_begun"),
    _of(CONTENT, "notifier", notifier.webhook_secrets, "sealed"),
    _of(CONTENT, "notifier", notifier.deliveries, "data"),
    *(_of(CONTENT, owner, messaging_of(owner).inbox, "body") for owner in OWNERS),
    *OUTBOXES,
)
"""All but the mails as they came (`intake.raw_messages`, contact keys), some of which are files."""


def may_be_sealed(column: Column[Any]) -> ColumnElement[bool]:
    """A condition that leaves out what holds nothing, and looks into JSON where the database can."""
    if column.type.python_type in (dict, list):
        return cast(column, String).like("%gAAAA%")
    return column.is_not(None)

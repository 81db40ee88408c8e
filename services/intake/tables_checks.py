"""The table of contacts that are to be proved. What a migration made must equal this; a test compares them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

from shared.storage.types import Json, UtcDateTime


def contact_checks_table(metadata: MetaData) -> Table:
    """Forms whose sender is to prove the contact, each with its code: `waiting`, then `used` or `replaced`.

    What was typed, contact and code are sealed, and emptied after a day. `photos` are the digests of files that the
    form holds; `message_key` tells the form, and a row that was replaced gives it up.
    """
    checks = Table(
        "contact_checks", metadata,
        Column("check_id", String(64), primary_key=True),
        Column("message_key", String(64), nullable=False, unique=True),
        Column("contact_ref", String(64), nullable=False),
        Column("email_sealed", Text),
        Column("phone_sealed", Text),
        Column("email_key", String(64)),
        Column("phone_key", String(64)),
        Column("form_sealed", Text, nullable=False),
        Column("photos", Json, nullable=False),
        Column("language", String(8), nullable=False),
        Column("code_hash", String(64), nullable=False),
        Column("code_sealed", Text, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("replaced_by", String(64)),
        Column("sent_at", UtcDateTime, nullable=False),
        Column("asked_at", UtcDateTime, nullable=False),
        Column("expires_at", UtcDateTime, nullable=False),
    )  # fmt: skip
    Index("contact_checks_asked", checks.c.asked_at)
    return checks

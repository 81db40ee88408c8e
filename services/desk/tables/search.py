"""The words of cases, to be searched, the indexes of what is open, and when people last looked into their inbox."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, String, Table, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from services.desk.tables.base import metadata
from services.desk.tables.cases import cases
from shared.messaging.tables import BigSerial
from shared.storage.types import UtcDateTime

Words = TSVECTOR().with_variant(Text(), "sqlite")

# The words of a piece of content as `services/desk/inbox/words.py` reads them: a `tsvector` on PostgreSQL, the words
# with a space between on SQLite, where triggers bring them into the FTS5 table `case_search_fts`. `words` are those of
# the masked text; `hidden` those of the whole text where it says more. The row goes with its content, whoever
# deletes that.
case_search = Table(
    "case_search", metadata,
    Column("seq", BigSerial, primary_key=True, autoincrement=True),
    Column("complaint_id", String(64), nullable=False),
    Column("ref", String(80), nullable=False),
    Column("words", Words, nullable=False),
    Column("hidden", Words),
    UniqueConstraint("complaint_id", "ref", name="case_search_content"),
    ForeignKeyConstraint(
        ["complaint_id", "ref"], ["case_contents.complaint_id", "case_contents.ref"],
        name="case_search_of_content", ondelete="CASCADE",
    ),
)  # fmt: skip
_NOT_HERE = text("0")
"""SQLite has its own index of the words: an index of the same name there stays empty."""
Index("case_search_words", case_search.c.words, postgresql_using="gin", sqlite_where=_NOT_HERE)
Index("case_search_hidden", case_search.c.hidden, postgresql_using="gin", sqlite_where=_NOT_HERE)

# What is open is little beside what is settled, and all that a working day asks for. Queries say these conditions word
# for word as they stand here: the databases compare them as text.
OPEN = "state NOT IN ('closed', 'archived', 'withdrawn')"
DUE = "due_at IS NOT NULL"
IN_TRIAGE = "state = 'triage'"
NEW_TO_SOMEBODY = "state IN ('triage', 'forwarded')"


def _partial(name: str, where: str, *columns: Column[Any]) -> None:
    Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


_partial("cases_due", DUE, cases.c.due_at, cases.c.complaint_id)
_partial("cases_open_newest", OPEN, cases.c.received_at, cases.c.complaint_id)
_partial("cases_open_of_agency", OPEN, cases.c.agency, cases.c.received_at, cases.c.complaint_id)
_partial("cases_open_in_place", OPEN, cases.c.kelurahan, cases.c.agency, cases.c.received_at)
_partial("cases_open_at_point", f"{OPEN} AND latitude IS NOT NULL", cases.c.latitude, cases.c.longitude)
_partial("cases_triage", IN_TRIAGE, cases.c.urgent, cases.c.due_at, cases.c.complaint_id)
_partial("cases_triage_newest", IN_TRIAGE, cases.c.updated_at, cases.c.complaint_id)
_partial("cases_new_to_somebody", NEW_TO_SOMEBODY, cases.c.updated_at, cases.c.complaint_id)
_partial("cases_new_to_agency", NEW_TO_SOMEBODY, cases.c.agency, cases.c.updated_at, cases.c.complaint_id)

# People remember a part of a number. Its two groups have four signs each.
_signs = func.length(cases.c.ticket)
ticket_head = func.substr(cases.c.ticket, _signs - text("8"), text("4"))
ticket_tail = func.substr(cases.c.ticket, _signs - text("3"), text("4"))
Index("cases_ticket_head", ticket_head)
Index("cases_ticket_tail", ticket_tail)

# A visit ends when somebody has not looked for a while; `before_at` is when the visit before this one ended.
inbox_visits = Table(
    "inbox_visits", metadata,
    Column("login", String(64), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("before_at", UtcDateTime),
)  # fmt: skip

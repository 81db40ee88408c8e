"""Words of cases, to be searched; indexes of what is open; visits to the inbox."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from services.desk.inbox.words import as_row, as_tsvector, masked_words, words_of
from shared.observability.masking import mask
from shared.storage.types import UtcDateTime

revision = "desk_0011"
down_revision = "desk_0010"

_OPEN = "state NOT IN ('closed', 'archived', 'withdrawn')"
_PARTIAL: tuple[tuple[str, str, list[str]], ...] = (
    ("cases_due", "due_at IS NOT NULL", ["due_at", "complaint_id"]),
    ("cases_open_newest", _OPEN, ["received_at", "complaint_id"]),
    ("cases_open_of_agency", _OPEN, ["agency", "received_at", "complaint_id"]),
    ("cases_open_in_place", _OPEN, ["kelurahan", "agency", "received_at"]),
    ("cases_open_at_point", f"{_OPEN} AND latitude IS NOT NULL", ["latitude", "longitude"]),
    ("cases_triage", "state = 'triage'", ["urgent", "due_at", "complaint_id"]),
    ("cases_new_to_somebody", "state IN ('triage', 'forwarded')", ["updated_at", "complaint_id"]),
)
# SQLite: a table of words for FTS5, which keeps itself in step. `ascii` parts the words at spaces and signs alone: they
# come without accents and capitals, and every other sign beyond ASCII is a letter to it.
_FTS = (
    "CREATE VIRTUAL TABLE case_search_fts USING fts5(words, hidden, content='case_search', content_rowid='seq', "
    "tokenize='ascii')",
    "CREATE TRIGGER case_search_added AFTER INSERT ON case_search BEGIN "
    "INSERT INTO case_search_fts(rowid, words, hidden) VALUES (new.seq, new.words, new.hidden); END",
    "CREATE TRIGGER case_search_removed AFTER DELETE ON case_search BEGIN "
    "INSERT INTO case_search_fts(case_search_fts, rowid, words, hidden) "
    "VALUES ('delete', old.seq, old.words, old.hidden); END",
    "CREATE TRIGGER case_search_changed AFTER UPDATE ON case_search BEGIN "
    "INSERT INTO case_search_fts(case_search_fts, rowid, words, hidden) "
    "VALUES ('delete', old.seq, old.words, old.hidden); "
    "INSERT INTO case_search_fts(rowid, words, hidden) VALUES (new.seq, new.words, new.hidden); END",
)


def upgrade() -> None:
    words = TSVECTOR().with_variant(sa.Text(), "sqlite")
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "case_search",
        sa.Column("seq", serial, primary_key=True, autoincrement=True),
        sa.Column("complaint_id", sa.String(64), nullable=False),
        sa.Column("ref", sa.String(80), nullable=False),
        sa.Column("words", words, nullable=False),
        sa.Column("hidden", words),
        sa.UniqueConstraint("complaint_id", "ref", name="case_search_content"),
        sa.ForeignKeyConstraint(
            ["complaint_id", "ref"], ["case_contents.complaint_id", "case_contents.ref"],
            name="case_search_of_content", ondelete="CASCADE",
        ),
    )  # fmt: skip
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _FTS if is_sqlite else ():
        op.execute(statement)
    _fill(as_row if is_sqlite else as_tsvector)
    for column in ("words", "hidden"):
        op.create_index(
            f"case_search_{column}", "case_search", [column], postgresql_using="gin", sqlite_where=sa.text("0")
        )
    for name, where, columns in _PARTIAL:
        op.create_index(name, "cases", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    for name, less in (("cases_ticket_head", 8), ("cases_ticket_tail", 3)):
        op.create_index(name, "cases", [sa.text(f"substr(ticket, length(ticket) - {less}, 4)")])
    op.create_table(
        "inbox_visits",
        sa.Column("login", sa.String(64), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("before_at", UtcDateTime),
    )


_contents = sa.table(
    "case_contents", *(sa.column(name) for name in ("complaint_id", "ref", "text", "masked", "place_detail")),
    sa.column("kind", sa.String), sa.column("about", sa.JSON),
)  # fmt: skip
_SOUGHT = ("report", "addition", "follower", "question", "answer")
_INSERT = "INSERT INTO case_search (complaint_id, ref, words, hidden) VALUES (:complaint_id, :ref, {words}, {hidden})"


def _fill(form: Any) -> None:
    bind = op.get_bind()
    cast = "CAST(:{} AS tsvector)" if form is as_tsvector else ":{}"
    insert = sa.text(_INSERT.format(words=cast.format("words"), hidden=cast.format("hidden")))
    for rows in bind.execute(sa.select(_contents).where(_contents.c.kind.in_(_SOUGHT))).partitions(500):
        made = [row for row in map(lambda one: _row(one, form), rows) if row]
        if made:
            bind.execute(insert, made)


def _row(row: Any, form: Any) -> dict[str, Any] | None:
    """As `services/desk/inbox/indexing.py` makes it."""
    identity = (row.about or {}).get("identity", "") if row.kind == "follower" else ""
    if identity == "confidential":
        return None
    masked = masked_words(f"{row.masked}\n{mask(row.place_detail)}")
    whole = words_of(f"{row.text}\n{row.place_detail}") if identity in ("", "open") else masked
    hidden = form(whole) if whole != masked else None
    return {"complaint_id": row.complaint_id, "ref": row.ref, "words": form(masked), "hidden": hidden}

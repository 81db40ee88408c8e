"""The states of a case, its order of steps, and one place for what may be deleted."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "desk_0005"
down_revision = "desk_0004"

_EMPTY, _NONE = sa.text("'{}'"), sa.text("''")


def upgrade() -> None:
    _make()
    _move_contents()
    _take_over()
    for table in ("case_texts", "case_additions", "case_followers", "case_answers", "case_ratings"):
        op.drop_table(table)
    op.drop_column("cases", "attachments")


def _make() -> None:
    op.create_table(
        "case_contents",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("ref", sa.String(80), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("masked", sa.Text, nullable=False),
        sa.Column("place_detail", sa.String(500), nullable=False),
        sa.Column("photos", Json, nullable=False),
        sa.Column("about", Json, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("case_contents_ref", "case_contents", ["ref"])
    op.create_table(
        "case_copies",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("agency", sa.String(64), primary_key=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("case_copies_of_agency", "case_copies", ["agency", "at", "complaint_id"])
    op.create_table(
        "case_parts",
        sa.Column("part_id", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("agency", sa.String(64)),
        sa.Column("child", sa.String(64)),
        sa.Column("child_ticket", sa.String(64)),
        sa.Column("split_by", sa.String(64), nullable=False),
        sa.Column("split_at", UtcDateTime, nullable=False),
    )
    op.create_index("case_parts_complaint", "case_parts", ["complaint_id", "number"])
    _widen()


def _widen() -> None:
    for column in (
        sa.Column("steps", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("decided", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("resume", sa.String(20), nullable=False, server_default=_NONE),
        sa.Column("counts", Json, nullable=False, server_default=_EMPTY),
        sa.Column("declined", Json, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("suggestion", sa.String(64)),
        sa.Column("joined_to", sa.String(64)),
        sa.Column("joined_ticket", sa.String(64)),
        sa.Column("archived_why", sa.String(20), nullable=False, server_default=_NONE),
        sa.Column("due_at", UtcDateTime),
        sa.Column("rung", sa.Integer, nullable=False, server_default=sa.text("0")),
    ):
        op.add_column("cases", column)
    op.add_column("case_events", sa.Column("seq", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_index("cases_of_agency_due", "cases", ["agency", "due_at", "complaint_id"])
    op.create_index("cases_joined", "cases", ["joined_to"])


_cases = sa.table(
    "cases", *(sa.column(name, sa.String) for name in (
        "complaint_id", "ticket", "state", "agency", "assigned_by", "kind", "identity", "channel", "kecamatan",
        "kelurahan", "reason", "contact_ref",
    )),
    *(sa.column(name, sa.Integer) for name in ("revision", "router_revision", "assignment", "steps")),
    *(sa.column(name, sa.Float) for name in ("latitude", "longitude")),
    *(sa.column(name, sa.Boolean) for name in ("urgent", "decided")),
    *(sa.column(name, Json) for name in ("decision", "external_refs", "attachments", "counts", "declined")),
    *(sa.column(name, UtcDateTime) for name in ("received_at", "updated_at")),
)  # fmt: skip
_LEFT_OUT = ("attachments", "steps", "decided", "counts", "declined")
_events = sa.table(
    "case_events", *(sa.column(name, sa.String) for name in ("complaint_id", "key", "actor", "role", "act", "note")),
    sa.column("at", UtcDateTime), sa.column("data", Json), sa.column("seq", sa.Integer),
)  # fmt: skip
_contents = sa.table(
    "case_contents", *(sa.column(name, sa.String) for name in (
        "complaint_id", "ref", "kind", "text", "masked", "place_detail",
    )),
    sa.column("number", sa.Integer), sa.column("photos", Json), sa.column("about", Json), sa.column("at", UtcDateTime),
)  # fmt: skip


def _old(name: str, words: tuple[str, ...], *typed: sa.ColumnClause[Any]) -> sa.TableClause:
    return sa.table(name, *(sa.column(word, sa.String) for word in ("complaint_id", *words)), *typed)


def _number() -> sa.ColumnClause[Any]:
    return sa.column("number", sa.Integer)


_texts = _old("case_texts", ("text", "masked", "place_detail"))
_additions = _old(
    "case_additions", ("addition_id", "what", "channel", "text", "masked"), _number(),
    sa.column("by_sender", sa.Boolean), sa.column("photos", Json), sa.column("added_at", UtcDateTime),
)  # fmt: skip
_followers = _old(
    "case_followers", ("follower_id", "ticket", "channel", "identity", "text", "masked"), sa.column("photos", Json),
    sa.column("followed_at", UtcDateTime),
)  # fmt: skip
_answers = _old("case_answers", ("text", "answered_by"), _number(), sa.column("at", UtcDateTime))
_ratings = _old(
    "case_ratings", ("words", "masked", "channel"), _number(), sa.column("score", sa.Integer),
    sa.column("rated_at", UtcDateTime),
)  # fmt: skip


def _move_contents() -> None:
    joined = _cases.join(_texts, _cases.c.complaint_id == _texts.c.complaint_id)
    reports = sa.select(*_texts.c, _cases.c.attachments, _cases.c.received_at).select_from(joined)
    _copy(reports, lambda row: _content(row, "report", "report", row.received_at, photos=row.attachments))
    _copy(sa.select(*_additions.c), _addition)
    _copy(sa.select(*_followers.c), _follower)
    _copy(sa.select(*_answers.c), _answer)
    _copy(sa.select(*_ratings.c), _rating)


def _copy(statement: Any, make: Any) -> None:
    bind = op.get_bind()
    for rows in bind.execute(statement).partitions(500):
        bind.execute(sa.insert(_contents), [make(row) for row in rows])


def _content(row: Any, ref: str, kind: str, at: datetime, **more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"number": 0, "place_detail": getattr(row, "place_detail", ""), "photos": [], "about": {}}
    words = {} if "text" in more else {"text": row.text, "masked": getattr(row, "masked", row.text)}
    return {"complaint_id": row.complaint_id, "ref": ref, "kind": kind, "at": at, **usual, **words, **more}


def _addition(row: Any) -> dict[str, Any]:
    about = {"what": row.what, "channel": row.channel, "by_sender": bool(row.by_sender)}
    more = {"number": row.number, "photos": row.photos, "about": about}
    return _content(row, f"addition:{row.addition_id}", "addition", row.added_at, **more)


def _follower(row: Any) -> dict[str, Any]:
    about = {"ticket": row.ticket, "channel": row.channel, "identity": row.identity}
    return _content(row, f"follower:{row.follower_id}", "follower", row.followed_at, photos=row.photos, about=about)


def _answer(row: Any) -> dict[str, Any]:
    about = {"by": row.answered_by}
    return _content(row, f"answer:{row.number}", "answer", row.at, number=row.number, about=about)


def _rating(row: Any) -> dict[str, Any]:
    about = {"score": row.score, "channel": row.channel}
    words = {"text": row.words, "masked": row.masked}
    return _content(row, "rating", "rating", row.rated_at, number=row.number, about=about, **words)


_COUNTED = ("routed", "unrouted", "assigned", "acknowledged", "answered", "closed", "reopened")


def _take_over() -> None:
    """What became of a case before steps had an order, as one first step."""
    bind = op.get_bind()
    counts: dict[str, dict[str, int]] = {}
    counted = sa.select(_events.c.complaint_id, _events.c.act, sa.func.count()).where(_events.c.act.in_(_COUNTED))
    for complaint_id, act, number in bind.execute(counted.group_by(_events.c.complaint_id, _events.c.act)):
        counts.setdefault(complaint_id, {})[act] = number
    change = sa.update(_cases).where(_cases.c.complaint_id == sa.bindparam("which"))
    for rows in bind.execute(sa.select(*_cases.c)).mappings().partitions(500):
        cases = [_case(row, counts.get(row["complaint_id"], {})) for row in rows]
        bind.execute(sa.insert(_events), [_first_step(row, case) for row, case in zip(rows, cases, strict=True)])
        changed = [
            {"which": case["complaint_id"], "steps": 1, "decided": case["decided"],
             "counts": {**case["counts"], "taken_over": 1}}
            for case in cases
        ]  # fmt: skip
        names = ("steps", "decided", "counts")
        bind.execute(change.values({name: sa.bindparam(name, type_=_cases.c[name].type) for name in names}), changed)


def _case(row: Any, counts: dict[str, int]) -> dict[str, Any]:
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
    decided = row["assigned_by"] == "person" or row["state"] not in ("triage", "forwarded")
    more = {"decided": decided, "counts": counts, "urgent": bool(row["urgent"])}
    return {name: value for name, value in plain.items() if name not in _LEFT_OUT} | more


def _first_step(row: Any, case: dict[str, Any]) -> dict[str, Any]:
    return {
        "complaint_id": row["complaint_id"], "key": "taken_over", "at": row["updated_at"], "actor": "system",
        "role": "system", "act": "taken_over", "note": "", "data": {"case": case}, "seq": 1,
    }  # fmt: skip

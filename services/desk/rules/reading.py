"""The router's answers read into what the pages show. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.desk.rules.draft import (
    Acted,
    Activation,
    Change,
    Comparison,
    Conflict,
    Draft,
    Heading,
    Moved,
    Overview,
    Problem,
    Rule,
    Trial,
)
from services.desk.wording import read_moment

Row = Mapping[str, Any]
_HEADING_TEXTS = (
    "draft_id", "title", "state", "base", "content", "author", "changed_by", "reason", "proposed_by", "verdict",
    "settled_by", "ruleset",
)  # fmt: skip
_HEADING_TIMES = ("created_at", "changed_at", "proposed_at", "settled_at")


def read_overview(rulesets: Row, drafts: Row) -> Overview:
    activations = [
        Activation(
            int(row["number"]),
            str(row["ruleset"]),
            str(row["actor"]),
            str(row["role"]),
            str(row["reason"]),
            _at(row, "at"),
        )
        for row in rulesets["activations"]
    ]
    open_, settled = ([read_heading(row) for row in drafts[name]] for name in ("open", "settled"))
    return Overview(activations, open_, settled, bool(drafts["four_eyes"]))


def read_heading(row: Row) -> Heading:
    texts: dict[str, Any] = {name: str(row[name]) for name in _HEADING_TEXTS}
    times: dict[str, Any] = {name: _at(row, name) for name in _HEADING_TIMES}
    return Heading(**texts, **times, revision=int(row["revision"]), stale=bool(row["stale"]))


def read_rules(rows: Sequence[Row]) -> list[Rule]:
    return [Rule(*(str(row[name]) for name in ("id", "agency", "about", "file"))) for row in rows]


def read_draft(row: Row) -> Draft:
    changes = row["changes"]
    return Draft(
        heading=read_heading(row),
        files=_texts(row["files"]),
        touched=_texts(row["touched"]),
        before=_texts(row["before"]),
        rules=read_rules(row["rules"]),
        changes=None if changes is None else [_change(one) for one in changes],
        acts=[_acted(one) for one in row["acts"]],
        four_eyes=bool(row["four_eyes"]),
        trial=read_trial(row["trial"]),
    )


def read_trial(row: Row | None) -> Trial | None:
    if row is None:
        return None
    found: Row = row["result"] or {}
    told: dict[str, Any] = {
        **{name: str(row[name]) for name in ("content", "against", "state", "asked_by", "problem")},
        **{name: int(row[name]) for name in ("days", "compared", "stored")},
        **{name: int(found.get(name, 0)) for name in ("moved", "labelled", "old_right", "new_right")},
    }
    return Trial(
        **told,
        asked_at=_at(row, "asked_at"),
        complete=bool(found.get("complete")),
        seconds=float(found.get("seconds", 0)),
        matrix=[(str(one["old"]), str(one["new"]), int(one["count"])) for one in found.get("matrix", ())],
        complaints=[_moved(one) for one in found.get("complaints", ())],
    )


def read_problem(row: Row) -> Problem:
    texts = (str(row[name]) for name in ("rule", "level", "what", "instead"))
    return Problem(str(row["file"]), int(row["line"]), *texts)


def read_comparison(row: Row) -> Comparison:
    conflicts = [
        Conflict(str(one["file"]), *(_maybe(one[name]) for name in ("base", "ours", "theirs", "merged")))
        for one in row["conflicts"]
    ]
    return Comparison(
        str(row["active"]), str(row["active_content"]), bool(row["stale"]), [str(one) for one in row["taken"]],
        conflicts,
    )  # fmt: skip


def _change(row: Row) -> Change:
    return Change(str(row["where"]), str(row["what"]), _maybe(row["old"]), _maybe(row["new"]))


def _acted(row: Row) -> Acted:
    told = {name: str(row[name]) for name in ("actor", "role", "act", "reason")}
    return Acted(at=_at(row, "at"), **told, details=dict(row["details"]))


def _moved(row: Row) -> Moved:
    return Moved(
        str(row["id"]), str(row["old"]), str(row["new"]), _maybe(row["label"]) or "", _maybe(row["verdict"]) or "",
        [str(one) for one in row["gained"]], [str(one) for one in row["lost"]],
    )  # fmt: skip


def _texts(row: Row) -> dict[str, str]:
    return {str(name): str(value) for name, value in row.items()}


def _maybe(value: Any) -> str | None:
    return None if value is None else str(value)


def _at(row: Row, name: str) -> Any:
    return read_moment(str(row[name])) if row.get(name) else None

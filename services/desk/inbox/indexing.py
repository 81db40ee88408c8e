"""The words of what is written about a case, kept with it so that they can be searched.

Called by cases/contents.py for whatever it stores, in the same transaction. What is deleted takes its words along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from services.desk.inbox.words import as_row, as_tsvector, masked_words, words_of
from services.desk.tables import case_search
from shared.observability.masking import mask
from shared.storage.database import Transaction
from shared.storage.upsert import add_new, upsert

SOUGHT = frozenset({"report", "addition", "follower", "question", "answer"})
"""Kinds of content. Notes are for few, and the words of a rating nobody looks for a case by."""


def add(tx: Transaction, contents: Iterable[Mapping[str, Any]]) -> None:
    """Of rows of `case_contents`, just before the commit; of those whose words are there already nothing changes."""
    add_new(tx, case_search, [row for one in contents if (row := row_of(one, _form(tx))) is not None])


def put(tx: Transaction, content: Mapping[str, Any]) -> None:
    """In place of what was there."""
    row = row_of(content, _form(tx))
    if row is not None:
        upsert(tx, case_search, row, key=("complaint_id", "ref"))


def row_of(content: Mapping[str, Any], form: Callable[[Sequence[str]], str]) -> dict[str, Any] | None:
    """None for what is not searched. What a follower asked to keep confidential no page shows either."""
    if content["kind"] not in SOUGHT:
        return None
    identity = content["about"].get("identity", "") if content["kind"] == "follower" else ""
    if identity == "confidential":
        return None
    place, text, hidden_text = content["place_detail"], content["text"], content["masked"]
    masked = masked_words(f"{hidden_text}\n{mask(place)}")
    is_shown_whole = identity in ("", "open") and (text != hidden_text or mask(place) != place)
    hidden = words_of(f"{text}\n{place}") if is_shown_whole else None
    return {
        "complaint_id": content["complaint_id"],
        "ref": content["ref"],
        "words": form(masked),
        "hidden": None if hidden is None else form(hidden),
    }


def _form(tx: Transaction) -> Callable[[Sequence[str]], str]:
    return as_tsvector if tx.connection.dialect.name == "postgresql" else as_row

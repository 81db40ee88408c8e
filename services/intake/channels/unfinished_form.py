"""A form that waits for its code: packed as plain values, and whose browser it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import session

from services.intake.channels.web_fields import Typed
from services.intake.submission import KeptPhoto, Submission

_MOST_CHECKS = 5


def pack_form(typed: Typed, submission: Submission) -> dict[str, Any]:
    """`submission` is what was made of it, with what stood in its context: the complaint joined, the language."""
    return {
        "fields": dict(typed.fields),
        "photos": [asdict(photo) for photo in typed.photos],
        "joined_to": submission.joined_to,
        "language": submission.language,
    }


def unpack_typed(form: Mapping[str, Any]) -> Typed:
    return Typed(dict(form["fields"]), tuple(KeptPhoto(**photo) for photo in form["photos"]))


def unpack_submission(form: Mapping[str, Any]) -> Submission:
    return unpack_typed(form).submission(form["joined_to"], form["language"])


def digests_of(photos: Sequence[KeptPhoto]) -> tuple[str, ...]:
    return tuple(digest for photo in photos for digest in (photo.sha256, photo.preview) if digest)


def remember_check(check_id: str) -> None:
    """Lets this browser go on with it; in the signed cookie stands the id, never the code."""
    kept = [one for one in session.get("checks", []) if one != check_id]
    session["checks"] = [*kept, check_id][-_MOST_CHECKS:]


def is_mine(check_id: str) -> bool:
    return check_id in session.get("checks", [])

"""What goes into the API. What comes out of it: `docs/schemas/agency-message.schema.json`, by document.py."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from services.desk.api.changes import CURSOR, MOST, USUAL
from services.desk.cases.acting import MOST_REASON
from services.desk.cases.agency_acts import MOST_ANSWER, MOST_NOTE, MOST_QUESTION
from services.desk.cases.machine import STATES
from services.desk.working.files import MOST_PHOTOS
from shared.sentences import Sentence, sentence
from shared.web.json_api import ProblemOutput as Problem

VISIBLE = r"[!-~\u00a1-\u00ac\u00ae-\u05ff\u0620-\u06dc\u0900-\u17b3\u1e00-\u1fff\u3041-\ud7ff]"
"""At least one sign that can be seen, as a pattern that every dialect of regular expressions understands."""
KEY = r"[!-~]([ -~]{0,198}[!-~])?"
SYSTEM, NUMBER = r"[a-z][a-z0-9_.-]{0,29}", r"[A-Za-z0-9/.#-]{0,40}"
CODE, DIGEST = r"[A-Z0-9_.-]{1,64}", r"[0-9a-f]{64}"
MOST_REVISION = 999_999_999

# Programs are answered in the first language, and schemas are copied: so these are plain texts.
_ERRORS: Any = {
    "required": str(sentence("Isian ini wajib.")),
    "null": str(sentence("Isian ini tidak boleh kosong (null).")),
    "invalid": str(sentence("Isian ini tidak dapat dibaca.")),
    "invalid_utf8": str(sentence("Isian ini bukan teks UTF-8.")),
    "type": str(sentence("Isian ini harus berupa objek JSON.")),
    "unknown": str(sentence("Isian ini tidak dikenal.")),
    "too_large": str(sentence("Angka ini terlalu besar.")),
}
_LENGTH = str(sentence("Isian ini terlalu panjang."))
_PATTERN = str(sentence("Isian ini tidak sesuai dengan bentuknya."))
_ANSWER_HINT = "What the citizen reads. Line breaks stay."


def _text(most: int, told: str, *, required: bool = True, example: Sentence) -> fields.String:
    """Blank is as if it were missing, for a text that is required."""
    described: dict[str, Any] = {"description": told, "example": str(example), "maxLength": most}
    too_long = validate.Length(max=most, error=_LENGTH)
    if not required:
        return fields.String(load_default="", validate=too_long, error_messages=_ERRORS, metadata=described)
    described["pattern"] = VISIBLE
    rules: list[Any] = [too_long, _has_a_visible_sign]
    return fields.String(required=True, validate=rules, error_messages=_ERRORS, metadata=described)


def _has_a_visible_sign(text: str) -> None:
    if not re.search(VISIBLE, text):
        raise ValidationError(_ERRORS["required"])


def _shape(pattern: str, told: str, **more: Any) -> fields.String:
    rule = validate.Regexp(pattern + r"\Z", error=_PATTERN)
    described = {"description": told, "pattern": f"^({pattern})$", **more.pop("metadata", {})}
    return fields.String(validate=rule, error_messages=_ERRORS, metadata=described, **more)


class _Input(Schema):
    error_messages = _ERRORS
    revision = fields.Integer(
        load_default=None, strict=True, validate=validate.Range(1, MOST_REVISION, error=_PATTERN),
        error_messages=_ERRORS,
        metadata={"description": "The case's revision that this was decided on; older than the case's: 409."},
    )  # fmt: skip


class AcknowledgeInput(_Input):
    """Nothing but the revision, if wanted."""


class AskInput(_Input):
    question = _text(MOST_QUESTION, "What the citizen is asked.", example=sentence("Nomor tiang lampunya berapa?"))


class ResumeInput(_Input):
    reason = _text(
        MOST_REASON, "Why it goes on without the citizen's answer.", example=sentence("Lokasi sudah ditemukan.")
    )


class AnswerInput(_Input):
    text = _text(MOST_ANSWER, _ANSWER_HINT, example=sentence("Lampu sudah diganti pagi ini. Terima kasih."))
    close = fields.Boolean(
        load_default=False, truthy={True}, falsy={False}, error_messages=_ERRORS,
        metadata={"description": "The answer settles the case."},
    )  # fmt: skip
    photos = fields.List(
        _shape(DIGEST, "The `sha256` of a photo that was sent before."),
        load_default=list, validate=validate.Length(max=MOST_PHOTOS, error=_LENGTH), error_messages=_ERRORS,
        metadata={"description": "At most three photos, sent before to `/photos` of this case."},
    )  # fmt: skip


class ReturnInput(_Input):
    reason = _text(
        MOST_REASON, "Why the agency is not in charge; the coordinator reads it.", example=sentence("Jalan nasional.")
    )
    suggested = _shape(CODE, "The code of the agency that is in charge instead.", load_default="",
                       metadata={"example": "DPUPR"})  # fmt: skip


class CloseInput(_Input):
    reason = _text(
        MOST_REASON, "For the citizen; needed where the case has no answer yet.", required=False,
        example=sentence("Sudah selesai bersama laporan lain."),
    )  # fmt: skip


class NoteInput(_Input):
    text = _text(MOST_NOTE, "For colleagues; the citizen never sees it.", example=sentence("Menunggu suku cadang."))


class ReferenceInput(_Input):
    system = _shape(SYSTEM, "The name of the system, by small letters.", required=True, metadata={"example": "simpju"})
    number = _shape(NUMBER, "What it calls the case; empty takes it away.", required=True,
                    metadata={"example": "PJU-2026/1187"})  # fmt: skip


class ActHeaders(Schema):
    class Meta:
        unknown = EXCLUDE

    key = _shape(KEY, "Names this act for seven days: the same again is answered alike and done once.",
                 data_key="Idempotency-Key", required=True, metadata={"example": "0197f2b4-answer"})  # fmt: skip
    seen = _shape(
        r'"[0-9]{1,9}"', "The revision in quotation marks, instead of `revision`.", data_key="If-Match",
        load_default="",
    )  # fmt: skip


class ChangesQuery(Schema):
    error_messages = _ERRORS
    cursor = _shape(CURSOR, "From the page before.", load_default="")
    since = fields.AwareDateTime(
        load_default=None, error_messages=_ERRORS,
        metadata={"description": "Without a cursor: only cases that changed at that moment or later."},
    )  # fmt: skip
    state = fields.String(
        load_default="", validate=validate.OneOf(STATES, error=_PATTERN), error_messages=_ERRORS,
        metadata={"description": "Only cases in this state. Whoever follows changes leaves it away."},
    )  # fmt: skip
    limit = fields.Integer(
        load_default=USUAL, validate=validate.Range(1, MOST, error=_PATTERN), error_messages=_ERRORS,
        metadata={"description": "At most so many cases."},
    )  # fmt: skip


class PhotoQuery(Schema):
    signed = _shape(r"[A-Za-z0-9._-]{1,500}", "From the case.", required=True)


class ProblemOutput(Problem):
    """What is wrong, and for a conflict how the case is now."""

    state = fields.String(metadata={"description": "Of 409: the state of the case now."})
    revision = fields.Integer(metadata={"description": "Of 409: the revision of the case now."})
    last_change = fields.Dict(metadata={"description": "Of 409: what changed the case last, as in its timeline."})

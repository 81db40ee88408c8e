"""Photos of answers: handed to intake, which reads and keeps them as it does those of citizens."""

from __future__ import annotations

from typing import Any, Protocol

from shared.contracts.fields import AttachmentFields
from shared.errors import Refused, Rejected, Transient
from shared.web.internal import InternalClient

MOST_PHOTOS = 3
MOST_PHOTO_BYTES = 10_000_000
MOST_REQUEST_BYTES = MOST_PHOTOS * MOST_PHOTO_BYTES + 2_000_000
"""Of an answer with photos: they, the text, and what the packing takes."""
_SECONDS = 45.0
"""A photo may wait for its turn to be decoded."""


class AnswerFiles(Protocol):
    def keep(self, complaint_id: str, content: bytes) -> AttachmentFields:
        """Takes in one photo for an answer to that complaint, and describes what was kept of it.

        Raises `Refused` with the sentence for what is no photo, `Transient` when intake cannot be asked now.
        """
        ...


class IntakeAnswerFiles:
    def __init__(self, client: InternalClient) -> None:
        self._client = client

    @staticmethod
    def at(url: str, token: str) -> IntakeAnswerFiles:
        return IntakeAnswerFiles(InternalClient(url, token, timeout_seconds=_SECONDS))

    def keep(self, complaint_id: str, content: bytes) -> AttachmentFields:
        try:
            return _read(self._client.post_bytes(f"/cases/{complaint_id}/photos", content))
        except Rejected as error:
            raise Refused(error.message, code=error.code) from error


def _read(answer: Any) -> AttachmentFields:
    try:
        preview = answer["preview"]
        return {
            "sha256": str(answer["sha256"]), "media_type": str(answer["media_type"]), "size": int(answer["size"]),
            "width": int(answer["width"]), "height": int(answer["height"]),
            "preview": None if preview is None else str(preview),
        }  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise Transient("intake's answer cannot be read", code="odd_answer") from error

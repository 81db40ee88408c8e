"""Intake's internal API for photos: the whole ones and their previews, by digest, and taking in those of answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from services.intake import repository, repository_additions, repository_answer_photos
from services.intake.channels.web_fields import Photos
from services.intake.photos.limits import MOST_BYTES
from services.intake.photos.refusals import SENTENCES, UNREADABLE
from services.intake.photos.store import MEDIA_TYPE
from shared.blobs import BlobFolder
from shared.clock import Clock
from shared.errors import Refused
from shared.observability.logs import get_logger
from shared.storage.database import Database
from shared.web.internal import internal_blueprint

log = get_logger("photos")
_JPEG = b"\xff\xd8\xff"


def photos_blueprint(database: Database, blobs: BlobFolder, photos: Photos, clock: Clock, token: str) -> Blueprint:
    """Raw mails lie in the same folder: a digest that no photo has is unknown, whatever file it may name."""
    blueprint = internal_blueprint("photos", token)

    @blueprint.get("/photos/<digest>")
    def photo(digest: str) -> Response:
        with database.read() as connection:
            known = repository_additions.is_photo(connection, digest) or repository_answer_photos.is_photo(
                connection, digest
            )
        content = blobs.get(digest) if known else None
        if content is None or not content.startswith(_JPEG):
            if known:
                log.error("photo_file_missing", digest=digest)
            raise Refused("there is no such photo", code="no_photo", status=404)
        headers = {"Cache-Control": "private, immutable", "X-Content-Type-Options": "nosniff"}
        return Response(content, mimetype=MEDIA_TYPE, headers=headers)

    @blueprint.post("/cases/<complaint_id>/photos")
    def take_in(complaint_id: str) -> dict[str, Any]:
        """The body is one photo as it came, for an answer to that complaint. It is read and re-encoded as citizens'
        photos are; the answer describes what was kept. `Refused` with the sentence for people.
        """
        with database.read() as connection:
            if repository.complaint(connection, complaint_id) is None:
                raise Refused("there is no such complaint", code="unknown_complaint", status=404)
        request.max_content_length = MOST_BYTES + 1_000  # then it is us who say no
        result = photos.keep([request.get_data(cache=False)])
        if not result.kept:
            code = result.refused[0] if result.refused else UNREADABLE
            raise Refused(SENTENCES.get(code, code), code=code)
        (kept,) = result.kept
        with database.write() as tx:
            repository_answer_photos.take_in(tx, complaint_id, kept, clock.now())
        return {
            "sha256": kept.sha256, "media_type": kept.media_type, "size": kept.size, "width": kept.width,
            "height": kept.height, "preview": kept.preview,
        }  # fmt: skip

    return blueprint

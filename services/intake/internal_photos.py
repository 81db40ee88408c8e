"""Intake's internal API for photos: the whole ones and their previews, by digest. Nothing else can be fetched by it."""

from __future__ import annotations

from flask import Blueprint, Response

from services.intake import repository_additions
from services.intake.photos.store import MEDIA_TYPE
from shared.blobs import BlobFolder
from shared.errors import Refused
from shared.observability.logs import get_logger
from shared.storage.database import Database
from shared.web.internal import internal_blueprint

log = get_logger("photos")
_JPEG = b"\xff\xd8\xff"


def photos_blueprint(database: Database, blobs: BlobFolder, token: str) -> Blueprint:
    """Raw mails lie in the same folder: a digest that no photo has is unknown, whatever file it may name."""
    blueprint = internal_blueprint("photos", token)

    @blueprint.get("/photos/<digest>")
    def photo(digest: str) -> Response:
        with database.read() as connection:
            known = repository_additions.is_photo(connection, digest)
        content = blobs.get(digest) if known else None
        if content is None or not content.startswith(_JPEG):
            if known:
                log.error("photo_file_missing", digest=digest)
            raise Refused("there is no such photo", code="no_photo", status=404)
        headers = {"Cache-Control": "private, immutable", "X-Content-Type-Options": "nosniff"}
        return Response(content, mimetype=MEDIA_TYPE, headers=headers)

    return blueprint

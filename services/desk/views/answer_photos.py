"""The photos of an answer in a form: those that are kept already, those that come now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import request
from werkzeug.datastructures import FileStorage

from services.desk.cases import contents
from services.desk.cases.case import Case
from services.desk.desk import Desk
from services.desk.views.access import me
from services.desk.working import drafts
from services.desk.working.files import MOST_PHOTO_BYTES, MOST_PHOTOS
from shared.contracts.fields import AttachmentFields
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger
from shared.sentences import sentence

log = get_logger("desk")
TOO_MANY = sentence("Paling banyak %(most)s foto dalam satu jawaban.", most=MOST_PHOTOS)
TOO_LARGE = sentence("Foto terlalu besar: paling besar 10 MB untuk satu foto. Video tidak diterima.")
AWAY = sentence(
    "Foto sedang tidak dapat disimpan. Jawaban belum dikirim, dan teksnya tersimpan sebagai draf. "
    "Coba lagi sebentar lagi, atau kirim tanpa foto."
)


@dataclass(frozen=True)
class TakenPhotos:
    """`away`: the photos could not be kept now, whatever they are."""

    photos: tuple[AttachmentFields, ...]
    errors: dict[str, str] = field(default_factory=dict)
    away: bool = False


def photos_of_form(desk: Desk, case: Case) -> TakenPhotos:
    """The form names kept photos by their digests: only those of this person's own draft or answers to this case."""
    known = {photo["sha256"]: photo for photo in _own(desk, case)}
    dropped = set(request.form.getlist("drop_photo"))
    named = dict.fromkeys(request.form.getlist("photo")[:20])
    kept = {name: known[name] for name in named if name in known and name not in dropped}
    for file in request.files.getlist("photos"):
        if not file.filename:
            continue
        if len(kept) >= MOST_PHOTOS:
            return TakenPhotos(tuple(kept.values())[:MOST_PHOTOS], {"photos": TOO_MANY})
        try:
            photo = desk.files.keep(case.complaint_id, _read(file))
        except Refused as error:
            return TakenPhotos(tuple(kept.values()), {"photos": error.message})
        except Transient as error:
            log.warning("answer_photo_not_kept", code=error.code)
            return TakenPhotos(tuple(kept.values()), {"photos": AWAY}, away=True)
        kept[photo["sha256"]] = photo
    return TakenPhotos(tuple(kept.values())[:MOST_PHOTOS])


def _read(file: FileStorage) -> bytes:
    content = file.stream.read(MOST_PHOTO_BYTES + 1)
    if len(content) > MOST_PHOTO_BYTES:
        raise Refused(TOO_LARGE, code="too_large")
    return content


def _own(desk: Desk, case: Case) -> Iterator[AttachmentFields]:
    """Those of answers too: the same form that comes again names what went away with the first."""
    with desk.spine.database.read() as connection:
        begun = drafts.of_case(connection, me().login, case.complaint_id).get(drafts.ANSWER)
        known = contents.of_case(connection, case.complaint_id)
    for answer in known.of(contents.ANSWER):
        if answer.about.get("by") == me().login:
            yield from answer.photos
    if begun is not None:
        yield from begun.photos

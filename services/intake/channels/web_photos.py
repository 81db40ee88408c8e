"""Photos that come with a form: kept at once, so that they survive whatever is wrong with the rest."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.datastructures import FileStorage

from services.intake.channels.web_fields import MOST_PHOTOS, TOO_MANY_PHOTOS, Photos, Typed
from services.intake.photos.refusals import SENTENCES
from services.intake.photos.uploads import Uploaded
from shared.sentences import Sentence, sentence

_REFUSED = sentence("Satu foto tidak dapat diterima.")
_WITHOUT = sentence("Tekan tombol kirim untuk mengirim tanpa foto itu, atau pilih foto lain.")


def keep_uploaded(typed: Typed, photos: Photos, files: Iterable[FileStorage]) -> tuple[Typed, dict[str, str]]:
    """The form with the new photos, and what is wrong with those that were not kept. Raises `Transient`."""
    uploaded = Uploaded(files)
    if not len(uploaded):
        return typed, {}
    result = photos.keep(uploaded)
    known = {photo.sha256 for photo in typed.photos}
    new = [photo for photo in result.kept if photo.sha256 not in known]
    if len(typed.photos) + len(new) > MOST_PHOTOS:
        return typed.with_photos(new), {"photos": TOO_MANY_PHOTOS}
    problem = refused_sentence(result.refused)
    return typed.with_photos(new), {"photos": problem} if problem else {}


def refused_sentence(codes: Iterable[str]) -> Sentence | None:
    """Why photos were not kept, each reason once, and what to do; None when all were kept."""
    reasons = [Sentence(SENTENCES[code], {}) if code in SENTENCES else _REFUSED for code in dict.fromkeys(codes)]
    if not reasons:
        return None
    values = {f"part{number}": reason for number, reason in enumerate([*reasons, _WITHOUT])}
    return Sentence(" ".join(f"%({name})s" for name in values), values)

"""What a submission must be to be accepted: cleaned, within limits, in normal form. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.intake.areas import Areas
from services.intake.contacts import normalise_email, normalise_phone
from services.intake.submission import (
    MOST_DETAIL_CHARACTERS,
    MOST_NAME_CHARACTERS,
    MOST_TEXT_CHARACTERS,
    Contact,
    Submission,
)
from services.intake.text import clean_line, clean_text, cut, says_something
from shared.contracts.fields import IDENTITIES, KINDS, Place
from shared.errors import Refused
from shared.sentences import sentence

Problems = dict[str, tuple[str, str]]
"""By field: a stable code and the sentence for the person."""

# Beyond this nothing is even cleaned: it is refused, or cut before the cleaning.
_MOST_RAW_CHARACTERS = 20 * MOST_TEXT_CHARACTERS


TOO_LONG = sentence(
    "Isi laporan terlalu panjang. Paling banyak %(most)s huruf. Ringkas, lalu kirim lagi.", most=MOST_TEXT_CHARACTERS
)
EMPTY = sentence("Isi laporan masih kosong. Tuliskan apa yang terjadi.")


@dataclass(frozen=True)
class Checker:
    areas: Areas

    def check(self, submission: Submission) -> Submission:
        """The submission cleaned and in normal form.

        Raises `Refused`; its `fields` hold a sentence for each field, its code is that of the only problem or
        `several_problems`.
        """
        problems: Problems = {}
        text, flags = self._text(submission, problems)
        place = self._place(submission.place, problems)
        contact = self._contact(submission, problems)
        if submission.kind not in KINDS:
            problems["kind"] = ("unknown_kind", sentence("Pilih salah satu jenis laporan yang tersedia."))
        if submission.identity not in IDENTITIES:
            said = sentence("Pilih salah satu cara melindungi identitas yang tersedia.")
            problems["identity"] = ("unknown_identity", said)
        if problems:
            raise refusal(problems)
        return replace(submission, text=text, place=place, contact=contact, flags=(*submission.flags, *flags))

    def _text(self, submission: Submission, problems: Problems) -> tuple[str, tuple[str, ...]]:
        raw = submission.text
        if len(raw) > _MOST_RAW_CHARACTERS and not submission.cut_long_text:
            problems["text"] = ("text_too_long", TOO_LONG)
            return "", ()
        text = clean_text(raw[:_MOST_RAW_CHARACTERS])
        too_long = len(text) > MOST_TEXT_CHARACTERS or len(raw) > _MOST_RAW_CHARACTERS
        if not says_something(text):
            problems["text"] = ("empty_text", EMPTY)
        elif too_long and not submission.cut_long_text:
            problems["text"] = ("text_too_long", TOO_LONG)
        return cut(text, MOST_TEXT_CHARACTERS), ("shortened",) if too_long else ()

    def _place(self, place: Place, problems: Problems) -> Place:
        cleaned = Place(
            clean_line(place.kecamatan or "") or None,
            clean_line(place.kelurahan or "") or None,
            clean_line(place.detail or "") or None,
        )
        read, wrong = self.areas.read(cleaned)
        problems.update({name: ("unknown_place", said) for name, said in wrong.items()})
        if len(cleaned.detail or "") > MOST_DETAIL_CHARACTERS:
            said = sentence("Keterangan tempat paling banyak %(most)s huruf.", most=MOST_DETAIL_CHARACTERS)
            problems["detail"] = ("detail_too_long", said)
        latitude, longitude = _position(place)
        return replace(read, latitude=latitude, longitude=longitude)

    def _contact(self, submission: Submission, problems: Problems) -> Contact:
        given, lenient = submission.contact, submission.carrier_contact
        name = clean_line(given.name)
        if len(name) > MOST_NAME_CHARACTERS and not lenient:
            said = sentence("Nama paling banyak %(most)s huruf.", most=MOST_NAME_CHARACTERS)
            problems["name"] = ("name_too_long", said)
        email = normalise_email(given.email) if given.email.strip() else ""
        phone = normalise_phone(given.phone, by_carrier=lenient) if given.phone.strip() else ""
        if email is None and not lenient:
            said = sentence("Alamat surel ini tidak lengkap. Contoh yang benar: nama@contoh.id.")
            problems["email"] = ("bad_email", said)
        if phone is None and not lenient:
            said = sentence("Nomor telepon ini tidak dikenali. Contoh yang benar: 0812 3456 7890.")
            problems["phone"] = ("bad_phone", said)
        reply_to = normalise_email(given.reply_to) or ""
        return Contact(email or "", phone or "", name[:MOST_NAME_CHARACTERS], reply_to)


def _position(place: Place) -> tuple[float | None, float | None]:
    """Both degrees, or neither: half a position, or one that is nowhere on earth, is as good as none."""
    latitude, longitude = place.latitude, place.longitude
    if latitude is None or longitude is None:
        return None, None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else (None, None)


def refusal(problems: Problems) -> Refused:
    codes = {code for code, _ in problems.values()}
    sentences = {name: said for name, (_, said) in problems.items()}
    code = codes.pop() if len(codes) == 1 else "several_problems"
    return Refused(" ".join(dict.fromkeys(sentences.values())), code=code, fields=sentences)

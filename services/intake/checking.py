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

Problems = dict[str, tuple[str, str]]
"""By field: a stable code and the sentence for the person."""

# Beyond this nothing is even cleaned: it is refused, or cut before the cleaning.
_MOST_RAW_CHARACTERS = 20 * MOST_TEXT_CHARACTERS


def counted(number: int) -> str:
    """10000 as people here write it: 10.000."""
    return f"{number:,}".replace(",", ".")


TOO_LONG = (
    f"Isi laporan terlalu panjang. Paling banyak {counted(MOST_TEXT_CHARACTERS)} huruf. Ringkas, lalu kirim lagi."
)
EMPTY = "Isi laporan masih kosong. Tuliskan apa yang terjadi."


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
            problems["kind"] = ("unknown_kind", "Pilih salah satu jenis laporan yang tersedia.")
        if submission.identity not in IDENTITIES:
            problems["identity"] = ("unknown_identity", "Pilih salah satu cara melindungi identitas yang tersedia.")
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
        problems.update({name: ("unknown_place", sentence) for name, sentence in wrong.items()})
        if len(cleaned.detail or "") > MOST_DETAIL_CHARACTERS:
            sentence = f"Keterangan tempat paling banyak {counted(MOST_DETAIL_CHARACTERS)} huruf."
            problems["detail"] = ("detail_too_long", sentence)
        return read

    def _contact(self, submission: Submission, problems: Problems) -> Contact:
        given, lenient = submission.contact, submission.carrier_contact
        name = clean_line(given.name)
        if len(name) > MOST_NAME_CHARACTERS and not lenient:
            problems["name"] = ("name_too_long", f"Nama paling banyak {counted(MOST_NAME_CHARACTERS)} huruf.")
        email = normalise_email(given.email) if given.email.strip() else ""
        phone = normalise_phone(given.phone, by_carrier=lenient) if given.phone.strip() else ""
        if email is None and not lenient:
            problems["email"] = ("bad_email", "Alamat surel ini tidak lengkap. Contoh yang benar: nama@contoh.id.")
        if phone is None and not lenient:
            problems["phone"] = ("bad_phone", "Nomor telepon ini tidak dikenali. Contoh yang benar: 0812 3456 7890.")
        reply_to = normalise_email(given.reply_to) or ""
        return Contact(email or "", phone or "", name[:MOST_NAME_CHARACTERS], reply_to)


def refusal(problems: Problems) -> Refused:
    codes = {code for code, _ in problems.values()}
    sentences = {name: sentence for name, (_, sentence) in problems.items()}
    code = codes.pop() if len(codes) == 1 else "several_problems"
    return Refused(" ".join(dict.fromkeys(sentences.values())), code=code, fields=sentences)

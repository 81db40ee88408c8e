"""A POST of a service request, read into a submission. Pure.

The description stays what the citizen wrote; below it stand the answers to what the service asks, and the address of a
photo, since those are the citizen's words too and belong where officers read them. Which service was picked travels
beside the text (`external_refs`): it is a fact for people, and moves no rule.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date, datetime

from services.intake.open311.parameters import Parameters
from services.intake.photos.store import KeptPhotos
from services.intake.submission import MOST_DETAIL_CHARACTERS, Contact, Submission
from services.intake.text import clean_line, clean_text
from shared.city_services import Bounds, CityService, CityServices, Question
from shared.contracts.fields import Place
from shared.errors import Refused

CHANNEL = "open311"
SERVICE_REF = "open311_service"
OUTSIDE = "position_outside"
PHOTO_LINK = "photo_link"
PHOTO_NOT_KEPT = "photo_not_kept"

_MOST_ADDRESS_CHARACTERS = MOST_DETAIL_CHARACTERS - 100
_MOST_ID_CHARACTERS = 100
_MOST_ADDRESS_ID_CHARACTERS = 40
_MOST_ANSWER_CHARACTERS = {"text": 2000}
_MOST_LINK_CHARACTERS = 1000
_MOST_LINE_CHARACTERS = 400
_DEGREES = re.compile(r"[+-]?\d{1,3}(\.\d{1,20})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,15}([.,]\d{1,15})?", re.ASCII)
_LINK = re.compile(r"https?://[^\s<>\"'\\^`{|}\x00-\x20]+", re.IGNORECASE)


def read_report(
    given: Parameters, services: CityServices, *, account: str, size: int = 0
) -> tuple[Submission, CityService]:
    """The submission, unchecked beyond what Open311 adds, and the service it is about.

    Raises `Refused`: 404 for an unknown service, else 400 with a sentence for each parameter.
    """
    service = _service(given, services)
    place, flags = _place(given, services.bounds)
    text = _text(given, service)
    submission = Submission(
        channel=CHANNEL,
        account=account,
        text=text,
        sender=_sender(given),
        place=place,
        contact=_contact(given),
        size=size,
        flags=(*flags, *([PHOTO_LINK] if given.text("media_url") else [])),
        external_refs={SERVICE_REF: service.code} if service else {},
    )
    given.check()
    assert service is not None  # a missing one is a problem, an unknown one was refused
    return submission, service


def with_photos(submission: Submission, photos: KeptPhotos) -> Submission:
    """With those that were kept; flagged when some were not."""
    flags = (*submission.flags, *([PHOTO_NOT_KEPT] if photos.refused else []))
    return replace(submission, photos=photos.kept, flags=flags)


def account_of(given: Parameters) -> str:
    return given.line("account_id", most=_MOST_ID_CHARACTERS)


def _service(given: Parameters, services: CityServices) -> CityService | None:
    code = clean_line(given.text("service_code")[:200])
    if not code:
        given.complain("service_code", "Isian ini wajib: kode layanan dari services.json.")
        return None
    service = services.service(code)
    if service is None:
        raise no_service()
    return service


def no_service() -> Refused:
    return Refused("Kode layanan (service_code) ini tidak ada di services.json.", code="unknown_service", status=404)


def _sender(given: Parameters) -> str:
    """What tells two senders apart. It is only ever hashed: neither of the two ids is kept."""
    for name in ("account_id", "device_id"):
        value = given.line(name, most=_MOST_ID_CHARACTERS)
        if value:
            return f"{name}:{value}"
    return ""


def _contact(given: Parameters) -> Contact:
    names = (given.line(name, most=_MOST_ID_CHARACTERS) for name in ("first_name", "last_name"))
    return Contact(
        email=given.line("email", most=_MOST_LINE_CHARACTERS),
        phone=given.line("phone", most=_MOST_LINE_CHARACTERS),
        name=" ".join(filter(None, names)),
    )


def _place(given: Parameters, bounds: Bounds | None) -> tuple[Place, tuple[str, ...]]:
    address = given.line("address_string", most=_MOST_ADDRESS_CHARACTERS)
    address_id = given.line("address_id", most=_MOST_ADDRESS_ID_CHARACTERS)
    position = _position(given)
    if not (address or address_id or position or {"lat", "long"} & set(given.problems)):
        given.complain("address_string", "Tempat kejadian wajib diisi: lat dan long, address_string, atau address_id.")
    parts = [address] if address else []
    parts += [f"nomor alamat {address_id}"] if address_id else []
    parts += [f"koordinat {position[0]:.6f}, {position[1]:.6f}"] if position else []
    outside = bool(position and bounds and not bounds.hold(*position))
    return Place(detail="; ".join(parts) or None), (OUTSIDE,) if outside else ()


def _position(given: Parameters) -> tuple[float, float] | None:
    latitude = _degrees(given, "lat", most=90)
    longitude = _degrees(given, "long", most=180)
    if latitude is None or longitude is None:
        for name, value in (("lat", latitude), ("long", longitude)):
            if value is None and (latitude is not None or longitude is not None):
                given.complain(name, "lat dan long harus dikirim bersama-sama.")
        return None
    return latitude, longitude


def _degrees(given: Parameters, name: str, *, most: int) -> float | None:
    raw = given.text(name).strip()
    if not raw:
        return None
    value = float(raw) if _DEGREES.fullmatch(raw) else math.inf
    if abs(value) > most:
        given.complain(name, f"Isian ini harus derajat WGS 84 dari -{most} sampai {most}, misalnya -6.884100.")
        return None
    return value


def _text(given: Parameters, service: CityService | None) -> str:
    """Description, answers and the photo's address."""
    answers = _answers(given, service) if service else []
    link = given.text("media_url").strip()
    if link and (len(link) > _MOST_LINK_CHARACTERS or not _LINK.fullmatch(link)):
        given.complain("media_url", "Isian ini harus alamat http:// atau https:// yang lengkap.")
    description = given.text("description")
    if not clean_text(description[:1000]) and not answers:
        given.complain("description", "Isian ini wajib: tuliskan apa yang terjadi.")
    below = [*answers, *([f"Foto: {link}"] if link else [])]
    return "\n\n".join(filter(None, (description, "\n".join(below))))


def _answers(given: Parameters, service: CityService) -> list[str]:
    """A line for each answer. What the service does not ask is another program's own business and is left out."""
    answered = given.attributes()
    lines = []
    for question in service.questions:
        name = f"attribute[{question.code}]"
        values = answered.get(question.code, [])
        if question.required and not values:
            given.complain(name, "Isian ini wajib untuk layanan ini.")
        if len(values) > 1 and question.datatype != "multivaluelist":
            given.complain(name, "Isian ini hanya menerima satu jawaban.")
        elif values:
            words = [_answer(given, name, question, value) for value in values]
            lines.append(f"{question.label}: {', '.join(filter(None, words))}")
    return lines


def _answer(given: Parameters, name: str, question: Question, value: str) -> str:
    most = _MOST_ANSWER_CHARACTERS.get(question.datatype, 300)
    answer = (clean_text if question.datatype == "text" else clean_line)(value[: 20 * most])
    if len(answer) > most:
        given.complain(name, f"Jawaban ini terlalu panjang: paling banyak {most} huruf.")
    if question.choices:
        chosen = {choice.key: choice.name for choice in question.choices}.get(answer)
        if chosen is None:
            given.complain(name, f"Jawaban ini harus salah satu dari: {_keys(question)}.")
        return chosen or ""
    if question.datatype == "number" and not _NUMBER.fullmatch(answer):
        given.complain(name, "Jawaban ini harus angka.")
    if question.datatype == "datetime" and not _is_date(answer):
        given.complain(name, "Jawaban ini harus tanggal ISO 8601, misalnya 2026-11-20.")
    return answer


def _keys(question: Question) -> str:
    return ", ".join(choice.key for choice in question.choices)


def _is_date(text: str) -> bool:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            read(text)
        except ValueError:
            continue
        return True
    return False

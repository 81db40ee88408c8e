"""What a coordinator could publish, put together plainly: it saves typing and decides nothing. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.desk.cases.case import Case
from services.desk.publishing.draft import MOST_ANSWER, clean
from services.desk.publishing.exclusion import SERVICE_REF
from services.desk.publishing.personal import redact
from shared.city import CityPack
from shared.city_services import CityService

_MOST_QUOTED = 280
_LEAST_WORDS = 4
_ANYTHING = "lainnya"
_WORD = re.compile(r"[^\W_]+")
_BREAK = re.compile(
    r"(?<!\bJl)(?<!\bjl)(?<!\bNo)(?<!\bno)(?<!\bGg)(?<!\bgg)(?<!\bKel)(?<!\bKec)(?<!\bRT)(?<!\bRW)[.!?]+\s+|\n+"
)
_GREETING = re.compile(
    r"^\s*(?i:yth\b|kepada\b|ass?alam|wr\b|wb\b|selamat (?:pagi|siang|sore|malam)|dengan hormat|halo\b|hallo\b|"
    r"sampurasun|permisi|mohon maaf|salam\b|izin (?:lapor|melapor)|nama saya|perkenalkan|saya (?:warga|yang))"
)
_ENDING = re.compile(r"^\s*(?i:hormat (?:kami|saya)|salam\b|terima ?kasih[.,! ]*$|wassalam)")


@dataclass(frozen=True)
class Suggestion:
    summary: str
    answer: str
    service: str


def suggest(case: Case, answer: str, pack: CityPack) -> Suggestion:
    """`answer` is what the citizen was told last. What looks personal is left out; a person still reads it."""
    contacts = pack.publishing.contacts
    service = fitting_service(case, pack)
    offered = pack.services.service(service)
    about = offered.name.lower() if offered and service != _ANYTHING else "hal berikut"
    summary = f"Laporan warga tentang {about}{_where(case)}: {redact(_happened(case.text or ''), contacts)}"
    return Suggestion(clean(summary.rstrip(": ")), _public_answer(answer, contacts), service)


def fitting_service(case: Case, pack: CityPack) -> str:
    """What the sender picked, else what fits best by its words and its agency, else the catch-all if there is one."""
    picked = str(case.external_refs.get(SERVICE_REF, ""))
    if pack.services.service(picked):
        return picked
    words = frozenset(_WORD.findall((case.text or "").lower()))
    rated = [(_hits(service, words), service.agency == case.agency, service) for service in pack.services.services]
    best = max(rated, key=lambda one: (one[0] > 0 and one[1], one[0]), default=None)
    if best is not None and best[0]:
        return best[2].code
    of_agency = [service.code for _, mine, service in rated if mine]
    if len(of_agency) == 1:
        return of_agency[0]
    return _ANYTHING if pack.services.service(_ANYTHING) else ""


def _hits(service: CityService, words: frozenset[str]) -> int:
    """How many of its names all stand in the text, wherever: "lampu di jalan ini mati" has "lampu mati"."""
    known = {service.name.lower(), service.code.replace("-", " "), *(keyword.lower() for keyword in service.keywords)}
    return sum(words.issuperset(name.split()) for name in known)


def _where(case: Case) -> str:
    if case.kelurahan:
        return f" di Kelurahan {case.kelurahan}"
    return f" di Kecamatan {case.kecamatan}" if case.kecamatan else ""


def _happened(text: str) -> str:
    """The first sentence that tells something, on one line."""
    sentences = [" ".join(part.split()) for part in _BREAK.split(text) if part.strip()]
    telling = [part for part in sentences if len(part.split()) >= _LEAST_WORDS and not _GREETING.match(part)]
    found = next(iter(telling or sentences), "").rstrip(".!? ")
    if len(found) > _MOST_QUOTED:
        found = found[:_MOST_QUOTED].rpartition(" ")[0] + " …"
    return f"{found}." if found and not found.endswith("…") else found


def _public_answer(answer: str, contacts: tuple[str, ...]) -> str:
    """Without its greeting and its signature: they name the citizen and the officer."""
    lines = answer.replace("\r\n", "\n").split("\n")
    while lines and (not lines[0].strip() or (_GREETING.match(lines[0]) and len(lines[0].split()) < 10)):
        lines.pop(0)
    end = next((at for at, line in enumerate(lines) if _ENDING.match(line)), len(lines))
    return clean(redact("\n".join(lines[:end]), contacts))[:MOST_ANSWER]

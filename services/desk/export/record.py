"""One case as the columns that an operator needs to enter it in SP4N-LAPOR!. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.desk.wording import CHANNELS, STATES
from services.desk.wording import place as place_words
from shared.city_sp4n import Sp4nMapping
from shared.contracts.fields import SP4N
from shared.observability.masking import mask
from shared.sentences import sentence

MOST_TITLE = 100
COLUMNS = (
    "tiket", "nomor_sp4n", "judul", "isi", "tanggal_kejadian", "lokasi", "instansi_tujuan", "kategori", "klasifikasi",
    "anonim", "sumber", "status", "jawaban", "tanggal_jawaban", "tanggal_diterima", "diperbarui",
)  # fmt: skip
_ENDS = (". ", "! ", "? ", "\n")


@dataclass(frozen=True)
class Words:
    """What was written about a case, masked. All empty where it was deleted, `erased_at` that moment."""

    text: str = ""
    place_detail: str = ""
    answer: str = ""
    answered_at: datetime | None = None
    happened_on: str = ""
    erased_at: datetime | None = None


def make_record(
    case: Mapping[Any, Any], words: Words, *, sp4n: Sp4nMapping, agencies: Mapping[str, str], zone: ZoneInfo
) -> dict[str, str]:
    """`case` is the row of a case, `agencies` their names by code. Times carry their offset, days are the city's."""
    agency = case["agency"]
    answered = words.answered_at
    made = (
        case["ticket"],
        str(case["external_refs"].get(SP4N, "")),
        title(words.text),
        words.text or _erased(words, zone),
        words.happened_on or case["received_at"].astimezone(zone).date().isoformat(),
        _place(case, words.place_detail),
        agencies.get(agency or "", agency or ""),
        sp4n.topic(agency, strongest_rules(case)),
        sp4n.classification(case["kind"], agency),
        "tidak" if case["identity"] == "open" else "ya",
        str(CHANNELS.get(case["channel"], case["channel"])),
        str(STATES.get(case["state"], case["state"])),
        words.answer,
        _moment(answered, zone) if answered else "",
        _moment(case["received_at"], zone),
        _moment(case["updated_at"], zone),
    )
    return dict(zip(COLUMNS, made, strict=True))


def title(text: str) -> str:
    """The first sentence on one line, at most 100 characters, cut between words."""
    end = min((found for mark in _ENDS if (found := text.find(mark)) > 0), default=len(text))
    line = " ".join(text[: min(end + 1, 4 * MOST_TITLE)].split())
    if len(line) <= MOST_TITLE:
        return line
    return line[: MOST_TITLE - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def strongest_rules(case: Mapping[Any, Any]) -> Sequence[str]:
    """The rules that spoke for the agency that has the case, by the weight of their phrases. None if a person chose."""
    decision = case["decision"]
    if not case["agency"] or decision.get("agency") != case["agency"]:
        return ()
    weights: dict[str, int] = {}
    for reason in decision.get("reasons", ()):
        rule = str(reason.get("rule", ""))
        weights[rule] = weights.get(rule, 0) + int(reason.get("weight", 0))
    return sorted((rule for rule, weight in weights.items() if weight > 0), key=lambda rule: (-weights[rule], rule))


def _erased(words: Words, zone: ZoneInfo) -> str:
    if words.erased_at is None:
        return ""
    day = words.erased_at.astimezone(zone).date().isoformat()
    return str(sentence("(isi laporan dihapus %(day)s)", day=day))


def _place(case: Mapping[Any, Any], detail: str) -> str:
    known = place_words(case["kelurahan"], case["kecamatan"]) if case["kelurahan"] or case["kecamatan"] else ""
    position = ""
    if case["latitude"] is not None and case["longitude"] is not None:
        position = f"({case['latitude']:.5f}, {case['longitude']:.5f})"
    return ", ".join(filter(None, (mask(detail), str(known), position)))


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")

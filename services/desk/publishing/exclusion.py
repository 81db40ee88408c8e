"""What is never public, and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.desk.cases.case import Case
from shared.city_publishing import CityPublishing, Never
from shared.sentences import sentence

SERVICE_REF = "open311_service"
MAY_BEGIN = ("forwarded", "referred", "in_progress", "answered", "closed")
"""Somebody is in charge, so that there is something to tell."""
MAY_STAY = (*MAY_BEGIN, "triage", "waiting")
"""What was archived or withdrawn is no longer anybody's to look at."""

CONFIDENTIAL = sentence("Laporan rahasia tidak pernah diterbitkan, dan tidak dihitung sendiri.")
NOT_ALLOWED = sentence("Kota ini belum menentukan apa yang boleh terbit (publishing.yaml), maka tidak ada yang terbit.")
NOT_YET = sentence("Laporan ini belum dapat diterbitkan: belum ada instansi yang menanganinya.")
ENDED = sentence("Laporan ini diarsipkan atau dicabut, maka tidak diterbitkan.")
WORDS_ERASED = sentence("Isi laporan ini sudah dihapus, maka tidak ada lagi yang dapat diterbitkan atau diubah.")


@dataclass(frozen=True)
class Subject:
    """What decides whether a case may be public. `rules` spoke for the decision about it."""

    state: str
    identity: str
    kind: str
    agency: str | None
    service: str
    rules: frozenset[str]
    text: str

    @staticmethod
    def of(case: Case) -> Subject:
        return Subject.read({name: getattr(case, name) for name in _READ}, case.text)

    @staticmethod
    def read(row: Mapping[str, Any], text: str | None) -> Subject:
        """From a row of the table of cases, or what looks like one."""
        return Subject(
            state=row["state"],
            identity=row["identity"],
            kind=row["kind"],
            agency=row["agency"],
            service=str(row["external_refs"].get(SERVICE_REF, "")),
            rules=frozenset(str(reason.get("rule")) for reason in row["decision"].get("reasons", ())),
            text=text or "",
        )


_READ = ("state", "identity", "kind", "agency", "external_refs", "decision")


def why_never(subject: Subject, policy: CityPublishing) -> str | None:
    """A sentence for people when nothing of it may be public, whatever becomes of it; else None."""
    if subject.identity == "confidential":
        return CONFIDENTIAL
    if not policy.allowed:
        return NOT_ALLOWED
    return next((never.reason for never in policy.never if _fits(never, subject)), None)


def why_not_now(subject: Subject, policy: CityPublishing, *, is_public: bool = False) -> str | None:
    """As `why_never`, and also for what its state forbids. What is public already may go back to a coordinator."""
    never = why_never(subject, policy)
    if never is not None or subject.state in (MAY_STAY if is_public else MAY_BEGIN):
        return never
    return ENDED if subject.state in ("archived", "withdrawn") else NOT_YET


def _fits(never: Never, subject: Subject) -> bool:
    return (
        subject.agency in never.agencies
        or subject.kind in never.kinds
        or subject.service in never.services
        or not never.rules.isdisjoint(subject.rules)
        or bool(never.words and _pattern(never.words).search(" ".join(subject.text.lower().split())))
    )


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_word(word) for word in words))


def _word(word: str) -> str:
    before = "" if word.startswith("*") else r"(?<!\w)"
    after = "" if word.endswith("*") else r"(?!\w)"
    return f"{before}{re.escape(word.strip('*'))}{after}"

"""Who is away and who stands in: what that makes of a person now, and which leave cannot be entered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.desk.people.person import AGENCY_ROLES, Person
from shared.errors import Refused
from shared.sentences import sentence

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Absence:
    """`login` is away from `starts_at` until just before `ends_at`, and `acting_login` stands in."""

    absence_id: str
    agency: str
    login: str
    acting_login: str
    starts_at: datetime
    ends_at: datetime
    created_by: str
    created_at: datetime
    ended_by: str | None = None

    def holds_at(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        return self.starts_at < ends_at and starts_at < self.ends_at


def acting(people: Iterable[Person], absences: Iterable[Absence], at: datetime) -> dict[str, list[Person]]:
    """Who stands in now, by login, and for whom. Only within one office: who went to another one stands in no more."""
    known = {person.login: person for person in people}
    found: dict[str, list[Person]] = {}
    for absence in sorted(absences, key=lambda one: (one.starts_at, one.absence_id)):
        absent, stand_in = known.get(absence.login), known.get(absence.acting_login)
        if absence.holds_at(at) and absent and stand_in and are_of_one_office(absent, stand_in):
            found.setdefault(stand_in.login, []).append(absent)
    return found


def with_rights_of(person: Person, absent: Sequence[Person]) -> Person:
    """The person with the rights of those whose place is taken besides the own ones; head of the office for a head."""
    absent = [one for one in absent if are_of_one_office(one, person)]
    if not absent:
        return person
    is_head = person.role == "head" or any(one.role == "head" for one in absent)
    return replace(
        person,
        role="head" if is_head else person.role,
        confidential=person.confidential or any(one.confidential for one in absent),
        acting_for=", ".join(one.name for one in absent),
    )


def are_of_one_office(one: Person, other: Person) -> bool:
    """Both work for one agency, and where it has an office in every place, in the same one."""
    if one.role not in AGENCY_ROLES or other.role not in AGENCY_ROLES or not one.agency:
        return False
    place = (one.agency, one.kecamatan, one.kelurahan)
    return one.login != other.login and place == (other.agency, other.kecamatan, other.kelurahan)


def check_absence(
    people: Mapping[str, Person], known: Sequence[Absence], wanted: Absence, *, today: datetime
) -> None:  # fmt: skip
    """`people` are the active ones of the agency, `today` is when this day began.

    Raises `Refused` with a sentence for each field that cannot be taken.
    """
    problems = _who(people, wanted) | _when(wanted, today)
    if not problems:
        problems = _others(people, known, wanted)
    if problems:
        raise Refused(sentence("Cuti belum dicatat."), code="absence_refused", fields=problems)


def _who(people: Mapping[str, Person], wanted: Absence) -> dict[str, str]:
    absent, stand_in = people.get(wanted.login), people.get(wanted.acting_login)
    problems: dict[str, str] = {}
    if absent is None:
        problems["login"] = sentence("Pilih orang yang cuti dari daftar.")
    if wanted.acting_login == wanted.login and absent is not None:
        problems["acting"] = sentence("Orang yang cuti tidak dapat menggantikan dirinya sendiri.")
    elif stand_in is None:
        problems["acting"] = sentence("Pengganti harus orang yang aktif di instansi ini.")
    elif absent is not None and not are_of_one_office(absent, stand_in):
        problems["acting"] = sentence("Pengganti harus bekerja di kantor yang sama.")
    return problems


def _when(wanted: Absence, today: datetime) -> dict[str, str]:
    if wanted.starts_at < today:
        return {"starts": sentence("Hari pertama sudah lewat. Cuti dicatat mulai hari ini.")}
    if wanted.ends_at <= wanted.starts_at:
        return {"ends": sentence("Hari terakhir lebih awal daripada hari pertama.")}
    if wanted.ends_at - wanted.starts_at > LONGEST:
        return {"ends": sentence("Cuti paling lama satu tahun. Periksa tahunnya.")}
    return {}


def _others(people: Mapping[str, Person], known: Sequence[Absence], wanted: Absence) -> dict[str, str]:
    """Nobody is away twice at a time, and nobody stands in who is away himself."""
    for other in known:
        if not other.overlaps(wanted.starts_at, wanted.ends_at):
            continue
        if other.login == wanted.login:
            return {"starts": sentence("Pada hari-hari itu orang ini sudah tercatat cuti.")}
        if other.login == wanted.acting_login:
            return {"acting": sentence("Pada hari-hari itu pengganti ini sendiri sedang cuti.")}
        if other.acting_login == wanted.login:
            return {
                "login": sentence(
                    "Pada hari-hari itu orang ini menggantikan %(name)s. Akhiri penggantian itu lebih dahulu.",
                    name=people[other.login].name if other.login in people else other.login,
                )
            }
    return {}

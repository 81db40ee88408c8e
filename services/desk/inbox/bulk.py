"""One act on many cases. Each is done by itself, as from its own page: what fails for one keeps no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.desk import repository as cases
from services.desk.cases import machine
from services.desk.cases.acting import Act, Ending, TakeNote, perform
from services.desk.cases.agency_acts import Close, GiveBack
from services.desk.cases.case import Case, Happening
from services.desk.cases.coordinator_acts import Archive, Assign
from services.desk.cases.denied import note_denied
from services.desk.cases.register import Register
from services.desk.people.person import Act as Permission
from services.desk.people.person import Person, may, sees_case
from shared.errors import Refused, Transient
from shared.ids import read_ticket
from shared.sentences import sentence

MOST = 100
Said = Mapping[str, str]
"""The fields of the form: reason, agency, why, suggested."""


@dataclass(frozen=True)
class Kind:
    """An act that many cases can be chosen for. `undo`: how it is undone, empty where it cannot be."""

    name: str
    permission: Permission
    make: Callable[[Case, Said], Act]
    undo: str = ""


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            machine.ASSIGNED, Permission.ASSIGN,
            lambda case, said: Assign(said["agency"], said["reason"], case.kecamatan, case.kelurahan),
            sentence("Untuk membatalkan, buka laporannya dan serahkan kembali."),
        ),
        Kind(
            machine.ARCHIVING, Permission.COORDINATE, lambda case, said: Archive(said["why"], said["reason"]),
            sentence("Untuk membatalkan, buka laporannya dan pilih “Buka lagi”."),
        ),
        Kind(
            machine.RETURNED, Permission.WORK, lambda case, said: GiveBack(said["reason"], said["suggested"]),
            sentence("Laporan yang sudah dikembalikan hanya dapat diserahkan lagi oleh koordinator."),
        ),
        Kind(machine.ACKNOWLEDGED, Permission.WORK, lambda case, said: TakeNote()),
        Kind(
            machine.CLOSING, Permission.WORK, lambda case, said: Close(said["reason"]),
            sentence("Laporan yang ditutup dibuka lagi oleh koordinator, atau oleh pelapor sendiri."),
        ),
    )
}  # fmt: skip


class End(StrEnum):
    DONE = "done"
    ALREADY_DONE = "already_done"
    CHANGED = "changed"
    REFUSED = "refused"
    NOT_YOURS = "not_yours"
    AWAY = "away"


@dataclass(frozen=True)
class Result:
    """What became of one case. `said`: why it was refused; `last`: what changed it meanwhile."""

    ticket: str
    end: End
    said: tuple[str, ...] = ()
    last: Happening | None = None


@dataclass(frozen=True)
class Chosen:
    """A case of the list as the person saw it."""

    ticket: str
    revision: int


def read_chosen(values: Sequence[str], prefix: str) -> list[Chosen]:
    """From `TICKET:REVISION`; each case once, and whatever is nothing of the kind is left out.

    Raises `Refused` when there are none, or more than `MOST`.
    """
    found: dict[str, Chosen] = {}
    for value in values[: 100 * MOST]:
        number, _, revision = value[:80].partition(":")
        ticket = read_ticket(number, prefix)
        if ticket and revision.isascii() and revision.isdigit() and len(revision) < 10:
            found.setdefault(ticket, Chosen(ticket, int(revision)))
    if not found:
        raise Refused(sentence("Belum ada laporan yang dipilih."), code="none_chosen")
    if len(found) > MOST:
        raise Refused(
            sentence("Paling banyak %(most)s laporan sekaligus. Tidak ada yang dikerjakan.", most=MOST),
            code="too_many_chosen",
        )
    return list(found.values())


def act_on(register: Register, person: Person, kind: Kind, chosen: Sequence[Chosen], said: Said) -> Iterator[Result]:
    """One after the other, each in a transaction of its own. The same form again does nothing twice."""
    if not may(person, kind.permission):
        raise Refused(sentence("Peran Anda tidak mengerjakan itu."), code="not_allowed", status=403)
    for one in chosen:
        yield _act(register, person, kind, one, said)


def _act(register: Register, person: Person, kind: Kind, one: Chosen, said: Said) -> Result:
    try:
        with register.spine.database.read() as connection:
            case = cases.by_ticket(connection, one.ticket)
        if case is None:
            return Result(one.ticket, End.NOT_YOURS)
        outcome = perform(register, person, one.ticket, one.revision, kind.make(case, said))
    except Refused as error:
        return Result(one.ticket, End.REFUSED, tuple(dict.fromkeys(error.fields.values())) or (str(error),))
    except Transient:
        return Result(one.ticket, End.AWAY)
    if outcome is None:
        if not sees_case(person, case) and person.agency not in case.declined:
            note_denied(register.spine, person, case)
        return Result(one.ticket, End.NOT_YOURS)
    ends = {Ending.DONE: End.DONE, Ending.ALREADY_DONE: End.ALREADY_DONE, Ending.CONFLICT: End.CHANGED}
    return Result(one.ticket, ends[outcome.ending], last=outcome.last)

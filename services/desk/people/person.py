"""Who may do what. Pure: two tables and the questions that are put to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from services.desk.cases.case import Case

ROLES = ("officer", "head", "coordinator", "secretary", "operator", "auditor")
AGENCY_ROLES = ("officer", "head")
"""Those who work for one agency and see nothing of the others."""


class Act(StrEnum):
    """What a page or a button needs."""

    HOME = "home"
    SEE_CASES = "see_cases"
    SEE_TRIAGE = "see_triage"
    ASSIGN = "assign"
    WORK = "work"
    """To take note of the own agency's cases, answer and close them."""
    REVEAL_CONTACT = "reveal_contact"
    SEE_CAPTURED = "see_captured"
    SEE_DEAD = "see_dead"
    SETTLE_DEAD = "settle_dead"
    SEE_AUDIT = "see_audit"
    SEE_QUARANTINE = "see_quarantine"
    SETTLE_QUARANTINE = "settle_quarantine"
    SEE_DELIVERIES = "see_deliveries"
    SETTLE_DELIVERIES = "settle_deliveries"
    """To send a message again, cancel it, clear an alert or lift a suppressed address."""
    COORDINATE = "coordinate"
    """To archive, merge and split cases of all agencies, send copies, open again what is settled."""
    ENTER = "enter"
    """To enter a complaint for somebody at the counter, on the telephone or from another system."""
    EXPORT = "export"
    SEE_RULES = "see_rules"
    EDIT_RULES = "edit_rules"
    """To write a draft of the rules and propose it."""
    ACTIVATE_RULES = "activate_rules"
    SEE_DIRECTORY = "see_directory"
    EDIT_DIRECTORY = "edit_directory"
    """Agencies, their ways, their tokens, test messages."""
    EDIT_OWN_AGENCY = "edit_own_agency"
    """Leave and acting heads of the own agency."""
    PUBLISH = "publish"
    SEE_CONSOLE = "see_console"
    SEE_PRIVACY = "see_privacy"
    """How long is kept what people wrote, and how much was erased; who saw a contact is for SEE_AUDIT, too."""
    SEE_STATISTICS = "see_statistics"


class TextView(StrEnum):
    """How much of what the citizen wrote a person reads."""

    WHOLE = "whole"
    MASKED = "masked"
    NONE = "none"


_EVERYONE = frozenset({Act.HOME, Act.SEE_CASES, Act.SEE_DIRECTORY, Act.SEE_STATISTICS})
MAY: dict[str, frozenset[Act]] = {
    "officer": _EVERYONE | {Act.REVEAL_CONTACT, Act.WORK, Act.ENTER},
    "head": _EVERYONE | {Act.REVEAL_CONTACT, Act.WORK, Act.ENTER, Act.EDIT_OWN_AGENCY},
    "coordinator": _EVERYONE
    | {Act.SEE_TRIAGE, Act.ASSIGN, Act.COORDINATE, Act.REVEAL_CONTACT, Act.SEE_CAPTURED, Act.ENTER, Act.EXPORT}
    | {Act.SEE_QUARANTINE, Act.SETTLE_QUARANTINE, Act.SEE_DELIVERIES, Act.SETTLE_DELIVERIES}
    | {Act.SEE_RULES, Act.EDIT_RULES, Act.ACTIVATE_RULES, Act.EDIT_DIRECTORY, Act.PUBLISH, Act.SEE_CONSOLE}
    | {Act.SEE_PRIVACY},
    "secretary": _EVERYONE | {Act.SEE_TRIAGE, Act.ASSIGN, Act.SEE_RULES, Act.ACTIVATE_RULES},
    "operator": _EVERYONE
    | {Act.SEE_CAPTURED, Act.SEE_DEAD, Act.SETTLE_DEAD, Act.SEE_QUARANTINE, Act.SEE_CONSOLE}
    | {Act.SEE_DELIVERIES, Act.SETTLE_DELIVERIES, Act.SEE_RULES, Act.EDIT_RULES, Act.EDIT_DIRECTORY},
    "auditor": _EVERYONE
    | {Act.SEE_TRIAGE, Act.SEE_CAPTURED, Act.SEE_DEAD, Act.SEE_AUDIT, Act.SEE_QUARANTINE, Act.SEE_DELIVERIES}
    | {Act.SEE_RULES, Act.EXPORT, Act.SEE_CONSOLE, Act.SEE_PRIVACY},
}

_READS_WHOLE = {"coordinator"}
_READS_NOTHING = {"operator"}


@dataclass(frozen=True)
class Person:
    """`kecamatan` or `kelurahan` is set for those who work in the office of that place.

    `confidential` marks an officer who was named for confidential cases; heads need no such mark. `acting_for` is the
    name of whoever is away and in whose place this person has these rights now; it is no part of the account.
    """

    login: str
    name: str
    role: str
    agency: str | None = None
    kecamatan: str | None = None
    kelurahan: str | None = None
    confidential: bool = False
    acting_for: str = ""

    @property
    def bound_to_agency(self) -> bool:
        return self.role in AGENCY_ROLES


class Seen(Protocol):
    """What decides who sees a case; a case has it, and a row of a list."""

    @property
    def agency(self) -> str | None: ...
    @property
    def identity(self) -> str: ...
    @property
    def kecamatan(self) -> str | None: ...
    @property
    def kelurahan(self) -> str | None: ...


ACCOUNT = tuple(name for name in Person.__dataclass_fields__ if name != "acting_for")
"""What the database keeps of a person."""


@dataclass(frozen=True)
class Scope:
    """Which cases a person sees: all, or those of an agency and its place, with or without confidential ones."""

    everything: bool
    agency: str = ""
    kecamatan: str | None = None
    kelurahan: str | None = None
    confidential: bool = False


def may(person: Person, act: Act) -> bool:
    return act in MAY.get(person.role, frozenset())


def scope_of(person: Person) -> Scope:
    if not person.bound_to_agency:
        return Scope(everything=person.role in ROLES, confidential=True)
    confidential = person.role == "head" or person.confidential
    return Scope(False, person.agency or "", person.kecamatan, person.kelurahan, confidential)


def sees_case(person: Person, case: Seen, copies: Collection[str] = ()) -> bool:
    """The same as the list's filter (inbox/conditions.py); a test holds the two together.

    `copies` are the agencies to which a copy was sent: they read. Who asks whether somebody may act passes none.
    """
    scope = scope_of(person)
    if scope.everything:
        return True
    if not scope.agency or (case.agency != scope.agency and scope.agency not in copies):
        return False
    if case.identity == "confidential" and (not scope.confidential or case.agency != scope.agency):
        return False
    return scope.kecamatan in (None, case.kecamatan) and scope.kelurahan in (None, case.kelurahan)


def text_view(person: Person, identity: str) -> TextView:
    """Numbers and addresses in the text of whoever did not give his name openly are for the coordinator only."""
    if person.role in _READS_NOTHING:
        return TextView.NONE
    if identity == "open" or person.role in _READS_WHOLE:
        return TextView.WHOLE
    return TextView.MASKED


def may_reveal_contact(person: Person, case: Case) -> bool:
    """An open contact: the handling agency and the coordinator. Any other: the coordinator. Always with a reason."""
    if not may(person, Act.REVEAL_CONTACT) or not sees_case(person, case):
        return False
    return person.role == "coordinator" or case.identity == "open"

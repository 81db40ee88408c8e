"""Who works in an agency: listed, added, closed. What they may do is `people/person.py`'s matter."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.people import repository as accounts
from services.desk.people.adding import ADDRESS_TAKEN, NO_ADDRESS, create_person, normalised
from services.desk.people.addresses import read_address
from services.desk.people.links import Links, drop_links
from services.desk.people.person import AGENCY_ROLES, Person
from services.desk.tables import people
from shared.city import CityPack
from shared.errors import Refused
from shared.sentences import sentence
from shared.service import Spine

_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
CLOSE, OPEN, NAME, UNNAME = "close", "open", "name", "unname"
ACTS = (CLOSE, OPEN, NAME, UNNAME)
"""To end somebody's access and to give it again; to name for confidential cases and to take that back."""
_VALUES = {
    CLOSE: {"active": False}, OPEN: {"active": True}, NAME: {"confidential": True}, UNNAME: {"confidential": False}
}  # fmt: skip


@dataclass(frozen=True)
class Colleague:
    """`seen_at`: when a page of the desk was last asked for, to the minute."""

    person: Person
    active: bool
    created_at: datetime
    seen_at: datetime | None
    email: str = ""
    has_second: bool = False


@dataclass(frozen=True)
class Newcomer:
    """As typed."""

    login: str
    name: str
    role: str
    place: str = ""
    confidential: bool = False
    email: str = ""


@dataclass(frozen=True)
class Added:
    """`password` is to be shown once; empty where a link was sent instead (`invited`), or nothing was done."""

    password: str = ""
    invited: bool = False


def colleagues(connection: Connection, agency: str) -> list[Colleague]:
    """Heads first, each group by place and name, whoever may no longer log in at the end."""
    rows = connection.execute(select(*people.c).where(people.c.agency == agency)).mappings()
    return sorted((_colleague(row) for row in rows), key=_rank)


def add_colleague(
    spine: Spine, pack: CityPack, links: Links, by: Person, agency: str, newcomer: Newcomer
) -> Added:  # fmt: skip
    """With a mail address the newcomer gets a link to choose a password, else a first one. Nothing is done when this
    very person was there already.

    Raises `Refused` with a sentence for each field that cannot be taken.
    """
    with spine.database.read() as connection:
        entry = agencies.one(connection, agency)
        known = accounts.person_row(connection, normalised(newcomer.login))
    place = newcomer.place or None
    if known is not None and _is_same(accounts.person_of(known), agency, newcomer) and known["active"]:
        return Added()
    problems: dict[str, str] = {}
    if newcomer.role not in AGENCY_ROLES:
        problems["role"] = sentence("Pilih petugas atau kepala.")
    if not newcomer.name.isprintable():
        problems["name"] = sentence("Isi nama dalam satu baris.")
    if entry is not None and entry.places and place not in places_of(pack, entry.places):
        problems["place"] = sentence("Pilih tempat kantornya dari daftar.")
    if problems:
        raise Refused(sentence("Orang ini belum dapat ditambahkan."), code="person_refused", fields=problems)
    password, account = first_password(), normalised(newcomer.login)
    create_person(
        spine.database, spine.clock, links.sign_in.passwords, login=account, name=" ".join(newcomer.name.split()),
        role=newcomer.role, password=password, agency=agency, place=place if entry and entry.places else None,
        confidential=newcomer.confidential, email=newcomer.email, also=lambda tx: links.invite(tx, account),
        actor=by.login, actor_role=by.role,
    )  # fmt: skip
    return Added(invited=True) if newcomer.email.strip() else Added(password)


def invite_colleague(links: Links, by: Person, agency: str, login: str, typed: str) -> Person | None:
    """Sends a link to choose a password, to this address, which is the person's from now on. None when nobody of that
    agency has this login and may log in. Raises `Refused`."""
    address = read_address(typed)
    if address is None:
        raise Refused(NO_ADDRESS, code="address_refused", fields={"invite-email": NO_ADDRESS})
    with links.spine.database.write() as tx:
        accounts.lock_account(tx, login)
        row = accounts.person_row(tx.connection, login)
        if row is None or row["agency"] != agency or not links.sign_in.may_enter(row):
            return None
        if accounts.login_of_address(tx.connection, address) not in (None, login):
            raise Refused(ADDRESS_TAKEN, code="address_refused", fields={"invite-email": ADDRESS_TAKEN})
        accounts.change_person(tx, login, email=address)
        links.invite(tx, login)
        timeline.record(
            tx, at=links.spine.clock.now(), actor=by.login, role=by.role, act="person.invite", subject=login,
            details={"agency": agency},
        )  # fmt: skip
    return accounts.person_of(row)


def change_colleague(spine: Spine, by: Person, agency: str, login: str, act: str) -> Person | None:
    """Does one of `ACTS`; done twice it is done once. None when nobody of that agency has this login.

    Whoever is closed is logged out at once.
    """
    values = _VALUES[act]
    with spine.database.write() as tx:
        accounts.lock_account(tx, login)
        row = accounts.person_row(tx.connection, login)
        if row is None or row["agency"] != agency:
            return None
        if all(row[name] == value for name, value in values.items()):
            return accounts.person_of(row)
        accounts.change_person(tx, login, **values)
        if act == CLOSE:
            accounts.close_sessions_of(tx, login)
            drop_links(tx, login)
        timeline.record(
            tx, at=spine.clock.now(), actor=by.login, role=by.role, act=f"person.{act}", subject=login,
            details={"agency": agency},
        )  # fmt: skip
        return accounts.person_of(row)


def places_of(pack: CityPack, level: str) -> Sequence[str]:
    """Names of the city's places of a level (`kelurahan`, `kecamatan`)."""
    if level == "kecamatan":
        return [area.kecamatan for area in pack.areas]
    return [part.name for area in pack.areas for part in area.kelurahan]


def first_password() -> str:
    """Four groups of four signs that are told apart on paper: 79 bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))


def _is_same(person: Person, agency: str, newcomer: Newcomer) -> bool:
    place = person.kecamatan or person.kelurahan or ""
    told = (agency, " ".join(newcomer.name.split()), newcomer.role, newcomer.place)
    return (person.agency, person.name, person.role, place) == told


def _colleague(row: RowMapping) -> Colleague:
    second = row["second_sealed"] is not None
    return Colleague(
        accounts.person_of(row), row["active"], row["created_at"], row["seen_at"], row["email"] or "", second
    )


def _rank(one: Colleague) -> tuple[bool, bool, str, str]:
    person = one.person
    return not one.active, person.role != "head", person.kecamatan or person.kelurahan or "", person.name.casefold()

"""Adding somebody who may log in."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import Connection

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.directory.repository import Entry
from services.desk.people import repository as accounts
from services.desk.people.addresses import read_address
from services.desk.people.passwords import Passwords, problem_of
from services.desk.people.person import ACCOUNT, AGENCY_ROLES, ROLES, Person
from shared.clock import Clock
from shared.errors import Refused
from shared.sentences import sentence
from shared.storage.database import Database, Transaction

NO_ADDRESS = sentence("Tulis satu alamat surel, misalnya nama@kota.go.id.")
ADDRESS_TAKEN = sentence("Alamat surel ini sudah dipakai akun lain.")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")


def create_person(
    database: Database,
    clock: Clock,
    passwords: Passwords,
    *,
    login: str,
    name: str,
    role: str,
    password: str,
    agency: str | None = None,
    place: str | None = None,
    confidential: bool = False,
    email: str = "",
    also: Callable[[Transaction], None] = lambda _tx: None,
    actor: str = "system",
    actor_role: str = "system",
) -> Person:
    """Adds somebody who may log in. Raises `Refused` with a sentence for each field that cannot be taken.

    Officers and heads need an agency of the directory; in the office of a place (`KELURAHAN`), also the place's name.
    `confidential` names an officer for confidential cases; `email` is where invitations and lost passwords go.
    `also` is done in the same transaction.
    """
    account, now = normalised(login), clock.now()
    with database.write() as tx:
        entry = agencies.one(tx.connection, agency) if agency else None
        problems = _problems(account, name, role, password) | _problems_of_agency(role, agency, entry, place)
        problems |= _problems_of_address(tx.connection, email)
        if problems:
            raise Refused(sentence("Orang ini belum dapat ditambahkan."), code="person_refused", fields=problems)
        person = _person(account, name.strip(), role, entry, place, confidential)
        row = {
            **{name: getattr(person, name) for name in ACCOUNT},
            "password_hash": passwords.hash(password),
            "active": True,
            "demo": False,
            "created_at": now,
            "email": read_address(email),
        }
        if not accounts.add_person(tx, row):
            taken: dict[str, str] = {"login": sentence("Sudah dipakai.")}
            raise Refused(sentence("Nama masuk ini sudah dipakai."), code="login_taken", fields=taken)
        details = {"role": role, "agency": agency, "place": place}
        timeline.record(tx, at=now, actor=actor, role=actor_role, act="person.add", subject=account, details=details)
        also(tx)
    return person


def normalised(login: str) -> str:
    return login.strip().lower().replace("\0", "")[:64].encode("utf-8", "replace").decode()


def _problems(login: str, name: str, role: str, password: str) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not _LOGIN.fullmatch(login):
        problems["login"] = sentence("Pakai 3 sampai 64 huruf kecil, angka, titik, garis, atau garis bawah.")
    if not name.strip() or len(name) > 200:
        problems["name"] = sentence("Isi nama, paling panjang 200 huruf.")
    if role not in ROLES:
        problems["role"] = sentence("Peran harus salah satu dari: %(roles)s.", roles=", ".join(ROLES))
    if told := problem_of(password):
        problems["password"] = told
    return problems


def _problems_of_address(connection: Connection, email: str) -> dict[str, str]:
    if not email.strip():
        return {}
    address = read_address(email)
    if address is None:
        return {"email": NO_ADDRESS}
    return {"email": ADDRESS_TAKEN} if accounts.login_of_address(connection, address) else {}


def _problems_of_agency(role: str, agency: str | None, entry: Entry | None, place: str | None) -> dict[str, str]:
    if role not in AGENCY_ROLES:
        return {"agency": sentence("Peran ini tidak terikat pada satu instansi.")} if agency else {}
    if not agency:
        return {"agency": sentence("Peran ini terikat pada satu instansi: sebutkan yang mana.")}
    if entry is None:
        return {"agency": sentence("Instansi %(agency)s tidak ada di direktori.", agency=agency)}
    if entry.places and not place:
        return {"place": sentence("Kantor ini ada di setiap %(places)s: sebutkan yang mana.", places=entry.places)}
    return {}


def _person(
    login: str, name: str, role: str, entry: Entry | None, place: str | None, confidential: bool
) -> Person:  # fmt: skip
    places = entry.places if entry else ""
    return Person(
        login=login,
        name=name,
        role=role,
        agency=entry.code if entry else None,
        kecamatan=place if places == "kecamatan" else None,
        kelurahan=place if places == "kelurahan" else None,
        confidential=confidential,
    )

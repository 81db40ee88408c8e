"""Links by mail that lead to a new password: invitations, and for whoever forgot it. Each works once, for a while.

The link travels sealed and its token is kept as a hash; it does not replace the second factor.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, delete, select, update

from services.desk.cases import timeline
from services.desk.people import repository as accounts
from services.desk.people.account import problems_of_new
from services.desk.people.adding import normalised
from services.desk.people.addresses import read_address
from services.desk.people.person import Person
from services.desk.people.second_factor import clear
from services.desk.people.sign_in import SignIn, hash_of
from services.desk.tables import person_links
from shared.contracts.person import PersonMailWanted
from shared.errors import Refused
from shared.ids import new_id
from shared.sentences import sentence
from shared.service import Spine
from shared.storage.database import Transaction

INVITATION, RESET, SECOND_RESET = "invitation", "reset", "second_reset"
LINK_LASTS = timedelta(hours=72)
MOST_ASKED, ASKED_WITHIN = 3, timedelta(hours=1)
"""So often a link for one account is sent to whoever asks, within that time."""


@dataclass(frozen=True)
class Links:
    spine: Spine
    sign_in: SignIn
    desk_url: str

    def ask(self, typed: str) -> None:
        """Somebody forgot the password of this login or mail address. Whether there is such an account is not told.

        Asked for more than three times within an hour, nothing more is sent.
        """
        now, address = self.spine.clock.now(), read_address(typed)
        with self.spine.database.write() as tx:
            known = accounts.login_of_address(tx.connection, address) if address else None
            account = known or normalised(typed)
            accounts.lock_account(tx, account)
            asked = accounts.asked_since(tx.connection, account, now - ASKED_WITHIN)
            if asked >= MOST_ASKED:
                return
            accounts.record_attempt(tx, account, now, accounts.ASKED)
            row = accounts.person_row(tx.connection, account)
            if row is not None and row["email"] and self.sign_in.may_enter(row):
                self._send(tx, row, RESET, now)

    def invite(self, tx: Transaction, login: str) -> None:
        """A link to the person's address, in the transaction that wants it."""
        row = accounts.person_row(tx.connection, login)
        if row is not None and row["email"]:
            self._send(tx, row, INVITATION, self.spine.clock.now())

    def person_of(self, token: str) -> Person | None:
        """For whom the link is; None when it was used, is too old, or none."""
        with self.spine.database.read() as connection:
            link = connection.execute(select(*person_links.c).where(*self._is_open(token))).mappings().first()
            row = accounts.person_row(connection, link["login"]) if link else None
        return accounts.person_of(row) if row is not None and self.sign_in.may_enter(row) else None

    def use(self, token: str, new: str, again: str) -> Person | None:
        """Sets the password, ends all sessions and what kept the account locked. None as in `person_of`.

        Raises `Refused` with a sentence for each field; the link stays good then.
        """
        if problems := problems_of_new(new, again):
            raise Refused(sentence("Sandi belum diganti."), code="password_refused", fields=problems)
        password_hash, now = self.sign_in.passwords.hash(new), self.spine.clock.now()
        with self.spine.database.write() as tx:
            taken = update(person_links).where(*self._is_open(token)).values(used_at=now)
            login = tx.execute(taken.returning(person_links.c.login)).scalar_one_or_none()
            row = accounts.person_row(tx.connection, login) if login else None
            if row is None or not self.sign_in.may_enter(row):
                return None
            person = accounts.person_of(row)
            accounts.change_person(tx, person.login, password_hash=password_hash)
            ended = accounts.close_sessions_of(tx, person.login)
            drop_links(tx, person.login)
            accounts.record_attempt(tx, person.login, now, "success")
            _record(tx, now, person, "person.password", person.login, details={"by": "link", "sessions": ended})
        return person

    def reset_second(self, by: Person, agency: str, login: str, reason: str) -> Person | None:
        """Takes away a second factor that was lost, ends the sessions and writes to the person. None: nobody of that
        agency has this login. Raises `Refused` without a reason."""
        if not reason.strip():
            fields: dict[str, str] = {"reason": sentence("Tulis alasannya.")}
            raise Refused(sentence("Langkah kedua belum disetel ulang."), code="reason_missing", fields=fields)
        now = self.spine.clock.now()
        with self.spine.database.write() as tx:
            accounts.lock_account(tx, login)
            row = accounts.person_row(tx.connection, login)
            if row is None or row["agency"] != agency:
                return None
            clear(tx, login)
            accounts.close_sessions_of(tx, login)
            _record(tx, now, by, "person.second.reset", login, reason=reason.strip()[:500], details={"agency": agency})
            if row["email"]:
                self._say(tx, row, SECOND_RESET, f"{self._desk}/login", now)
        return accounts.person_of(row)

    @property
    def _desk(self) -> str:
        return self.desk_url.rstrip("/")

    def _send(self, tx: Transaction, row: RowMapping, purpose: str, now: datetime) -> None:
        token = secrets.token_urlsafe(32)
        link = {
            "token_hash": hash_of(token), "login": row["login"], "purpose": purpose, "created_at": now,
            "expires_at": now + LINK_LASTS,
        }  # fmt: skip
        tx.execute(delete(person_links).where(person_links.c.expires_at < now - LINK_LASTS))
        tx.execute(person_links.insert(), link)
        self._say(tx, row, purpose, f"{self._desk}/login/link?t={token}", now)

    def _say(self, tx: Transaction, row: RowMapping, what: str, link: str, now: datetime) -> None:
        event = PersonMailWanted(
            mail_id=new_id(), what=what, email=row["email"], name=row["name"], link=link, wanted_at=now,
            expires_at=now + LINK_LASTS,
        )  # fmt: skip
        self.spine.outbox.say(tx, event)

    def _is_open(self, token: str) -> tuple[ColumnElement[bool], ...]:
        table = person_links.c
        return table.token_hash == hash_of(token), table.used_at.is_(None), table.expires_at > self.spine.clock.now()


def drop_links(tx: Transaction, login: str) -> None:
    """What was sent before leads nowhere any more."""
    tx.execute(delete(person_links).where(person_links.c.login == login, person_links.c.used_at.is_(None)))


def _record(
    tx: Transaction, now: datetime, by: Person, act: str, subject: str, *, reason: str = "",
    details: dict[str, object],
) -> None:  # fmt: skip
    timeline.record(tx, at=now, actor=by.login, role=by.role, act=act, subject=subject, reason=reason, details=details)

"""Publishing: the acts of a coordinator, and what happens by itself when a published case changes.

Each is one transaction with the version, its line of the timeline, its audit row and its fact. A form says from which
version and which state of the case it was made, and what its sender saw (`Draft.digest`): only that becomes public.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.desk import repository as cases
from services.desk.cases import timeline
from services.desk.cases.case import Case, Happening
from services.desk.people.person import Act, Person, may
from services.desk.publishing import checking, publication
from services.desk.publishing.draft import Draft, clean, draft
from services.desk.publishing.exclusion import WORDS_ERASED, Subject, why_not_now
from services.desk.publishing.publication import PASSED, PUBLIC, WITHDRAWN, Publication
from shared.city import CityPack
from shared.contracts.case import CasePublished, CaseUnpublished
from shared.errors import Refused
from shared.sentences import sentence
from shared.service import Spine
from shared.storage.database import Transaction

SYSTEM = Person("system", "Sistem", "system")


class Ending(StrEnum):
    DONE = "done"
    ALREADY_DONE = "already_done"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Wish:
    """What the form said. `revision` is the case's and `edition` the publication's, as the person saw them.

    `seen` is the digest of the preview, `checked` that what it marked was looked at.
    """

    ticket: str
    revision: int
    edition: int
    summary: str = ""
    answer: str = ""
    service: str = ""
    point: bool = False
    seen: str = ""
    checked: bool = False
    reason: str = ""

    def draft_of(self, case: Case, pack: CityPack) -> Draft:
        return draft(
            case, pack, summary=clean(self.summary), answer=clean(self.answer), service=self.service, point=self.point
        )


@dataclass(frozen=True)
class Outcome:
    """`last` is the latest version now; with a conflict, what the person did not see."""

    ending: Ending
    case: Case
    last: Publication | None


@dataclass(frozen=True)
class Publisher:
    spine: Spine
    pack: CityPack

    def publish(self, person: Person, wish: Wish) -> Outcome | None:
        """Makes public, or changes what is. None: no such case. Raises `Refused` with a sentence per field.

        What is never public is refused here, whatever page the form came from.
        """
        with self.spine.database.write() as tx:
            case, last = self._case_of(tx, person, wish.ticket)
            if case is None:
                return None
            new = wish.draft_of(case, self.pack)
            if not _is_as_seen(case, last, wish):
                made = publication.version(tx.connection, case.complaint_id, wish.edition + 1)
                return _not_as_seen(case, last, made is not None and _says(made, person, new, wish.revision))
            self._check_allowed(case, last)
            checking.check_draft(new, self.pack.publishing.contacts, seen=wish.seen, checked=wish.checked)
            if last is not None and last.is_public and _shows(last, new):
                return Outcome(Ending.ALREADY_DONE, case, last)
            reason = checking.check_reason(wish.reason, required=last is not None and last.is_public)
            return Outcome(Ending.DONE, case, self._make_public(tx, case, last, new, person, reason))

    def unpublish(self, person: Person, wish: Wish) -> Outcome | None:
        """Takes it back, with a reason. As `publish` otherwise."""
        return self._leave_private(person, wish, WITHDRAWN)

    def pass_over(self, person: Person, wish: Wish) -> Outcome | None:
        """The coordinator looked at it and leaves it private; it no longer waits in the list. Nothing is said."""
        return self._leave_private(person, wish, PASSED)

    def follow(self, tx: Transaction, case: Case) -> None:
        """To be called after each act on a case, with the case as it is now: what is public of it follows.

        Says a new `case.published.v1` only if something public has changed, `case.unpublished.v1` when it may no longer
        be public, and mostly nothing.
        """
        last = publication.latest(tx.connection, case.complaint_id)
        if last is None or not last.is_public or self._withdraw(tx, case, last):
            return
        new = replace(
            _draft_of(last), agency=case.agency, state=case.state, kecamatan=case.kecamatan, kelurahan=case.kelurahan
        )
        if not _shows(last, new):
            self._make_public(tx, case, last, new, SYSTEM, "")

    def follow_step(self, tx: Transaction, before: Case, after: Case) -> None:
        """`follow` for the register of cases, which tells each step. Asks nothing when nothing public can change."""
        if any(getattr(before, name) != getattr(after, name) for name in _TELLING):
            self.follow(tx, after)

    def withdraw_if_not_public(self, tx: Transaction, case: Case) -> bool:
        """Takes back what may no longer be public (confidential, never public, archived, withdrawn). Whether it did."""
        last = publication.latest(tx.connection, case.complaint_id)
        return last is not None and last.is_public and self._withdraw(tx, case, last)

    def _withdraw(self, tx: Transaction, case: Case, last: Publication) -> bool:
        why = why_not_now(Subject.of(case), self.pack.publishing, is_public=True)
        if why is not None:
            self._take_back(tx, case, last, SYSTEM, WITHDRAWN, str(why))
        return why is not None

    def _case_of(self, tx: Transaction, person: Person, ticket: str) -> tuple[Case | None, Publication | None]:
        case = cases.lock_by_ticket(tx, ticket) if may(person, Act.PUBLISH) else None
        return case, None if case is None else publication.latest(tx.connection, case.complaint_id)

    def _check_allowed(self, case: Case, last: Publication | None) -> None:
        is_public = last is not None and last.is_public
        why = why_not_now(Subject.of(case), self.pack.publishing, is_public=is_public)
        if why is not None:
            raise Refused(why, code="never_public")
        if case.text is None:
            raise Refused(WORDS_ERASED, code="erased")

    def _leave_private(self, person: Person, wish: Wish, state: str) -> Outcome | None:
        with self.spine.database.write() as tx:
            case, last = self._case_of(tx, person, wish.ticket)
            if case is None:
                return None
            reason = checking.check_reason(wish.reason, required=state == WITHDRAWN)
            if last is not None and last.state == state:
                return Outcome(Ending.ALREADY_DONE, case, last)
            if (last is not None and last.revision != wish.edition) or (last is None and wish.edition):
                return Outcome(Ending.CONFLICT, case, last)
            if (last is not None and last.is_public) != (state == WITHDRAWN):
                raise Refused(sentence("Itu tidak dapat dilakukan: laporan ini tidak sedang terbit.")
                              if state == WITHDRAWN else sentence("Laporan ini sedang terbit. Tarik dulu."),
                              code="not_in_this_state")  # fmt: skip
            return Outcome(Ending.DONE, case, self._take_back(tx, case, last, person, state, reason))

    def _make_public(
        self, tx: Transaction, case: Case, last: Publication | None, new: Draft, person: Person, reason: str
    ) -> Publication:  # fmt: skip
        now = self.spine.clock.now()
        since = last.published_at if last is not None and last.is_public else None
        made = _version(case, last, new, PUBLIC, now, person, reason, since or now)
        act = "publication_followed" if person is SYSTEM else "published" if since is None else "publication_changed"
        self._write_down(tx, case, made, act, person)
        self.spine.outbox.say(
            tx,
            CasePublished(
                complaint_id=case.complaint_id, ticket=case.ticket, revision=made.revision, summary=made.summary,
                kind=made.kind, agency=made.agency, state=made.case_state, place=new.place,
                external_refs=new.external_refs, answer=made.answer, requested_at=made.requested_at, updated_at=now,
                published_at=since or now,
            ),
        )  # fmt: skip
        return made

    def _take_back(
        self, tx: Transaction, case: Case, last: Publication | None, person: Person, state: str, reason: str
    ) -> Publication:  # fmt: skip
        now = self.spine.clock.now()
        empty = draft(case, self.pack, summary="", answer="", service="", point=False)
        made = _version(case, last, empty, state, now, person, reason, None)
        self._write_down(tx, case, made, "unpublished" if state == WITHDRAWN else "publication_passed", person)
        if state == WITHDRAWN:
            self.spine.outbox.say(
                tx,
                CaseUnpublished(
                    complaint_id=case.complaint_id, ticket=case.ticket, revision=made.revision, unpublished_at=now
                ),
            )
        return made

    def _write_down(self, tx: Transaction, case: Case, made: Publication, act: str, person: Person) -> None:
        """What was public stands in its version; the timeline and the audit row only refer to it."""
        publication.add(tx, made)
        key, data = f"publication:{made.revision}", {"name": person.name, "number": made.revision}
        at, who = made.made_at, (person.login, person.role)
        timeline.add(tx, Happening(case.complaint_id, key, at, *who, act, made.reason, data))
        timeline.record(
            tx, at=at, actor=person.login, role=person.role, act=f"case.{act}", subject=case.ticket,
            reason=made.reason, details={"number": made.revision, "state": made.case_state},
        )  # fmt: skip


def _version(
    case: Case, last: Publication | None, new: Draft, state: str, now: datetime, person: Person, reason: str,
    published_at: datetime | None,
) -> Publication:  # fmt: skip
    return Publication(
        complaint_id=case.complaint_id,
        revision=1 if last is None else last.revision + 1,
        state=state,
        case_state=new.state,
        published_at=published_at,
        seen_revision=case.revision,
        made_at=now,
        made_by=person.login,
        name=person.name,
        reason=reason,
        **{name: getattr(new, name) for name in _SHARED},
    )


_TELLING = ("state", "agency", "identity", "kind", "kecamatan", "kelurahan", "decision", "external_refs", "text")
_SHARED = tuple(
    name for name in Draft.__dataclass_fields__ if name in Publication.__dataclass_fields__ and name != "state"
)


def _draft_of(last: Publication) -> Draft:
    return Draft(state=last.case_state, **{name: getattr(last, name) for name in _SHARED})


def _shows(last: Publication, new: Draft) -> bool:
    return _draft_of(last) == new


def _is_as_seen(case: Case, last: Publication | None, wish: Wish) -> bool:
    return case.revision == wish.revision and (0 if last is None else last.revision) == wish.edition


def _says(made: Publication, person: Person, new: Draft, seen_revision: int) -> bool:
    """Whether this version is what the form asks for: it was sent before."""
    same = replace(_draft_of(made), state=new.state, agency=new.agency) == new
    return made.is_public and (made.made_by, made.seen_revision) == (person.login, seen_revision) and same


def _not_as_seen(case: Case, last: Publication | None, again: bool) -> Outcome:
    return Outcome(Ending.ALREADY_DONE if again else Ending.CONFLICT, case, last)

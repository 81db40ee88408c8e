"""What the page of cases that wait for a coordinator says of each of them, in the words of its reader.

Most of a card is the same for all: its forms are written once with marks for what differs, and filled in for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from services.desk import wording
from services.desk.cases.case import Case
from services.desk.desk import Desk
from services.desk.directory.repository import Entry
from services.desk.inbox.chips import chip
from services.desk.inbox.likeness import Like
from services.desk.inbox.triage import Candidate, Waiting
from services.desk.views.agency_options import Choices
from services.desk.views.display import agency_name, case_url, csrf_field
from services.desk.views.lines import CHOOSE, LABEL, chip_tag, photos_said
from shared.sentences import sentence
from shared.web.languages import say

FixedPart = Callable[..., Markup]
_FILE = "triage_fixed.html"


@dataclass(frozen=True)
class Marks:
    """What stands in a form that is written for all cases, in place of what differs."""

    ticket: str = "[[ticket]]"
    revision: str = "[[revision]]"
    token: str = "[[token]]"  # noqa: S105 - where the token will stand
    phrases: str = "[[phrases]]"


MARKS = Marks()


@dataclass(frozen=True, slots=True)
class LikeLine:
    like: Like
    url: str
    where: str
    agency: str
    words: str
    merge_url: str
    merge: str


@dataclass(frozen=True, slots=True)
class Card:
    """`candidates`: items of a list, each with its form; `choice`: the form with all agencies."""

    row: Waiting
    url: str
    label: str
    choose: str
    chips: Markup
    place: str
    photos: str
    channel: str
    likes: Sequence[LikeLine]
    candidates: Sequence[Markup]
    choice: Markup


@dataclass(frozen=True)
class Cards:
    """Of one page. `agencies` are those that may be chosen now."""

    desk: Desk
    agencies: Choices
    fixed_part: FixedPart
    now: datetime

    def of(self, rows: Sequence[Waiting], *, assigns: bool) -> Iterator[Card]:
        valid = {entry.code: entry for entry in self.agencies}
        label, choose = say(LABEL), say(CHOOSE)
        for row in rows:
            case = row.case
            yield Card(
                row, case_url("case.show", case.ticket), label.replace("%(ticket)s", case.ticket),
                choose.replace("%(ticket)s", case.ticket), self._chips(case),
                say(wording.place(case.kelurahan, case.kecamatan)), photos_said(row.photos),
                say(wording.CHANNELS.get(case.channel, case.channel)), [_like_line(case, like) for like in row.likes],
                list(self._candidates(row, valid)) if assigns else (), self._choice(case) if assigns else Markup(),
            )  # fmt: skip

    def _chips(self, case: Case) -> Markup:
        due = chip(case.state, case.due_at, self.desk.pack.calendar, self.now)
        told: list[tuple[str, str]] = [("urgent", sentence("Darurat"))] if case.urgent else []
        told += [(f"deadline-{due.mark}", due.words)] if due else []
        told += [(case.identity, wording.IDENTITIES[case.identity])] if case.identity != "anonymous" else []
        return Markup("\n").join(chip_tag(looks, words) for looks, words in told)

    def _choice(self, case: Case) -> Markup:
        areas = () if case.kelurahan else self.desk.pack.areas
        return _filled(self.fixed_part(_FILE, "choice", MARKS, self.agencies, case.agency, areas), case)

    def _candidates(self, row: Waiting, valid: Mapping[str, Entry]) -> Iterator[Markup]:
        known = [(one, valid[one.agency]) for one in row.candidates if one.agency in valid]
        for number, (one, entry) in enumerate(known, 1):
            agency = entry.code, entry.kind, entry.name, entry.public_contact
            blank = self.fixed_part(_FILE, "candidate", MARKS, number, agency, one.score, one.named_by, _named(one))
            marked = Markup(" ").join(Markup("<mark>{}</mark>").format(phrase) for phrase in one.phrases)
            phrases = Markup('<p class="hint">{}</p>').format(marked) if marked else Markup()
            yield _filled(blank, row.case, phrases)


def _named(candidate: Candidate) -> tuple[str, str]:
    """By whom, and why it is handed over to whom another agency named: that is kept with the case, so it is in the
    city's language."""
    if not candidate.named_by:
        return "", ""
    reason = sentence("Usul %(agency)s disetujui.", agency=candidate.named_by)
    return agency_name(candidate.named_by), str(reason)


def _like_line(case: Case, like: Like) -> LikeLine:
    near = sentence("kelurahan yang sama")
    if like.metres is not None:
        near = sentence("%(metres)s meter dari sini", metres=like.metres)
    return LikeLine(
        like, case_url("case.show", like.ticket), say(near),
        agency_name(like.agency) if like.agency else say(sentence("belum diserahkan")),
        say(sentence("kata yang sama: %(words)s", words=", ".join(like.words))),
        f"{case_url('working.merge', case.ticket)}?into={like.ticket}",
        say(sentence("%(one)s ke %(other)s", one=case.ticket, other=like.ticket)),
    )  # fmt: skip


def _filled(blank: Markup, case: Case, phrases: str = "") -> Markup:
    told = str(blank).replace(MARKS.ticket, str(escape(case.ticket))).replace(MARKS.revision, str(case.revision))
    return Markup(told.replace(MARKS.token, csrf_field()).replace(MARKS.phrases, phrases))  # noqa: S704 - all escaped

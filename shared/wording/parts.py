"""Which messages there are, of which parts, and what each part may and must use.

A text message has no field for the words of a complaint, nor for an agency's answer; a question to the citizen is the
one thing that a person wrote and a text message carries, since it could not be answered unread. No message to an agency
has a field for whoever complained. What is written about somebody's own account goes by mail only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

SUBJECT, TEXT, HTML, SMS = "subject.txt", "email.txt", "email.html", "sms.txt"
LAYOUT, ROW = "layout.html", "row.html"

_FIELD = re.compile(r"([a-z_]+)(?:\[([a-z_ ]*)\])?")


@dataclass(frozen=True)
class Part:
    """What a template may use, and what it must use. `lists` are the fields to loop over, with what an item has."""

    may: frozenset[str]
    must: frozenset[str]
    lists: Mapping[str, frozenset[str]]


def _part(may: str, must: str = "") -> Part:
    """`name[a b]` is a list whose items have `a` and `b`, `name[]` one of plain texts."""
    found = {text: {one[1]: one[2] for one in _FIELD.finditer(text)} for text in (may, must)}
    together = found[may] | found[must]
    lists = {name: frozenset(items.split()) for name, items in together.items() if items is not None}
    return Part(frozenset(together), frozenset(found[must]), lists)


_NUMBERS = "emergency_numbers[number label]"
_RECEIPT = "city kind place channel received_at identity reporter excerpt attachments asks[] split_from"
_SECRETS = f"ticket tracking_code link {_NUMBERS}"
_NEWS = "news[what agency at answer contact by_itself]"
_CITIZEN = "city kind place received_at"
_QUESTION = f"{_CITIZEN} asked_at"
_CASE = (
    "city agency kind place channel received_at identity assignment text withheld why[] reason attachments lead "
    "noticed_at"
)
_ADDED = "city agency kind place identity not_solved withheld"
_ADDITIONS = "additions[what text photos added_at by_channel]"
_AGENCY_SMS = "city agency kind area"
_DUE = "city agency kind place channel received_at identity assignment"


def _parts(subject: Part, email: Part, sms: Part) -> Mapping[str, Part]:
    return {SUBJECT: subject, TEXT: email, HTML: email, SMS: sms}


_TICKET = _part("city kind", "ticket")

MESSAGES: Mapping[str, Mapping[str, Part]] = {
    "receipt": _parts(_TICKET, _part(_RECEIPT, _SECRETS), _part("city asks[] split_from", _SECRETS)),
    "follow_receipt": _parts(_TICKET, _part(_RECEIPT, _SECRETS), _part("city", _SECRETS)),
    "case_update": _parts(
        _part("city kind answered headline", "ticket"),
        _part(f"{_CITIZEN} answered headline", f"ticket link {_NEWS}"),
        _part("city answered headline news[what agency at contact]", "ticket link"),
    ),
    "satisfaction": _parts(
        _TICKET,
        _part(f"{_CITIZEN} closed_at by_itself", "ticket link"),
        _part("city link by_itself", "ticket"),
    ),
    "question": _parts(
        _TICKET, _part(_QUESTION, "ticket link question until"), _part("city question", "ticket link until")
    ),
    "question_reminder": _parts(
        _TICKET, _part(_QUESTION, "ticket link question until"), _part("city question", "ticket link until")
    ),
    "archived": _parts(
        _part("city kind why", "ticket"),
        _part(f"{_CITIZEN} why agency contact archived_at", "ticket link reason"),
        _part("city why agency contact", "ticket link"),
    ),
    "withdrawn": _parts(_TICKET, _part(f"{_CITIZEN} withdrawn_at", "ticket link"), _part("city", "ticket link")),
    "contact_code": _parts(_part("city"), _part("city", "code until"), _part("city", "code until")),
    "account": {
        SUBJECT: _part("city", "what"),
        **dict.fromkeys((TEXT, HTML), _part("city", "what name link until")),
    },
    "audit_head": {
        SUBJECT: _part("city at", "count"),
        **dict.fromkeys((TEXT, HTML), _part("city since added late away[]", "at count mac link")),
    },
    "case_notice": _parts(
        _part("city kind assignment", "ticket"),
        _part(_CASE, "ticket link"),
        _part(f"{_AGENCY_SMS} assignment", "ticket link"),
    ),
    "case_copy": _parts(_TICKET, _part(_CASE, "ticket link lead"), _part(f"{_AGENCY_SMS} lead", "ticket link")),
    "case_addition": _parts(
        _part("city kind not_solved", "ticket"),
        _part(_ADDED, f"ticket link {_ADDITIONS}"),
        _part(f"{_AGENCY_SMS} not_solved", "ticket link"),
    ),
    "case_reminder": _parts(
        _part("city kind", "ticket"),
        _part(_CASE, "ticket link noticed_at"),
        _part(f"{_AGENCY_SMS} noticed_at", "ticket link"),
    ),
    "case_news": _parts(
        _part("city kind what", "ticket"),
        _part(f"{_DUE} at reason until withheld", "ticket link what"),
        _part(f"{_AGENCY_SMS} until", "ticket link what"),
    ),
    "case_escalation": _parts(
        _part("city kind clock late", "ticket"),
        _part(f"{_DUE} step lead", "ticket link clock due_at late rung"),
        _part(f"{_AGENCY_SMS} due_at lead", "ticket link clock late"),
    ),
}
SHARED: Mapping[str, Part] = {LAYOUT: _part("city ticket language"), ROW: _part("")}
FILES: Mapping[str, Part] = {
    f"{message}.{part}": spec for message, parts in MESSAGES.items() for part, spec in parts.items()
}
"""Every template of a message, by the name of its file."""

CUT_IN_SMS = ("agency", "lead", "kind", "area", "city", "question", "clock")
"""What is shortened where a text message would become too long; in each item of a list `agency` too."""

"""A pack's `agencies.yaml`: who they are, and by which ways the city writes to them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from shared.city import Agency
from shared.marked_yaml import Section, suggest

KINDS = ("internal", "external")
PLACE_LEVELS = ("kelurahan", "kecamatan")
WAYS = ("amqp", "webhook", "email", "sms")
"""How an agency can be reached. The address of `amqp` is not a pack's to say: an operator makes queue and user."""
MOST_CONTACT = 300
CODE = re.compile(r"[A-Z][A-Z0-9_]{1,39}")
EMAIL = re.compile(r"[^@\s<>(),;:\"\\]{1,64}@[^@\s<>(),;:\"\\]+\.[^@\s<>(),;:\"\\.]+")
PHONE = re.compile(r"\+?\d{5,15}")
_LANGUAGE = re.compile(r"[a-z]{2}")


def read_agencies(part: Section) -> tuple[Agency, ...]:
    """What is wrong is added to the section's problems."""
    agencies = tuple(_agency(row) for row in part.sections("agencies", required=True))
    seen: set[str] = set()
    for agency in agencies:
        if agency.code in seen:
            part.complain(f"The agency `{agency.code}` stands here twice.", "Keep one.", part.line_of("agencies"))
        seen.add(agency.code)
    return agencies


def _usable_webhook(url: str) -> bool:
    """An address without a user in it. Whether it may be called is judged when it is: `http` in few networks only."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _agency(part: Section) -> Agency:
    code = part.text("code")
    if code and not CODE.fullmatch(code):
        part.complain(f"The code `{code}` cannot be used.", "Use capitals, digits and `_`.", part.line_of("code"))
    agency = Agency(
        code=code,
        name=part.text("name"),
        kind=_choice(part, "kind", KINDS),
        aliases=part.texts("aliases"),
        email=_matching(part, "email", EMAIL, "is not an e-mail address.", "Write name@place.example."),
        places=_choice(part, "places", PLACE_LEVELS, required=False),
        territorial=part.flag("territorial"),
        confirm=part.flag("confirm"),
        sms=_matching(part, "sms", PHONE, "is not a telephone number.", "Write +628123456789."),
        webhook=_webhook(part),
        channels=_channels(part),
        language=_matching(part, "language", _LANGUAGE, "is no language's id.", "Write two letters, `id`."),
        reminders=part.flag("reminders", default=True),
        public_contact=_contact(part),
    )
    part.finish()
    return agency


def _choice(part: Section, key: str, known: tuple[str, ...], *, required: bool = True) -> str:
    value = part.text(key, required=required)
    if value and value not in known:
        part.complain(f"`{key}: {value}` is not known.", suggest(value, known), part.line_of(key))
    return value


def _matching(part: Section, key: str, pattern: re.Pattern[str], wrong: str, instead: str) -> str:
    value = part.text(key, required=False)
    if value and not pattern.fullmatch(value):
        part.complain(f"`{value}` {wrong}", instead, part.line_of(key))
    return value


def _webhook(part: Section) -> str:
    url = part.text("webhook", required=False)
    if url and not _usable_webhook(url):
        part.complain(f"`{url}` is not a webhook's address.", "Write https://host/path.", part.line_of("webhook"))
    return url


def _contact(part: Section) -> str:
    contact = part.text("public_contact", required=False)
    if len(contact) > MOST_CONTACT or not contact.isprintable():
        what = f"`public_contact` is one line of {MOST_CONTACT} signs at most."
        part.complain(what, "Write a telephone number, or where to go.", part.line_of("public_contact"))
    return contact


def _channels(part: Section) -> tuple[str, ...]:
    listed = part.lined_texts("channels")
    for way, line in listed:
        if way not in WAYS:
            part.complain(f"`{way}` is no way to an agency.", suggest(way, WAYS), line)
    ways = tuple(way for way, _ in listed)
    if len(set(ways)) < len(ways):
        part.complain("`channels` names a way twice.", "Keep one.", part.line_of("channels"))
    return ways

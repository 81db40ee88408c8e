"""Mails as files, and the small world in which they are sorted: two complaints, our addresses, our keys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from services.intake.contacts import normalise_email
from services.intake.mail.addresses import OwnAddresses
from services.intake.mail.sender import read_verification
from services.intake.mail.sorting import KnownComplaint, Sender, Sorted, read_names, sort_out
from services.intake.mail.text import ParsedMail, parse_mail
from shared.reply_marks import ReplyMarks

FOLDER = Path(__file__).parents[2] / "fixtures/mails"
TICKET, OTHER_TICKET = "CMH-4K7M-92R6", "CMH-1111-1113"
DELIVERY = "0192f6e0-0000-7000-8000-000000000001"
MARKS = ReplyMarks(("k" * 40,))
OWN = OwnAddresses(frozenset({"lapor@kota.example.org"}), any_address=False, sending="tanggap@kota.example.org")
SERVER = "mx.kota.example.org"
KNOWN = {
    TICKET: KnownComplaint("complaint-1", TICKET, "siti@example.org"),
    OTHER_TICKET: KnownComplaint("complaint-2", OTHER_TICKET, "budi@example.org"),
}


def expected() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
    return loaded


def raw_mail(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()


def sorted_mail(
    raw: bytes, mail_from: str | None = "siti@example.org", to: Sequence[str] = ("lapor@kota.example.org",)
) -> tuple[ParsedMail, Sender, Sorted]:
    """As the intake does it, with addresses instead of their keys."""
    mail = parse_mail(raw)
    envelope = mail.return_path if mail_from is None else mail_from
    address = normalise_email(mail.from_address) or normalise_email(envelope or "") or ""
    sender = Sender(address, address or None, envelope, read_verification(mail.authentication, SERVER, address))
    named = read_names(mail, to, MARKS, "CMH")
    return mail, sender, sort_out(mail, sender, named, KNOWN, OWN)

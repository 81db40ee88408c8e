"""Mail: its reading and sorting (pure, fast), and the whole way in, with a database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.intake.mail.sorting import MailKind
from services.intake.mail.text import parse_mail
from services.intake.text import clean_line, clean_text
from shared.reply_marks import CITIZEN, Mark
from tests.fuzz.harness import MOST_INPUT_BYTES, Harness, One, quick_folder, require
from tests.unit.intake.mail_building import OURS, MailWorld, mail_world
from tests.unit.intake.mail_world import DELIVERY, FOLDER, MARKS, TICKET, sorted_mail

REBUILT_AFTER = 2_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
OUR_ID = MARKS.message_id(Mark(TICKET, CITIZEN, DELIVERY), "kota.example.org")
REPLY_TO = MARKS.address("lapor@kota.example.org", Mark(TICKET, CITIZEN))
WORDS = (
    "From: ", "To: ", "Subject: ", "Message-ID: <a@b>", f"In-Reply-To: {OUR_ID}", f"To: {REPLY_TO}",
    "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "Content-Type: text/plain; charset=utf-7",
    "Content-Type: text/html", "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    "Content-Type: message/delivery-status", "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable", "Content-Disposition: attachment; filename*0*=utf-8''%ff",
    "=?utf-8?b?4oKs?=", "=?utf-8?q?=E2?=", "--b", "--b--", "Final-Recipient: rfc822; a@example.org", "Action: failed",
    "Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 no", "X-Failed-Recipients: a@example.org",
    "Auto-Submitted: auto-replied", "Precedence: bulk", "Return-Path: <>", "List-Id: <x>",
    "Authentication-Results: mx.kota.example.org; dmarc=pass header.from=example.org", "Date: Tue, 24 Nov", "> ",
    "-- \n", "On Tue, Warga wrote:", "Pada Sel, 24 Nov 2026 Warga menulis:", "From: Warga <w@example.org>",
    "-----Original Message-----", "<blockquote>", "<table><tr><td>", "&#0;", "&nbsp;", "<!--", "TERBUKA", "NILAI 5",
    TICKET, "charset=\"idna\"", "begin 644 a.jpg", "-----BEGIN PGP MESSAGE-----", "\xff\xd8\xff",
)  # fmt: skip


def seeds() -> list[bytes]:
    """The small ones of the mails that tests keep for what is wrong with them."""
    kept = [path.read_bytes() for path in sorted(FOLDER.glob("*.eml"))]
    return [raw for raw in kept if len(raw) <= MOST_INPUT_BYTES // 2]


def read_one(raw: bytes) -> None:
    mail = parse_mail(raw)
    require(mail == parse_mail(raw), "the same mail is read in two ways")
    for line in (mail.subject, mail.from_name, mail.from_address, mail.reply_to, mail.message_id, *mail.addressed):
        require(line == clean_line(line), "a header has more than one line, or signs that cannot be shown")
    require(mail.body == clean_text(mail.body), "a body is not clean")
    for envelope in ("siti@example.org", "", None):
        _, _, found = sorted_mail(raw, envelope)
        require(isinstance(found.kind, MailKind), "no kind of mail")
        require(not _CONTROL.search(found.words), "words with signs that cannot be stored")
        require(not _CONTROL.search(found.reason + "".join(found.flags)), "a reason that cannot be stored")
    if mail.report is not None:
        require(mail.report.action in ("failed", "delayed", "delivered"), "a report of an unknown kind")
        require(not _CONTROL.search(mail.report.answer), "an answer with signs that cannot be stored")


@contextmanager
def reading() -> Iterator[One]:
    yield read_one


def take_one(world: MailWorld, raw: bytes) -> None:
    """Becomes exactly one thing; handed over again, it is the same thing."""
    before = _things(world)
    first = world.take(raw)
    between = _things(world)
    require(first.reason != "reader_failed", "the reader failed")
    require(first.answer[:3] in ("250", "554"), f"answered {first.answer[:3]}")
    require(between - before in (0, 1), f"became {between - before} things")
    again = world.take(raw)
    require((again.kind, again.ticket) == (first.kind, first.ticket), "the same mail became something else")
    if first.kind is not MailKind.REFUSED and (first.kind is not MailKind.DELIVERY):
        require(_things(world) == between, "the same mail became a second thing")


def _things(world: MailWorld) -> int:
    return sum(count for name, count in world.totals().items() if name != "raw_messages")


@contextmanager
def storing() -> Iterator[One]:
    state: dict[str, Any] = {"count": 0}

    def build() -> None:
        folder = quick_folder()
        world = mail_world(folder.__enter__(), **OURS)
        built = world.__enter__()
        built.know_two_complaints()

        def leave() -> None:
            world.__exit__(None, None, None)
            folder.__exit__(None, None, None)

        state.update(world=built, leave=leave)

    def one(raw: bytes) -> None:
        state["count"] += 1
        if state["count"] % REBUILT_AFTER == 0:
            state["leave"]()
            build()
        take_one(state["world"], raw)

    build()
    try:
        yield one
    finally:
        state["leave"]()


def harnesses() -> list[Harness]:
    return [Harness("mail_read", reading, seeds, WORDS), Harness("mail_taken", storing, seeds, WORDS)]

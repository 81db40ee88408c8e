"""Text messages and words: gateways' requests, keywords, masking. All pure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from services.desk.inbox.words import as_tsquery, as_tsvector, masked_words, read_terms, words_of
from services.desk.publishing.personal import find_personal, pieces, redact
from services.intake.channels import generic_sms, kannel
from services.intake.identity import read_identity
from services.intake.scores import read_bare_score, read_first_line, read_score
from services.intake.sms_talk.content import read_prefix, says_too_little
from services.intake.sms_talk.keywords import read_keyword
from services.intake.sms_talk.message import SmsMessage
from services.intake.text import clean_line, clean_text, cut, summary
from shared.errors import Refused
from shared.gsm import is_gsm, segments, septets, to_gsm
from shared.ids import read_ticket
from shared.observability.masking import find_masked, mask
from tests.fuzz import seeds
from tests.fuzz.harness import Harness, One, require
from tests.fuzz.seeds import TEXTS

MESSAGE_WORDS = ('{"id":"1","from":"+6281200001234","text":"', '"part":{"reference":', '"sent_at":"2026-11-24', "&udh=",
                 "%05%00%03", "&coding=2", "&charset=utf-16be", "&unix=1764000000")  # fmt: skip

TEXT_WORDS = ("STATUS", "TAMBAH", "NILAI 5", "LAPOR#", "CMH-1234-567A", "\u2028", "\u0300", "TERBUKA", "RAHASIA")
MASKED_WORDS = ("0812", "+62 8", "@contoh.id", "3277", "022", "[telepon]", "Pak ", "Jl. ", "0192f6e0-0000-7000-8000-")


def gateway(data: bytes) -> None:
    """The first line as a query, the rest as a form; and the whole as JSON."""
    query, _, form = data.partition(b"\n")
    _check_message(kannel.read_request(query, form).message)
    report = kannel.read_report(query, form)
    require(report.answer == clean_line(report.answer), "an answer of more than one line")
    kannel.read_header(data)
    for read in (generic_sms.read_message, generic_sms.read_report):
        try:
            found = read(data)
        except Refused as error:
            require(error.status in (400, 422), f"refused with {error.status}")
            continue
        if isinstance(found, SmsMessage):
            _check_message(found)


def _check_message(message: SmsMessage) -> None:
    for line in (message.sender, message.recipient, message.provider_id):
        require(line == clean_line(line), "a field of more than one line")
    if message.part is not None:
        require(1 <= message.part.number <= message.part.total <= 255, "a part that cannot be")
    _words(message.text)


def text(data: bytes) -> None:
    """Halves of characters, which only JSON can carry, are among the words."""
    _words(data.decode("utf-8", "replace").replace("\ufffd", "\ud83d"))


def _words(words: str) -> None:
    clean = clean_text(words)
    require(clean == clean_text(clean), "cleaning twice changes something")
    require(clean_line(words) == clean_line(clean_line(words)), "cleaning a line twice changes something")
    keyword = read_keyword(words, "CMH")
    if keyword is not None and keyword.ticket:
        require(read_ticket(keyword.ticket, "CMH") == keyword.ticket, "a keyword names a ticket that is none")
    identity, rest = read_identity(words)
    require(identity in ("open", "anonymous", "confidential") and rest in words, "words that nobody wrote")
    read_prefix(words, "Kota Cimahi", ("DLH",))
    says_too_little(words)
    for score in (read_score(words), read_first_line(words)):
        require(score is None or 1 <= score.score <= 5, "a score out of bounds")
    read_bare_score(words)
    require(len(cut(clean, 200)) <= 200 and len(summary(words)) <= 160, "longer than asked for")
    gsm = to_gsm(clean)
    require(is_gsm(gsm) and septets(gsm) >= len(gsm) and segments(clean) >= 1, "not the alphabet of text messages")


def masking(data: bytes) -> None:
    """What was masked holds nothing more to mask, and each place that is named is there."""
    words = clean_text(data.decode("utf-8", "replace"))
    masked = mask(words)
    require(not find_masked(masked), "a masked text still holds a number or an address")
    for start, end, _ in find_masked(words):
        require(0 <= start < end <= len(words), "a place outside of the text")
    found = find_personal(words)
    require("".join(piece for piece, _ in pieces(words, found)) == words, "pieces that are not the text")
    redact(words)
    read_terms(words)
    as_tsvector(words_of(words))
    masked_words(words)
    for term in read_terms(words):
        as_tsquery(term)


@contextmanager
def _just(one: One) -> Iterator[One]:
    yield one


def _texts() -> list[bytes]:
    return [words.encode() for words in TEXTS]


def _gateway_seeds() -> list[bytes]:
    found = []
    for raw in seeds.sms():
        head, _, body = raw.partition(b"\n\n")
        found.append(body or head.partition(b"?")[2].partition(b" HTTP")[0])
    return found


def harnesses() -> list[Harness]:
    return [
        Harness("gateway", lambda: _just(gateway), _gateway_seeds, (*seeds.SMS_WORDS, *MESSAGE_WORDS)),
        Harness("text", lambda: _just(text), _texts, TEXT_WORDS),
        Harness("masking", lambda: _just(masking), _texts, MASKED_WORDS),
    ]  # fmt: skip

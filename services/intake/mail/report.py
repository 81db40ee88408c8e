"""What mail servers report about a mail of ours: it bounced, it waits, it arrived, it was read. Pure.

RFC 3464 for those that follow it; the words of those that don't: qmail, Exim, Gmail, Yahoo, old Exchange servers.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_string
from email.message import Message

from services.intake.mail.headers import Headers
from services.intake.mail.parts import inner, leaves, payload, undecoded
from services.intake.text import clean_line, decode_bytes

BOUNCE, READ_RECEIPT = "bounce", "read_receipt"
_WORST_FIRST = ("failed", "delayed", "delivered")
_ACTIONS = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
_STATUSES = ("message/delivery-status", "message/global-delivery-status")
_ORIGINALS = (
    *("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"),
    *("message/rfc822-headers", "message/disposition-notification"),
)
_SENDERS = re.compile(
    r"^(?:mailer[-_.]?daemon|postmaster|mail[-_]?delivery|mdaemon|microsoftexchange[0-9a-f]+|double-bounce)@",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|delivery (?:status notification|failure|has failed|problem)"
    r"|mail (?:delivery|system) (?:failed|failure|error)"
    r"|failure notice|returned mail|returned to sender|could not be delivered|message not delivered|mail could not"
    r"|delayed mail|delivery delayed|warning: message .* delayed|delivery incomplete|non remis|rejected:"
    r"|tidak (?:dapat |bisa |ter)?(?:ter)?kirim|gagal (?:ter|di)?kirim|pengiriman (?:gagal|tertunda|tidak berhasil)"
    r"|status pengiriman|surel kembali|pesan tidak terkirim",
    re.IGNORECASE,
)
_QMAIL = re.compile(r"^(?:hi\. )?this is the qmail-send program", re.IGNORECASE)
_WAITS = re.compile(
    r"delay|tertunda|warning|will (?:be retried|retry)|still being retried|not yet been delivered", re.IGNORECASE
)
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_PLAIN = re.compile(r"(?<![\d.-])([45][0-5]\d)(?:[ -]|\b)(?=.{0,60}[a-z])", re.IGNORECASE)
_DIAGNOSTIC = re.compile(r"^(?:[a-z0-9-]+;)?\s*", re.IGNORECASE)
_ID_LIKE = re.compile(
    r"([0-9a-f]{8}-[0-9a-f-]{27}\.[a-z0-9-]{3,32}\.[ca]\.[a-z2-7]{16}@[^<>\s\"]{1,200})", re.IGNORECASE
)
_MOST_ANSWER = 300
_LOOKED_THROUGH_BYTES = 200_000


@dataclass(frozen=True)
class Report:
    """`action` is failed, delayed or delivered; `status` an enhanced code (`5.1.1`) or empty; `answer` the other
    side's words. `message_ids` are those of the mail that it is about, as far as they can be found.
    """

    kind: str
    action: str
    status: str = ""
    answer: str = ""
    message_ids: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """A machine word: `dsn_5_1_1`, `dsn_failed`, `read_receipt`."""
        if self.kind == READ_RECEIPT:
            return READ_RECEIPT
        return f"dsn_{self.status.replace('.', '_') or self.action}"


def read_report(message: Message, headers: Headers, words: str, raw: bytes) -> Report | None:
    """None for what is no report. Without a standard form it takes the sender's name and the subject together."""
    parts = list(leaves(message))
    status_parts = [part for part in _with_attached(message) if part.get_content_type() in _STATUSES]
    declared = headers.text("content-type").lower().replace(" ", "").replace('"', "")
    ids = _ids_of_original(message, headers, raw)
    if "report-type=disposition-notification" in declared or any(
        part.get_content_type() == "message/disposition-notification" for part in parts
    ):
        return Report(READ_RECEIPT, "delivered", message_ids=ids)
    if status_parts or "report-type=delivery-status" in declared:
        return _standard(status_parts, words, ids)
    if _is_bounce_by_habit(headers, words):
        action = "delayed" if _WAITS.search(headers.text("subject")) else "failed"
        return Report(BOUNCE, action, _status_in(words, action), clean_line(_telling_line(words))[:_MOST_ANSWER], ids)
    return None


def _standard(parts: Iterable[Message], words: str, ids: tuple[str, ...]) -> Report:
    found: list[tuple[str, str, str]] = []
    for part in parts:
        for block in _blocks(part):
            said = str(block.get("action", "")).strip().lower().split(" ")[0].split("(")[0]
            if said:
                code = _ENHANCED.search(str(block.get("status", "")))
                answer = _DIAGNOSTIC.sub("", clean_line(str(block.get("diagnostic-code", ""))), count=1)
                found.append((_ACTIONS.get(said, "failed"), code.group(1) if code else "", answer))
    if not found:  # the part that machines read is missing or broken: what people read is left
        action = "delayed" if _WAITS.search(words[:500]) else "failed"
        return Report(BOUNCE, action, _status_in(words, action), clean_line(_telling_line(words))[:_MOST_ANSWER], ids)
    action, status, answer = min(found, key=lambda one: _WORST_FIRST.index(one[0]))
    return Report(BOUNCE, action, status, answer[:_MOST_ANSWER], ids)


def _blocks(part: Message) -> list[Message]:
    """A status part is parsed as a list of header blocks; one that was declared wrongly is read as text."""
    if part.is_multipart():
        return inner(part)
    text = decode_bytes(payload(part)).replace("\r\n", "\n")
    return [message_from_string(block + "\n\n") for block in text.split("\n\n")[:50] if block.strip()]


def _with_attached(message: Message) -> Iterable[Message]:
    """Leaves and attached mails; a status part counts as a leaf although the parser gave it parts."""
    waiting, seen = [message], 0
    while waiting and seen < 200:
        part = waiting.pop(0)
        seen += 1
        yield part
        if part.get_content_maintype() == "multipart":
            waiting[:0] = inner(part)


def _ids_of_original(message: Message, headers: Headers, raw: bytes) -> tuple[str, ...]:
    """In the headers of the mail that came back, else in our own shape anywhere near the report's beginning."""
    found: list[str] = []
    for part in _with_attached(message):
        if part is message or part.get_content_type() not in _ORIGINALS:
            continue
        for child in inner(part):
            if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
                found += _ID_LIKE.findall(_from_base64(undecoded(child)))
            else:
                found += Headers(child).message_ids("message-id", "original-message-id")
        if not part.is_multipart():
            found += _ID_LIKE.findall(decode_bytes(payload(part))[:_LOOKED_THROUGH_BYTES])
    found += headers.message_ids("in-reply-to", "references", "original-message-id", "x-original-message-id")
    found += _ID_LIKE.findall(decode_bytes(raw[:_LOOKED_THROUGH_BYTES]).replace("=\r\n", "").replace("=\n", ""))
    return tuple(dict.fromkeys(found))[:50]


def _from_base64(text: str) -> str:
    """An attached mail must not be encoded so, and sometimes is; the parser then takes it for a mail of one body."""
    try:
        return decode_bytes(base64.b64decode(text[:_LOOKED_THROUGH_BYTES]))
    except ValueError:
        return ""


def _is_bounce_by_habit(headers: Headers, words: str) -> bool:
    if _QMAIL.match(words) or (headers.has("x-failed-recipients") and _is_null(headers)):
        return True
    sender = headers.address("from")[1]
    from_machine = bool(_SENDERS.match(sender)) or _is_null(headers)
    return from_machine and (bool(_SUBJECT.search(headers.text("subject"))) or headers.has("x-failed-recipients"))


def _is_null(headers: Headers) -> bool:
    path = headers.text("return-path").replace(" ", "")
    return (headers.has("return-path") and path in ("", "<>")) or bool(_SENDERS.match(headers.address("from")[1]))


def _status_in(words: str, action: str) -> str:
    near = words[:4000]
    found = _ENHANCED.search(near)
    if found:
        return found.group(1)
    plain = _PLAIN.search(near)
    return f"{plain.group(1)[0]}.0.0" if plain and action == "failed" else ""


def _telling_line(words: str) -> str:
    lines = [line.strip() for line in words[:4000].splitlines() if line.strip()]
    return next((line for line in lines if _ENHANCED.search(line) or _PLAIN.search(line)), lines[0] if lines else "")

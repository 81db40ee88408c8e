"""A request of a Kannel gateway, read: an incoming text message, or a report about one that was sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from services.intake.sms_talk.message import PartOf, SmsMessage
from services.intake.text import clean_line, decode_bytes

ACCOUNT = "kannel"
_MOST_FIELDS = 50
_UCS2 = "2"
_UTF16 = "utf-16-be"
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800  # the years 2000 to 2099

# Kannel's %d: what it says a report is about. 8 only tells that the network took the message, which is no news.
_REPORTS = {
    "1": ("delivered", "delivered"),
    "2": ("failed", "undelivered"),
    "4": ("delayed", "buffered"),
    "16": ("failed", "rejected_by_network"),
}


@dataclass(frozen=True)
class KannelRequest:
    """`wants_reply`: the gateway sends what it is answered on to the sender."""

    message: SmsMessage
    token: str = ""
    wants_reply: bool = False


@dataclass(frozen=True)
class KannelReport:
    """`reported` is None for what is no news."""

    delivery_id: str
    signature: str
    reported: str | None
    reason: str
    answer: str


def read_request(query: bytes, form: bytes = b"") -> KannelRequest:
    """Never fails. Text is read as the gateway declares it, else as UTF-8, else as Windows-1252."""
    values = _values(query, form)
    charset = _charset(values)
    text = decode_bytes(values.get("text", b""), charset)
    message = SmsMessage(
        account=ACCOUNT,
        sender=_line(values, "from", 64),
        recipient=_line(values, "to", 64),
        text=text,
        provider_id=_line(values, "id", 255),
        part=read_header(values.get("udh", b"")),
        sent_at=_moment(_line(values, "unix", 20)),
        size=len(query) + len(form),
    )
    return KannelRequest(message, decode_bytes(values.get("token", b"")), _line(values, "reply", 4) == "1")


def read_report(query: bytes, form: bytes = b"") -> KannelReport:
    """Never fails."""
    values = _values(query, form)
    reported, reason = _REPORTS.get(_line(values, "type", 4), (None, "other"))
    return KannelReport(
        delivery_id=_line(values, "delivery", 64),
        signature=_line(values, "sign", 64),
        reported=reported,
        reason=reason,
        answer=_line(values, "answer", 300),
    )


def read_header(header: bytes) -> PartOf | None:
    """The user data header (3GPP TS 23.040, 9.2.3.24): reference, total and number of a concatenated message."""
    if header[:1].isalnum():  # some configurations write it in hexadecimal digits
        try:
            header = bytes.fromhex(header.decode("ascii", "replace"))
        except ValueError:
            return None
    position, end = 1, min(len(header), header[0] + 1) if header else 0
    while position + 2 <= end:
        kind, length = header[position], header[position + 1]
        data = header[position + 2 : position + 2 + length]
        if kind == 0x00 and len(data) == length == 3:
            return _part(str(data[0]), data[1], data[2])
        if kind == 0x08 and len(data) == length == 4:
            return _part(str(data[0] << 8 | data[1]), data[2], data[3])
        position += 2 + length
    return None


def _part(reference: str, total: int, number: int) -> PartOf | None:
    return PartOf(reference, number, total) if total > 1 and 1 <= number <= total else None


def _charset(values: dict[str, bytes]) -> str | None:
    charset = _line(values, "charset", 20).lower()
    if charset in ("utf-16be", "utf-16-be", "ucs-2", "ucs2"):
        return _UTF16
    if charset:
        return charset if charset != "8-bit" else None
    return _UTF16 if _line(values, "coding", 4) == _UCS2 else None


def _moment(seconds: str) -> datetime | None:
    usable = seconds.isascii() and seconds.isdigit() and _EARLIEST <= int(seconds) <= _LATEST
    return datetime.fromtimestamp(int(seconds), UTC) if usable else None


def _values(query: bytes, form: bytes) -> dict[str, bytes]:
    values: dict[str, bytes] = {}
    for part in (form, query):  # the address wins over the body
        try:
            pairs = parse_qsl(part.decode("latin-1"), True, max_num_fields=_MOST_FIELDS, encoding="latin-1")
        except ValueError:
            continue
        values.update({name: value.encode("latin-1", "replace") for name, value in pairs})
    return values


def _line(values: dict[str, bytes], name: str, most: int) -> str:
    return clean_line(decode_bytes(values.get(name, b"")))[:most].rstrip()

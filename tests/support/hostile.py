"""Submissions that nobody means well: by every channel, of every kind, in any number, the same for the same seed.

Each gives back what it was answered with, as (status, words, tickets): whether that was clear, and whether what was
acknowledged is stored, is for the test to judge.
"""

from __future__ import annotations

import io
import json
import random
import re
import smtplib
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

import requests

from tests.support.system import System

TICKET = re.compile(r"CMH-[0-9A-Z]{4}-[0-9A-Z]{4}")
SCRIPT = "<script>window.pwned=1</script>"
WORDS = ("PJU mati di Baros", "sampah numpuk di pasar", "jalan rusak parah", "tolong")
MARKUP = (
    SCRIPT,
    '"><img src=x onerror="window.pwned=1">',
    "<svg/onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "</textarea><script>window.pwned=1</script>",
    "{{ 7*7 }}{% for x in [].__class__ %}{% endfor %}",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "'; DROP TABLE complaints; --",
    "${jndi:ldap://127.0.0.1/a}",
    '=HYPERLINK("http://127.0.0.1","x")',
    "%0d%0aSet-Cookie: pwned=1",
    "\u202e\u2066\u200b\u0000\x1b[2J",
    "\U0001f600" * 40,
    "a\u0300" * 500,
)
PATHS = (
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "a" * 400 + ".jpg",
    "con.jpg",
    "con .jpg",
)


@dataclass(frozen=True)
class Answer:
    """`status` is HTTP's or SMTP's; 0 when the other side closed the connection instead."""

    channel: str
    kind: str
    status: int
    words: str

    @property
    def tickets(self) -> list[str]:
        return TICKET.findall(self.words)

    @property
    def acknowledged(self) -> bool:
        return self.status in (200, 201, 250, 303) and bool(self.tickets)


def pixel_bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that says it has side × side pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 300_000))
        + chunk(b"IEND", b"")
    )


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * 20_000_000)
    return packed.getvalue()


FORGED_MARK = "lapor+cmh-0000-0000.c.aaaaaaaaaaaaaaaa@cimahi.example"
FILES: tuple[tuple[str, bytes], ...] = (
    ("svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.pwned=1'><script>window.pwned=1</script></svg>"),
    ("pixels", pixel_bomb(60_000)),
    ("zip", zip_bomb()),
    ("polyglot", b"GIF89a/*" + SCRIPT.encode() + b"*/=1;"),
    ("html", b"<html><body>" + SCRIPT.encode() + b"</body></html>"),
    ("half", b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 50),
    ("nothing", b""),
)  # fmt: skip


class Attacker:
    """One hostile sender with a connection of its own."""

    def __init__(self, system: System, seed: int) -> None:
        self._system = system
        self._dice = random.Random(seed)
        self._session = requests.Session()
        self._form: dict[str, str] = {}
        self._last: tuple[str, dict[str, object]] | None = None
        self._channels: dict[str, Callable[[str], Answer]] = {
            "api": self._api, "form": self._by_form, "sms": self._sms, "generic_sms": self._generic_sms,
            "open311": self._open311, "mail": self._mail, "addition": self._addition,
        }  # fmt: skip

    def strike(self) -> Answer:
        """One submission by a channel of chance."""
        channel = self._dice.choice(list(self._channels))
        text = self._text()
        if channel != "api":  # only JSON can carry half a character
            text = text.encode("utf-8", "replace").decode()
        return self._channels[channel](text)

    def _text(self) -> str:
        dice = self._dice
        kind = dice.randrange(8)
        if kind == 0:
            return dice.choice(WORDS)  # a duplicate of somebody's
        if kind == 1:
            return dice.choice(MARKUP) * dice.choice((1, 3, 2_000))
        if kind == 2:
            return "x" * dice.choice((9_999, 10_001, 300_000))
        if kind == 3:
            return "".join(chr(dice.choice((dice.randrange(32, 127), dice.randrange(0x110000)))) for _ in range(80))
        return f"{dice.choice(WORDS)} {dice.choice(MARKUP)} {dice.randrange(10**6)}"

    def _asked(self, channel: str, kind: str, method: str, path: str, **more: object) -> Answer:
        try:
            got = self._session.request(
                method, f"{self._system.intake_url}{path}", timeout=30, allow_redirects=False, **more  # type: ignore[arg-type]
            )  # fmt: skip
        except (requests.ConnectionError, requests.exceptions.InvalidHeader, UnicodeError) as error:
            return Answer(channel, kind, 0, type(error).__name__)
        return Answer(channel, kind, got.status_code, f"{got.text[:4000]} {got.headers.get('Location', '')}")

    def _api(self, text: str) -> Answer:
        dice = self._dice
        kind = dice.choice(("plain", "deep", "wide", "types", "garbage", "replay", "key"))
        headers = {"Content-Type": "application/json"}
        body: object = {
            "text": text,
            "place": {"detail": dice.choice(MARKUP)},
            "contact": {"name": dice.choice(MARKUP)},
        }
        if kind == "replay" and self._last:
            return self._asked("api", kind, *self._last[0].split(" "), **self._last[1])  # type: ignore[misc]
        if kind == "types":
            body = {"text": dice.choice((1, None, [], {}, True, [text])), "contact": dice.choice((1, [], "x"))}
        data = _encoded(body)
        if kind == "deep":
            data = b'{"text":' + b"[" * dice.choice((50, 100_000)) + b"}"
        elif kind == "wide":
            data = _encoded({"text": text, **{f"f{number}": number for number in range(2_000)}})
        elif kind == "garbage":
            data = dice.randbytes(500)
        elif kind == "key":
            headers |= {"Idempotency-Key": dice.choice(("k" * 300, "same", "%00")), "Authorization": "Bearer tgk_x_y"}
        else:
            self._last = ("POST /api/v1/complaints", {"data": data, "headers": headers})
        return self._asked("api", kind, "POST", "/api/v1/complaints", data=data, headers=headers)

    def _by_form(self, text: str) -> Answer:
        dice = self._dice
        if not self._form or dice.random() < 0.02:
            page = self._session.get(f"{self._system.intake_url}/", timeout=30).text
            self._form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        kind, content = dice.choice(FILES)
        fields = {**self._form, "text": text, "detail": dice.choice(MARKUP), "kind": dice.choice(("pengaduan", "x"))}
        fields["nonce"] = dice.choice((self._form.get("nonce", ""), "n" * 5_000, f"{dice.randrange(10**20):020}"))
        forged = dice.choice(("nothing", "nothing", "csrf_token", "opened", "kept"))
        if forged != "nothing":
            fields[forged] = dice.choice(("forged", fields.get(forged, "") + "x", "\x00"))
        files = [("photos", (dice.choice(PATHS), content, dice.choice(("image/jpeg", "image/svg+xml", "text/html"))))]
        many = files * dice.choice((0, 0, 1, 1, 9))
        return self._asked("form", f"{kind}/{forged}", "POST", "/complaints", data=fields, files=many or None)

    def _sms(self, text: str) -> Answer:
        dice = self._dice
        query = {
            "from": dice.choice(("+6281234567890", "081200001234", SCRIPT, "", "1", "9" * 60)),
            "to": "1234", "text": dice.choice((text[:2000], "STATUS CMH-0000-0000", "STOP", f"TAMBAH {text[:100]}")),
            "id": dice.choice(("same", "", str(dice.randrange(10**9)), "x" * 2_000)),
            "udh": dice.choice(("", "%05%00%03%2A%FF%01", "zz")), "coding": dice.choice(("0", "2", "x")),
        }  # fmt: skip
        return self._asked("sms", "query", "GET", "/sms/kannel", params=query)

    def _generic_sms(self, text: str) -> Answer:
        dice = self._dice
        headers = {"X-Tanggap-Timestamp": dice.choice(("0", "1e9", "x")), "X-Tanggap-Signature": "sha256=" + "0" * 64}
        body = {"id": "1", "from": "+6281234567890", "text": text}
        return self._asked("generic_sms", "forged", "POST", "/sms/generic", data=_encoded(body), headers=headers)

    def _open311(self, text: str) -> Answer:
        dice = self._dice
        fields = {
            "service_code": dice.choice(("lampu-jalan", SCRIPT, "")), "description": text, "email": dice.choice(MARKUP),
            "lat": dice.choice(("-6.88", "NaN", "1e999", "x")), "long": "107.54",
            "media_url": dice.choice((f"javascript:{SCRIPT}", "file:///etc/passwd", "http://127.0.0.1:1/")),
            f"attribute[{dice.choice(MARKUP)[:40]}]": "x",
        }  # fmt: skip
        kind, content = dice.choice(FILES)
        name = dice.choice(PATHS)
        files = [("media", (name, content, "image/png"))] if dice.random() < 0.5 else None
        form = dice.choice(("json", "xml"))
        return self._asked("open311", kind, "POST", f"/open311/v2/requests.{form}", data=fields, files=files)

    def _addition(self, text: str) -> Answer:
        dice = self._dice
        ticket = dice.choice(("CMH-0000-0000", "..%2f..%2fetc", SCRIPT.replace("/", "%2F"), "CMH"))
        headers = {"X-Tracking-Code": dice.choice(("AAAAA-AAAAA", "x" * 3000)), "Content-Type": "application/json"}
        path = f"/api/v1/complaints/{ticket}/additions"
        return self._asked("addition", "guess", "POST", path, data=_encoded({"text": text}), headers=headers)

    def _mail(self, text: str) -> Answer:
        dice = self._dice
        kind, content = dice.choice((*FILES, ("headers", b""), ("nested", b""), ("eight_bit", b"")))
        raw = _mail(dice, text, kind, content)
        try:
            with smtplib.SMTP("127.0.0.1", self._system.smtp_port, timeout=60) as server:
                server.ehlo()
                server.mail("penjahat@example.org")
                server.rcpt(
                    dice.choice(("lapor@cimahi.example", "lapor+cmh-0000-0000.c.aaaaaaaaaaaaaaaa@cimahi.example"))
                )
                status, words = server.data(raw)
        except smtplib.SMTPResponseException as error:
            status, words = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
        except (smtplib.SMTPException, OSError) as error:
            return Answer("mail", kind, 0, type(error).__name__)
        return Answer("mail", kind, status, words.decode("utf-8", "replace"))


def _encoded(body: object) -> bytes:
    return json.dumps(body).encode("utf-8", "surrogatepass")


def _mail(dice: random.Random, text: str, kind: str, content: bytes) -> bytes:
    plain = text.encode("utf-8", "replace")[:50_000]
    if kind == "headers":
        head = "".join(f"X-{number}: {'x' * 50}\r\n" for number in range(3_000))
        return f"From: <a@example.org>\r\n{head}Subject: ".encode() + plain[:2_000] + b"\r\n\r\n" + plain
    if kind == "nested":
        parts = b"".join(b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' for _ in range(3_000))
        return b"From: <a@example.org>\r\nMIME-Version: 1.0\r\n" + parts + plain
    if kind == "eight_bit":
        head = (
            "From: \xff\xfe <a@\xe9.example>\r\nSubject: =?x-none?q?=FF?=\r\nContent-Type: text/plain; charset=x-none"
        )
        return head.encode("latin-1") + b"\r\n\r\n" + plain
    mail = EmailMessage()
    mail["From"], mail["Subject"] = (
        "Penjahat <penjahat@example.org>",
        " ".join(text.split())[:200].encode("ascii", "replace").decode(),
    )
    mail["Message-ID"] = dice.choice(("<same@example.org>", f"<{dice.randrange(10**12)}@example.org>"))
    mail["In-Reply-To"] = "<01a20da2-98c8-70a0-8b4f-59b8a255f060.cmh-0000-0000.c.aaaaaaaaaaaaaaaa@cimahi.example>"
    mail.set_content(plain.decode("utf-8", "replace"))
    if dice.random() < 0.5:
        mail.add_alternative(
            f"<html><body>{SCRIPT}{text[:1000].encode('utf-8', 'replace').decode()}</body></html>", subtype="html"
        )
    name = dice.choice(PATHS)
    mail.add_attachment(content, maintype="image", subtype=dice.choice(("jpeg", "svg+xml")), filename=name)
    return mail.as_bytes()

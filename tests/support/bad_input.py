"""Bad input by every channel, as one table: what is sent, and what may be answered to it when nothing is broken.

Nothing in it may ever be stored as a complaint: every row carries `MARK` wherever it has words. The running system is
attacked with it (`tests/e2e/test_hostile.py`), and once more while faults strike (`tests/compose/test_bad_input.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.hostile import FILES, SCRIPT

MARK = "tidak boleh tersimpan"
JSON, URLENCODED = "application/json", "application/x-www-form-urlencoded"
API, OPEN311, CASES = "/api/v1/complaints", "/open311/v2/requests", "/api/agency/v1/cases"
FORM_TYPES = {"Accept": "text/html"}


@dataclass(frozen=True)
class Bad:
    """A request, or a mail when `channel` is `mail` (`path` is its recipient then). `right`: the answers it may get."""

    channel: str
    what: str
    right: tuple[int, ...]
    method: str = "POST"
    path: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    at_desk: bool = False
    signed: bool = False

    @property
    def name(self) -> str:
        return f"{self.channel}: {self.what}"


def _api(what: str, right: int, body: object, path: str = API, **headers: str) -> Bad:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode("utf-8", "surrogatepass")
    return Bad("api", what, (right,), "POST", path, raw, {"Content-Type": JSON, **headers})


def _form(what: str, right: int, body: str, path: str = "/complaints", kind: str = URLENCODED) -> Bad:
    return Bad("form", what, (right,), "POST", path, body.encode(), {**FORM_TYPES, "Content-Type": kind})


def _sms(what: str, right: int | tuple[int, ...], query: str) -> Bad:
    """A proxy in front may refuse an address that is too long before we see it."""
    return Bad("sms", what, right if isinstance(right, tuple) else (right,), "GET", f"/sms/kannel?{query}")


def _generic(what: str, right: int, body: object, *, signed: bool = True, path: str = "/sms/generic") -> Bad:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Bad("generic_sms", what, (right,), "POST", path, raw, {"Content-Type": JSON}, signed=signed)


def _open311(what: str, right: int, body: str, form: str = "json", kind: str = URLENCODED) -> Bad:
    return Bad("open311", what, (right,), "POST", f"{OPEN311}.{form}", body.encode(), {"Content-Type": kind})


def _mail(what: str, right: int, raw: bytes) -> Bad:
    return Bad("mail", what, (right,), "", "lapor@cimahi.example", raw)


def _desk(what: str, right: tuple[int, ...], method: str, path: str, body: str = "") -> Bad:
    kind = {"Content-Type": URLENCODED} if body else {}
    return Bad("desk", what, right, method, path, body.encode(), {**FORM_TYPES, **kind}, at_desk=True)


def _agency(what: str, right: int, method: str, path: str, body: bytes = b"", **headers: str) -> Bad:
    return Bad("agency_api", what, (right,), method, path, body, {"Content-Type": JSON, **headers}, at_desk=True)


_MANY = "multipart/form-data; boundary=b"
_FILE = '--b\nContent-Disposition: form-data; name="media"; filename="../../x.svg"\n\n<svg onload=x>\n--b--\n'.replace(
    "\n", "\r\n"
)
_UNKNOWN = "CMH-0000-0000"

BAD_INPUT: tuple[Bad, ...] = (
    _api("empty", 400, b""), _api("half a document", 400, b'{"text": "' + MARK.encode()),
    _api("no UTF-8", 400, b'{"text":"caf\xe9 ' + MARK.encode() + b'"}'),
    _api("brackets without end", 400, b"[" * 100_000), _api("a list", 422, [MARK]),
    _api("no text", 422, {"contact": {"name": MARK}}), _api("a text that is a number", 422, {"text": 5}),
    _api("nothing to see", 422, {"text": "\x00\ud800 \u200b"}),
    _api("an unknown field", 422, {"text": MARK, "admin": True}),
    _api("a place that there is not", 422, {"text": MARK, "place": {"kelurahan": "Atlantis"}}),
    _api("a position off the globe", 422, {"text": MARK, "place": {"latitude": 91, "longitude": 0}}),
    _api("a contact that is none", 422, {"text": MARK, "contact": {"email": SCRIPT, "phone": "x"}}),
    _api("too long", 422, {"text": MARK * 20_000}), _api("too large", 413, {"text": MARK * 150_000}),
    _api("plain text", 415, {"text": MARK}, **{"Content-Type": "text/plain"}),
    _api("a key beyond measure", 422, {"text": MARK}, **{"Idempotency-Key": "k" * 300}),
    _api("a partner's key that is none", 401, {"text": MARK}, Authorization="Bearer tgk_a_b"),
    _api("a partner's field", 403, {"text": MARK, "channel": "wa"}),
    _api("an addition to nothing", 404, {"text": MARK}, f"{API}/{_UNKNOWN}/additions", **{"X-Tracking-Code": "x"}),
    Bad("api", "a method that there is not", (405,), "DELETE", API),
    Bad("api", "a ticket that leads out", (404,), "GET", f"{API}/..%2f..%2fetc%2fpasswd"),
    _form("without its token", 400, f"text={MARK}&email=a@example.org"),
    _form("a forged token", 400, f"csrf_token=forged&text={MARK}"), _form("no form at all", 400, "%00&&=%ff"),
    _form("a part without end", 400, f'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n{MARK}', kind=_MANY),
    _form("a part without a name", 400, f"--b\r\nContent-Disposition: form-data\r\n\r\n{MARK}\r\n--b--", kind=_MANY),
    _form("an addition to nothing", 404, f"text={MARK}&code=x", f"/complaints/{_UNKNOWN}/additions"),
    _form("a rating of nothing", 404, f"score=5&code=x&words={MARK}", f"/complaints/{_UNKNOWN}/rating"),
    Bad("form", "a wrong code", (404,), "GET", f"/complaints/{_UNKNOWN}?code={SCRIPT}", headers=FORM_TYPES),
    Bad("form", "an address that is no UTF-8", (404,), "GET", "/nothing?q=%ff%fe", headers=FORM_TYPES),
    Bad("form", "a page that there is not", (404,), "GET", "/complaints.php?id=1'--", headers=FORM_TYPES),
    _sms("a wrong token", 403, f"from=%2B6281200001234&to=1&text={MARK}&id=1&token=x"),
    _sms("a sender that is none", 200, f"from=TELKOM&to=1&text={MARK}&id=b1&token=@@TOKEN@@"),
    _sms("no sender", 200, f"to=1&text={MARK}&id=b2&token=@@TOKEN@@"),
    _sms("no words", 200, "from=%2B6281200001234&to=1&text=%00%20&id=b3&token=@@TOKEN@@"),
    _sms("too long", (200, 414), f"from=%2B6281200001234&to=1&text={(MARK + '+') * 500}&id=b4&token=@@TOKEN@@"),
    _sms("a status of nothing", 200, f"from=%2B6281200001234&to=1&text=STATUS+{_UNKNOWN}&id=b5&token=@@TOKEN@@"),
    Bad("sms", "a report that nobody signed", (403,), "GET", "/sms/kannel/report?delivery=x&type=1&sign=x"),
    _generic("nobody signed it", 403, {"from": "+6281200001234", "text": MARK, "id": "1"}, signed=False),
    _generic("no JSON", 400, b"\xff"), _generic("no sender", 422, {"text": MARK, "id": "c1"}),
    _generic("a part of nothing", 422, {"from": "+6281200001234", "text": MARK, "id": "c2", "part": {"number": 9}}),
    _generic("a sender that is none", 200, {"from": "TELKOM", "text": MARK, "id": "c3"}),
    _generic("a report that is none", 422, {"delivery": "d", "status": MARK}, path="/sms/generic/report"),
    _open311("no service", 400, f"description={MARK}&lat=-6.88&long=107.54"),
    _open311("a service that there is not", 404, f"service_code={MARK}&lat=-6.88&long=107.54"),
    _open311("no number", 400, f"service_code=lampu-jalan&lat=NaN&long=1e999&description={MARK}", "xml"),
    _open311("no place", 400, f"service_code=lampu-jalan&description={MARK}"),
    _open311("another city", 404, f"jurisdiction_id=lain&service_code=lampu-jalan&description={MARK}"),
    _open311("a drawing for a photo", 400, _FILE, kind=_MANY),
    Bad("open311", "a form that there is not", (404, 406), "GET", f"{OPEN311}.yaml"),
    Bad("open311", "a page beyond all", (400,), "GET", f"{OPEN311}.json?page={'9' * 30}"),
    _mail("no words", 554, b"From: a@example.org\r\nSubject: \r\n\r\n\r\n"),
    _mail("only what nobody can read", 554, b"From: a@example.org\r\nContent-Type: image/png\r\n\r\n" + FILES[3][1]),
    _mail("a line without end", 554, b"From: a@example.org\r\n\r\n" + MARK.encode() * 15_000),
    _desk("a login form of another site", (400,), "POST", "/login", "login=koordinator&password=x"),
    _desk("a page without a login", (303,), "GET", "/cases?q=%27%20OR%201=1"),
    _desk("a case without a login", (303,), "GET", f"/cases/{_UNKNOWN}"),
    _desk("an act without a login", (303, 400), "POST", f"/cases/{_UNKNOWN}/answer", f"answer={MARK}"),
    _desk("a page that there is not", (404,), "GET", "/wp-login.php"), _agency("no token", 401, "GET", CASES),
    _agency("a token that is none", 401, "POST", f"{CASES}/{_UNKNOWN}/note", b"{", Authorization="Bearer tga_x_y"),
    _agency("a method that there is not", 405, "DELETE", CASES),
    _agency("a photo by a forged link", 422, "GET", "/api/agency/v1/photos/x"),
)  # fmt: skip

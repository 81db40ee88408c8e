"""Inputs to begin with, invented: one of each kind that there is, and the words that such inputs are made of."""

from __future__ import annotations

import io
import json

from PIL import Image

from tests.fuzz.wire import request, requests_of

HTTP_WORDS = (
    "Content-Type: application/json", "Content-Type: multipart/form-data; boundary=b", "Accept: text/html",
    "Content-Type: application/x-www-form-urlencoded", "Accept-Language: en;q=0.1, id", "Idempotency-Key: k",
    "X-Forwarded-For: 1.2.3.4", "Content-Encoding: gzip", "Transfer-Encoding: chunked", "Range: bytes=0-1",
    "If-None-Match: x", "Cookie: tanggap_intake=x", "Authorization: Bearer tgk_a_b", "X-Tracking-Code: @@CODE@@",
    "GET / HTTP/1.1", "POST ", "HEAD ", "OPTIONS ", "%00", "%ff", "%u0041", "\\ud800", "%ed%a0%80", "../", "..%2f",
    "<script>window.pwned=1</script>", "{{7*7}}", "charset=utf-16", "charset=utf-7", "boundary=",
    "filename*=utf-8''%ff",
)  # fmt: skip
FORM_WORDS = (
    "&text=", "&kelurahan=", "&detail=", "&latitude=", "&longitude=", "&position=none", "&kind=", "&identity=open",
    "&email=", "&phone=", "&name=", "&nonce=", "&opened=", "&photo=", "&drop_photo=", "&join=", "&separate=1",
    "&language=en", "&edit=1", "&alamat_situs=", "&score=5", "&words=", "&code=", "&csrf_token=@@CSRF@@", "1e999",
    "nan",
)  # fmt: skip
JSON_WORDS = ("null", "true", "1e400", "-0", "NaN", "{}", "[]", '""', "9" * 30, '"\\ud800"', '"\\u0000"')
OPEN311_WORDS = (
    "service_code=lampu", "&lat=", "&long=", "&address_string=", "&address_id=", "&email=", "&device_id=",
    "&account_id=", "&first_name=", "&last_name=", "&phone=", "&description=", "&media_url=", "&attribute[jumlah]=",
    "&api_key=", "&attribute[gejala][]=", "&attribute[sejak]=", "&jurisdiction_id=cimahikota.go.id",
    "&service_request_id=", "&start_date=", "&end_date=", "&status=open", "&page=", "&page_size=", ".xml", ".json",
    "2026-11-24T00:00:00Z",
)  # fmt: skip
SMS_WORDS = (
    "from=", "&to=1234", "&text=", "&id=", "&udh=%05%00%03%2A%02%01", "&coding=2", "&charset=UTF-16BE", "&unix=",
    "&token=", "&reply=1", "STATUS", "TAMBAH", "BELUM", "STOP", "MULAI", "BANTUAN", "NILAI 5", "TERBUKA", "RAHASIA",
    "LAPOR#", "&type=1", "&delivery=@@DELIVERY@@", "&sign=@@REPORT@@", "X-Tanggap-Timestamp: @@NOW@@",
    "X-Tanggap-Signature: @@SIGN@@", '"part":{"reference":"a","number":1,"total":2}', '"sent_at":',
    '"status":"failed"',
)  # fmt: skip
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
PHONE = "%2B6281200001234"
SCRIPT = "%3Cscript%3Ewindow.pwned%3D1%3C/script%3E"


TEXTS = (
    "Lampu PJU mati di Jl. Baros depan SD 2, gelap sekali", "STATUS CMH-1234-567A", "TAMBAH CMH 1234 567A masih padam",
    "LAPOR#DLH# sampah menumpuk", "hubungi saya 0812-3456-7890 atau warga@contoh.id, NIK 3277010101900001",
    "bukan sampah, tapi jalan rusak. Terima kasih", "NILAI 4 cepat", "5", "tolong min",
    "TERBUKA pohon tumbang di RW 05", "lapor cimahi: got mampet 😀 ñ ë", "\u202ekebalik\u200b a\u0300" * 3,
    "+62 22 6654274 (022)6654274", "1e5 ٣٤ ²",
)  # fmt: skip


def _small_png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 30)).save(out, "PNG")
    return out.getvalue()


SMALL_PNG = _small_png()


def _parts(*fields: tuple[str, str, str]) -> str:
    """Of a multipart body: (name, further parameters, content)."""
    made = [f'--b\nContent-Disposition: form-data; name="{name}"{more}\n\n{body}\n' for name, more, body in fields]
    return "".join(made) + "--b--\n"


def form() -> list[bytes]:
    proof = "csrf_token=@@CSRF@@&opened=@@OPENED@@"
    whole = f"{proof}&nonce=@@NONCE@@&text=Lampu+padam+di+gang&kind=pengaduan&identity=open&email=warga%40contoh.id"
    bodies = [
        whole, f"{whole}&language=en", f"{whole}&edit=1", f"{proof}&text={SCRIPT}&detail={SCRIPT}&name={SCRIPT}",
        f"{proof}&text=Sampah&latitude=-6.88&longitude=107.54&kelurahan=Cibeber&phone=081200001234&separate=1",
        "text=tanpa+bukti", f"{proof}&alamat_situs=x&text=Jalan+bolong&position=none", "%", "&&==",
        f"{proof}&text=%00%ff",
    ]  # fmt: skip
    photo = ('; filename="a.png"\nContent-Type: image/png', "@@PNG@@")
    fields = (("csrf_token", "", "@@CSRF@@"), ("opened", "", "@@OPENED@@"), ("text", "", "Jalan rusak."))
    packed = [
        _parts(*fields, ("photos", *photo)),
        _parts(*fields, ("photos", '; filename=""', "")),
        "--b",
        _parts(*fields),
    ]
    proved = "code=@@CODE@@&csrf_token=@@CSRF@@&opened=@@OPENED@@"
    pages = (
        "/", "/track", "/track?ticket=@@TICKET@@&code=@@CODE@@", "/complaints/@@TICKET@@?code=@@CODE@@", "/form-key",
        "/complaints/@@TICKET@@/receipt", "/published?page=2", "/published/1", "/open-data", "/open-data/2026.csv",
        "/complaints/@@TICKET@@/photos/x?code=@@CODE@@", "/static/../x", "/healthz", "/checks/" + "0" * 36,
    )  # fmt: skip
    return [
        *requests_of(URLENCODED, "/complaints", bodies, "Accept: text/html"),
        *requests_of(MULTIPART, "/complaints", packed, "Accept: text/html", "Accept-Language: en"),
        request("POST /complaints/@@TICKET@@/additions", f"{proved}&text=Tambahan", f"Content-Type: {URLENCODED}"),
        request("POST /complaints/@@TICKET@@/rating", f"{proved}&score=5&words=Baik", f"Content-Type: {URLENCODED}"),
        *(request(f"GET {path}", "", "Accept: text/html") for path in pages),
    ]


def api() -> list[bytes]:
    place = {"kecamatan": "Cimahi Selatan", "kelurahan": "cibeuber", "detail": "Jl. Mawar", "latitude": -6.88,
             "longitude": 107.54}  # fmt: skip
    contact = {"email": "warga@contoh.id", "phone": "081200001234", "name": "Warga"}
    bodies = [
        {"text": "Lampu padam."}, {"text": "Sampah \u0000\ud800", "place": place}, {"text": "x", "contact": contact},
        {"text": "Jalan rusak", "kind": "aspirasi", "identity": "confidential", "channel": None, "external_refs": {}},
        {"text": ""}, {"text": "\u200b"}, {"text": [], "more": 1}, {"text": "y", "place": {"latitude": 91}}, [], None,
    ]  # fmt: skip
    kept = [json.dumps(body) for body in bodies]
    odd = ["{", '{"text":' + "[" * 200, '{"text":"a","text":"b"}', '\ufeff{"text":"a"}', '{"text": 1e999}', '"\\ud800"']
    additions = "/api/v1/complaints/@@TICKET@@/additions"
    code = "X-Tracking-Code: @@CODE@@"
    return [
        *requests_of("application/json", "/api/v1/complaints", [*kept, *odd]),
        *requests_of("application/json", "/api/v1/complaints", kept[:4], "Idempotency-Key: satu", "Accept: */*"),
        *requests_of("application/json", additions, ['{"text":"Masih padam"}', '{"what":"not_solved"}'], code),
        request("GET /api/v1/complaints/@@TICKET@@", "", code),
        request("GET /api/v1/complaints/@@TICKET@@", "", "Authorization: Bearer tgk_a_b"),
        request("GET /openapi.json"), request("OPTIONS /api/v1/complaints"), request("DELETE /api/v1/complaints"),
        request("POST /api/v1/complaints", '{"text":"a"}', "Content-Type: text/plain"),
    ]  # fmt: skip


def open311() -> list[bytes]:
    bodies = [
        "service_code=sampah&lat=-6.88&long=107.54&description=Sampah+menumpuk",
        "service_code=lampu&address_string=Jl.+Mawar&attribute[jumlah]=2&attribute[gejala][]=m&attribute[gejala][]=b",
        "service_code=lampu&lat=nan&long=1e999&attribute[jumlah]=x&attribute[sejak]=2026-11-24T00:00:00Z",
        f"service_code=sampah&address_id=1&description={SCRIPT}&email=x&phone=1&media_url=javascript:{SCRIPT}",
        "service_code=tidak-ada&attribute[]=&attribute[[x]]=1&jurisdiction_id=lain", "description=%00%ff%u0041",
    ]  # fmt: skip
    place = (("lat", "", "-6.9"), ("long", "", "107.5"))
    photo = ("media", '; filename="a.png"', "@@PNG@@")
    packed = [_parts(("service_code", "", "sampah"), ("description", "", "Bau."), *place, photo)]
    paths = (
        "services.json", "services.xml", "discovery.xml", "services/lampu.json", "requests/@@TICKET@@.xml",
        "requests.json?service_request_id=@@TICKET@@,x", "tokens/@@TICKET@@.json", "requests.xml?status=open,closed",
        "requests.json?start_date=2026-01-01&end_date=2026-12-31T00:00:00Z&page=2&page_size=1", "nothing",
        "requests.json?service_code=sampah&page=9999999999999999999999",
    )  # fmt: skip
    return [
        *requests_of(URLENCODED, "/open311/v2/requests.json", bodies),
        *requests_of(URLENCODED, "/open311/v2/requests.xml", bodies),
        *requests_of(MULTIPART, "/open311/v2/requests.json", packed),
        *(request(f"GET /open311/v2/{path}") for path in paths),
        request("PUT /open311/v2/requests.json"), request("OPTIONS /open311/v2/requests.xml"),
    ]  # fmt: skip


def sms() -> list[bytes]:
    texts = (
        "lampu+padam", "TERBUKA+jalan+rusak", "STATUS", "STATUS+@@TICKET@@", "TAMBAH+@@TICKET@@+masih+padam", "STOP",
        "BELUM+@@TICKET@@", "NILAI+@@TICKET@@+5", "min+tolong", "LAPOR%23sampah", "%81%8d", "%00a%00b&coding=2", "",
    )  # fmt: skip
    queries = [f"from={PHONE}&to=1234&id={number}&text={text}" for number, text in enumerate(texts)]
    queries += [f"from={PHONE}&text=bagian&udh=%05%00%03%2A%02%0{number}" for number in (1, 2)]
    queries += [f"from={PHONE}&text=x&udh=0605000300020{number}" for number in (1, 2)] + ["from=TELKOMSEL&text=x", "&&"]
    signed = ("X-Tanggap-Timestamp: @@NOW@@", "X-Tanggap-Signature: @@SIGN@@")
    message = {"id": "g1", "from": "+6281200001234", "to": "1234", "text": "lampu padam"}
    part = {"reference": 7, "number": 1, "total": 2}
    bodies = [message, {**message, "part": part}, {**message, "sent_at": "2026-11-24T10:00:00+07:00"}, {"text": None},
              {**message, "from": "x" * 80, "part": []}]  # fmt: skip
    report = {"delivery": "@@DELIVERY@@", "status": "failed", "reason": "expired", "answer": "no such number"}
    reports = [f"delivery=@@DELIVERY@@&sign=@@REPORT@@&type={type_}&answer=x" for type_ in ("1", "2", "8", "16", "x")]
    return [
        *(request(f"GET /sms/kannel?{query}") for query in queries),
        *requests_of(URLENCODED, "/sms/kannel", queries[:3]),
        *requests_of("application/json", "/sms/generic", [json.dumps(body) for body in bodies], *signed),
        *requests_of("application/json", "/sms/generic/report", [json.dumps(report), "[]"], *signed),
        *(request(f"GET /sms/kannel/report?{query}") for query in reports),
    ]

"""The channels that the long proof has besides: signed text messages, LMTP, Open311, photos, and the counter."""

import functools
import hashlib
import hmac
import json
import threading
import time

from PIL import Image

from tests.chaos.channels import ALL, SECONDS, Channel, ask, judge, post_mail, send_form, ticket_in
from tests.chaos.desk_person import DeskPerson
from tests.chaos.target import Target
from tests.support.photo_files import jpeg, noise

CLERKS = ("koordinator", "petugas.dishub", "kepala.dishub")
_at_the_counter = threading.local()


def by_signed_sms(target: Target, number: int, text: str) -> str:
    """The webhook for gateways of any make."""
    message = {"from": f"+62813{number:08}", "to": "1234", "text": text, "id": f"signed-{number}"}
    body, timestamp = json.dumps(message).encode(), str(int(time.time()))
    signed = hmac.new(target.sms_key().encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    headers = {
        "X-Tanggap-Timestamp": timestamp,
        "X-Tanggap-Signature": f"sha256={signed.hexdigest()}",
        "Content-Type": "application/json",
    }
    url = f"{target.intake_url}/sms/generic"
    with target.session() as session:
        answer = ask(lambda: session.post(url, data=body, headers=headers, timeout=SECONDS))
    judge(answer, 200)
    return ticket_in(answer.text)


def by_lmtp(target: Target, number: int, text: str) -> str:
    """From the mail server beside it; by SMTP where there is no port for that."""
    return post_mail(target.lmtp_port or target.smtp_port, number, text, lmtp=target.lmtp_port > 0)


def by_mail_with_photo(target: Target, number: int, text: str) -> str:
    return post_mail(target.smtp_port, number, text, photo=photo_of(number))


def by_open311(target: Target, number: int, text: str) -> str:
    """From another program, with a photo. The same account with the same words on the same day is the same report."""
    form = {
        "service_code": "lampu-jalan", "description": text, "address_string": f"Gang {number}",
        "account_id": f"account-{number}", "email": f"c{number}@example.org",
    }  # fmt: skip
    url, files = f"{target.intake_url}/open311/v2/requests.json", {"media": ("foto.jpg", photo_of(number))}
    with target.session() as session:
        answer = ask(lambda: session.post(url, data=form, files=files, timeout=SECONDS))
    judge(answer, 200, "application/")  # the proxy before it says "not now" as for any program
    return ticket_in(answer.text)


def by_form_with_photo(target: Target, number: int, text: str) -> str:
    return send_form(target, number, text, f"nonce-with-photo-{number:08}", photo_of(number))


def at_the_counter(target: Target, number: int, text: str) -> str:
    """Told to an officer, who enters it at the desk."""
    form = {
        "key": f"key-of-the-form-{number:08}", "text": text, "channel": "counter", "office": "Loket", "separate": "1",
        "kind": "pengaduan", "identity": "anonymous", "name": f"Warga {number}", "email": f"c{number}@example.org",
    }  # fmt: skip
    answer = _clerk(target, CLERKS[number // len(EVERY) % len(CLERKS)]).post("/enter", form)
    judge(answer, 200, "text/html")
    return ticket_in(answer.text)


WITH_PHOTO = (by_mail_with_photo, by_open311, by_form_with_photo)
_WITHOUT_CLERK = (*ALL, by_signed_sms, by_lmtp, *WITH_PHOTO)
EVERY: tuple[Channel, ...] = (*_WITHOUT_CLERK * 3, at_the_counter)
"""In turn. The counter seldom: one login may enter 200 complaints in an hour."""


@functools.cache
def _street() -> Image.Image:
    return noise(240, 180)


@functools.lru_cache(maxsize=64)
def photo_of(number: int) -> bytes:
    """One that nobody else has, and no logo: a mail's smaller pictures are left out."""
    image = _street().copy()
    image.paste((number % 251, number // 251 % 251, number // 63_001 % 251), (80, 60, 160, 120))
    return jpeg(image)


def _clerk(target: Target, login: str) -> DeskPerson:
    """With a browser for each thread."""
    known: dict[tuple[int, str], DeskPerson] = getattr(_at_the_counter, "known", {})
    _at_the_counter.known = known
    return known.setdefault((id(target), login), DeskPerson(target, login))

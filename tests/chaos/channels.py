"""How a citizen complains by each channel. Repeating with the same number is the same message.

A refusal must be one that the other side understands: by HTTP only 503 with `Retry-After`, to programs as problem+json;
by mail a code of 400 to 499. Anything else turns the citizen down, and whoever counts finds it among the refusals.
"""

import re
import smtplib
from collections.abc import Callable

import requests

from tests.chaos.target import Target
from tests.support.mails import hand_in


class NotYet(Exception):
    """No receipt; whoever insists tries again. `reason`: `away` was said, `unreachable` was seen."""

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(f"{reason}: {what}")
        self.reason = reason


class TurnedDown(Exception):
    """An answer that says no for good."""


Channel = Callable[[Target, int, str], str]
"""Returns the ticket, or nothing where the channel tells it later. Raises `NotYet` or `TurnedDown`."""

AWAY, UNREACHABLE = "away", "unreachable"
SECONDS = 8


def by_api(target: Target, number: int, text: str) -> str:
    contact = {"email": f"c{number}@example.org"}
    answer = ask(lambda: target.submit(text, key=f"citizen-{number}", contact=contact, timeout=SECONDS))
    judge(answer, 201, "application/problem+json")
    return str(answer.json()["ticket"])


def without_contact(target: Target, number: int, text: str) -> str:
    """By the API, from somebody who leaves no contact: only the agency is told."""
    answer = ask(lambda: target.submit(text, key=f"nobody-{number}", contact={}, timeout=SECONDS))
    judge(answer, 201, "application/problem+json")
    return str(answer.json()["ticket"])


def by_sms(target: Target, number: int, text: str) -> str:
    answer = ask(lambda: target.send_sms(f"+62812{number:08}", text, f"sms-{number}", timeout=SECONDS))
    judge(answer, 200)
    return ticket_in(answer.text)


def by_form(target: Target, number: int, text: str) -> str:
    return send_form(target, number, text, f"nonce-of-citizen-{number:08}")


def send_form(target: Target, number: int, text: str, nonce: str, photo: bytes | None = None) -> str:
    """A new page each time, yet the same complaint: the browser kept the form's nonce."""
    files = {} if photo is None else {"photos": ("foto.jpg", photo, "image/jpeg")}
    with target.session() as session:
        page = ask(lambda: session.get(f"{target.intake_url}/", timeout=SECONDS))
        judge(page, 200, "text/html")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token is not None
        form = {"csrf_token": token.group(1), "nonce": nonce, "text": text}
        form |= {"kind": "pengaduan", "identity": "anonymous", "email": f"c{number}@example.org"}
        url = f"{target.intake_url}/complaints"
        answer = ask(lambda: session.post(url, data=form, files=files, timeout=SECONDS, allow_redirects=False))
    judge(answer, 303, "text/html")
    return ticket_in(answer.headers["Location"])


def by_mail(target: Target, number: int, text: str) -> str:
    return post_mail(target.smtp_port, number, text)


def post_mail(port: int, number: int, text: str, *, lmtp: bool = False, photo: bytes = b"") -> str:
    try:
        hand_in(
            port, sender=f"c{number}@example.org", subject="Laporan", body=text,
            message_id=f"<laporan-{number}@example.org>", timeout=SECONDS, lmtp=lmtp, photo=photo,
        )  # fmt: skip
    except smtplib.SMTPResponseException as error:
        what = f"{error.smtp_code} {error.smtp_error!r}"
        if error.smtp_code >= 500:
            raise TurnedDown(what) from error
        raise NotYet(AWAY if error.smtp_code >= 400 else UNREACHABLE, what) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotYet(UNREACHABLE, str(error)) from error
    return ""


ALL: tuple[Channel, ...] = (by_api, by_sms, by_form, by_mail)


def ask(call: Callable[[], requests.Response]) -> requests.Response:
    """Raises `NotYet` when nobody answers."""
    try:
        return call()
    except requests.RequestException as error:
        raise NotYet(UNREACHABLE, str(error)) from error


def judge(answer: requests.Response, good: int, refusal_type: str = "") -> None:
    """Raises `NotYet` when it was said as it should be, else `TurnedDown`."""
    if answer.status_code == good:
        return
    kind = answer.headers.get("Content-Type", "")
    what = f"{answer.status_code} {kind} {words_of(answer.text)}"
    if answer.status_code == 503 and answer.headers.get("Retry-After", "").isdigit() and kind.startswith(refusal_type):
        raise NotYet(AWAY, what)
    raise TurnedDown(what)


def words_of(page: str) -> str:
    """What is wrong with a form, where the page says so; else how it begins."""
    problems = re.findall(r'class="error"[^>]*>([^<]+)|role="alert"[^>]*>\s*<p>([^<]+)', page)
    told = " ".join(one or other for one, other in problems) or re.sub(r"(?s)<head>.*?</head>|<[^>]+>|\s+", " ", page)
    return " ".join(told.split())[:300]


def ticket_in(text: str) -> str:
    found = re.search(r"CMH-\w{4}-\w{4}", text)
    if found is None:
        raise TurnedDown(f"no ticket in {text[:200]!r}")
    return found.group(0)

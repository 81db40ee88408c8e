"""How a citizen complains by each channel. Repeating with the same number is the same message."""

import re
import smtplib
from collections.abc import Callable
from email.message import EmailMessage

import requests

from tests.support.system import System


class NotYet(Exception):
    """No receipt; whoever insists tries again."""


class TurnedDown(Exception):
    """An answer that says no for good."""


Channel = Callable[[System, int, str], str]
"""Returns the ticket, or nothing where the channel tells it later. Raises `NotYet` or `TurnedDown`."""

SECONDS = 8


def by_api(system: System, number: int, text: str) -> str:
    contact = {"email": f"c{number}@example.org"}
    answer = _ask(lambda: system.submit(text, key=f"citizen-{number}", contact=contact, timeout=SECONDS))
    _judge(answer, 201)
    return str(answer.json()["ticket"])


def by_sms(system: System, number: int, text: str) -> str:
    answer = _ask(lambda: system.send_sms(f"+62812{number:08}", text, f"sms-{number}"))
    _judge(answer, 200)
    return _ticket(answer.text)


def by_form(system: System, number: int, text: str) -> str:
    """A new page each time, yet the same complaint: the browser kept the form's nonce."""
    session = requests.Session()
    page = _ask(lambda: session.get(f"{system.intake_url}/", timeout=SECONDS))
    _judge(page, 200)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    form = {"csrf_token": token.group(1), "nonce": f"nonce-of-citizen-{number:08}", "text": text}
    form |= {"kind": "pengaduan", "identity": "anonymous", "email": f"c{number}@example.org"}
    url = f"{system.intake_url}/complaints"
    answer = _ask(lambda: session.post(url, data=form, timeout=SECONDS, allow_redirects=False))
    _judge(answer, 303)
    return _ticket(answer.headers["Location"])


def by_mail(system: System, number: int, text: str) -> str:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"c{number}@example.org", "lapor@cimahi.example", "Laporan"
    mail["Message-ID"] = f"<laporan-{number}@example.org>"
    mail.set_content(text)
    try:
        with smtplib.SMTP("127.0.0.1", system.smtp_port, timeout=SECONDS) as smtp:
            smtp.send_message(mail)
    except smtplib.SMTPResponseException as error:
        if error.smtp_code >= 500:
            raise TurnedDown(f"{error.smtp_code} {error.smtp_error!r}") from error
        raise NotYet(str(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotYet(str(error)) from error
    return ""


ALL: tuple[Channel, ...] = (by_api, by_sms, by_form, by_mail)


def _ask(call: Callable[[], requests.Response]) -> requests.Response:
    try:
        return call()
    except requests.RequestException as error:
        raise NotYet(str(error)) from error


def _judge(answer: requests.Response, good: int) -> None:
    if answer.status_code == good:
        return
    what = f"{answer.status_code} {answer.text[:200]}"
    raise NotYet(what) if answer.status_code >= 500 else TurnedDown(what)


def _ticket(text: str) -> str:
    found = re.search(r"CMH-\w{4}-\w{4}", text)
    if found is None:
        raise TurnedDown(f"no ticket in {text[:200]!r}")
    return found.group(0)

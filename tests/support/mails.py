"""A citizen's mail, handed to a listener as a mail server would."""

import smtplib
from email.message import EmailMessage


def hand_in(
    port: int,
    *,
    sender: str,
    subject: str,
    body: str,
    message_id: str,
    timeout: float = 10,
    lmtp: bool = False,
    photo: bytes = b"",
) -> None:
    """Raises what smtplib raises when the listener does not take it. `photo` is a JPEG."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, "lapor@cimahi.example"
    mail["Subject"], mail["Message-ID"] = subject, message_id
    mail.set_content(body)
    if photo:
        mail.add_attachment(photo, maintype="image", subtype="jpeg", filename="foto.jpg")
    with _client(port, timeout, lmtp=lmtp) as smtp:
        smtp.send_message(mail)


def _client(port: int, timeout: float, *, lmtp: bool) -> smtplib.SMTP:
    if lmtp:
        return smtplib.LMTP("127.0.0.1", port, timeout=timeout)
    return smtplib.SMTP("127.0.0.1", port, timeout=timeout)

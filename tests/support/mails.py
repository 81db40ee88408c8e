"""A citizen's mail, handed to a listener as a mail server would."""

import smtplib
from email.message import EmailMessage


def hand_in(port: int, *, sender: str, subject: str, body: str, message_id: str, timeout: float = 10) -> None:
    """Raises what smtplib raises when the listener does not take it."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, "lapor@cimahi.example"
    mail["Subject"], mail["Message-ID"] = subject, message_id
    mail.set_content(body)
    with smtplib.SMTP("127.0.0.1", port, timeout=timeout) as smtp:
        smtp.send_message(mail)

"""A sorted mail as what the door takes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.identity import read_identity
from services.intake.mail.sorting import CHANNEL, Sender, Sorted
from services.intake.mail.text import ParsedMail
from services.intake.submission import Contact, Submission
from services.intake.text import says_something

ACCOUNT = "smtp"
"""One for all ways by which mail comes, so that the same mail by two ways is one complaint."""
PHOTO_ONLY = "(foto tanpa keterangan)"


def submission_of(mail: ParsedMail, sender: Sender, found: Sorted, recipients: Sequence[str]) -> Submission:
    """The mail as a submission: subject and text, the sender as contact."""
    identity, body = read_identity(found.words)
    subject = mail.subject
    if identity == "anonymous":
        identity, subject = read_identity(mail.subject)
    if found.reason == "photo_only":
        body = PHOTO_ONLY
    if found.reason in ("subject_only", "by_hand") and not says_something(mail.body):
        subject, body = "", subject
    return Submission(
        channel=CHANNEL,
        account=ACCOUNT,
        text=f"{subject}\n\n{body}" if says_something(subject) and says_something(body) else body,
        sender=sender.address.lower(),
        identity=identity,
        contact=Contact(email=sender.address, name=mail.from_name if sender.address else "", reply_to=mail.reply_to),
        carrier_contact=True,
        cut_long_text=True,
        recipients=tuple(sorted({recipient.lower()[:254] for recipient in recipients})),
        sent_at=mail.sent_at,
        asks=found.asks,
        linked_to=found.about.complaint_id if found.about else None,
        automatic=found.automatic,
    )

"""All the ways by which mail comes in, built once for each process that takes mail."""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.config import IntakeSettings
from services.intake.mail import repository_quarantine
from services.intake.mail.addresses import OwnAddresses
from services.intake.mail.intake import MailIntake
from services.intake.mail.keeping import RawMails
from services.intake.mail.listener import MailListener
from services.intake.mail.mailbox import MailboxPoller
from services.intake.mail.mailbox_account import MailboxAccount, read_account
from services.intake.mail.mailbox_imap import ImapMailbox
from services.intake.mail.mailbox_rows import MailboxRows
from services.intake.parts import IntakeParts
from shared.workers import Worker


def build_mail_intake(settings: IntakeSettings, parts: IntakeParts) -> MailIntake:
    return MailIntake(
        door=parts.door,
        additions=parts.additions,
        raws=RawMails(parts.attachments, parts.vault.sealer),
        marks=parts.marks,
        own=OwnAddresses.of(settings.mail_addresses, demo=settings.common.demo, sending=settings.mail_from),
        photos=parts.photos,
        trusted_server=settings.authserv_id,
        awaits_answer=repository_quarantine.awaits_answer,
        questions=parts.sms.questions,
        ratings=parts.ratings,
    )


@dataclass(frozen=True)
class MailRoom:
    """`listeners` and `workers` are not started. `poller` is None when no mailbox is polled."""

    listeners: list[MailListener]
    workers: list[Worker]
    poller: MailboxPoller | None
    account: MailboxAccount | None

    @staticmethod
    def of(settings: IntakeSettings, parts: IntakeParts) -> MailRoom:
        intake = build_mail_intake(settings, parts)
        listeners = [MailListener(intake, settings.common.host, settings.smtp_port)]
        if settings.lmtp_port:
            listeners.append(MailListener(intake, settings.common.host, settings.lmtp_port, lmtp=True))
        if not settings.imap_url:
            return MailRoom(listeners, [], None, None)
        account, spine = read_account(settings.imap_url), parts.spine
        rows = MailboxRows(spine.database, spine.clock, account.name)
        poller = MailboxPoller(lambda: ImapMailbox(account), rows, intake, spine.clock, settings.imap_seconds)
        return MailRoom(listeners, [Worker("intake-mailbox", poller, spine.clock)], poller, account)

    def warnings(self) -> list[str]:
        """Sentences for the readiness page."""
        found = [self.poller.warning] if self.poller is not None and self.poller.warning else []
        if self.account is not None and not self.account.encrypted and not self.account.is_local:
            found.append("TANGGAP_IMAP_URL begins with imap://: password and mails travel in clear; use imaps://")
        return found

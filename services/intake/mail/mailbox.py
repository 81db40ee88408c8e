"""Mail fetched from a mailbox: one mail after the other, each moved to where its outcome belongs, none deleted.

A row is committed before a mail is read and after it was stored. Whoever is killed in between does it again, and the
door recognises what it has; so several pollers on one mailbox do no harm either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from services.intake.mail.intake import Taken
from services.intake.mail.listener import MOST_MAIL_BYTES
from services.intake.mail.mailbox_rows import KEPT, MailboxRows
from services.intake.mail.records import MailRecords, ReadMail
from services.intake.mail.sorting import MailKind
from shared.clock import Clock
from shared.errors import Refused, Transient
from shared.messaging.backoff import backoff_seconds
from shared.observability.logs import get_logger

log = get_logger("mailbox")
FOLDERS = {
    MailKind.COMPLAINT.value: ("Tanggap", "Diterima"),
    MailKind.REPLY.value: ("Tanggap", "Diterima"),
    MailKind.DELIVERY.value: ("Tanggap", "Diterima"),
    MailKind.QUARANTINE.value: ("Tanggap", "Karantina"),
    MailKind.REFUSED.value: ("Tanggap", "Ditolak"),
}
MOST_ATTEMPTS = 5
"""A mail during which the process ended so many times is set aside unread."""
AT_ONCE = 20
_LONGEST_PAUSE_SECONDS = 60.0
_WAIT_SECONDS = 1.0
_LEFT_SECONDS = 5.0
_FORGET_SECONDS = 6 * 3600.0


class Mailbox(Protocol):
    @property
    def validity(self) -> int: ...
    def open(self) -> None: ...
    def close(self) -> None: ...
    def uids(self) -> list[int]: ...
    def size(self, uid: int) -> int | None: ...
    def fetch(self, uid: int) -> bytes | None: ...
    def move(self, uid: int, folder: tuple[str, ...]) -> None: ...
    def wait(self, seconds: float) -> bool: ...


class TakesMail(Protocol):
    @property
    def records(self) -> MailRecords: ...
    def take(
        self, raw: bytes, mail_from: str | None, recipients: Sequence[str], *, spare_id: str | None = None
    ) -> Taken: ...
    def set_aside(self, whole: bytes, reason: str, detail: str) -> Taken: ...


class MailboxPoller:
    """A worker's stepper. `warning` says in a sentence what keeps it from its work, None when nothing does."""

    def __init__(
        self,
        open_mailbox: Callable[[], Mailbox],
        rows: MailboxRows,
        intake: TakesMail,
        clock: Clock,
        seconds: float,
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        self._open_mailbox = open_mailbox
        self._rows = rows
        self._intake = intake
        self._clock = clock
        self._seconds = seconds
        self._at_once = at_once
        self._box: Mailbox | None = None
        self._look_at = 0.0
        self._forgot_at: float | None = None
        self._failures = 0
        self._stopping = False
        self.warning: str | None = None
        self.trouble = ""
        """The code of what keeps it from the mailbox; empty when nothing does."""

    def step(self) -> None:
        """Waits a second at most, or works on a few mails. Raises `Transient` with a pause that grows."""
        try:
            box = self._opened()
            self.trouble = ""
            if self._is_due() or box.wait(_WAIT_SECONDS):
                self._look(box)
            self._failures = 0
        except Transient as error:
            self._lose(error)
            raise Transient(error.message, code=error.code, retry_after_seconds=self._pause()) from error
        except Exception:
            self._lose(Transient("the mailbox was left because of an error; see the log"))
            raise

    def wake(self) -> None:
        self._stopping = True

    def close(self) -> None:
        if self._box is not None:
            self._box.close()

    def _opened(self) -> Mailbox:
        if self._box is None:
            self._look_at = 0.0
            box = self._open_mailbox()
            try:
                box.open()
            except BaseException:
                box.close()
                raise
            self._box = box
            log.info("mailbox_opened", account=self._rows.account)
        return self._box

    def _is_due(self) -> bool:
        return self._clock.monotonic_seconds() >= self._look_at

    def _look(self, box: Mailbox) -> None:
        """Works on what is new before it moves what is done, so that nothing that cannot be moved blocks the rest."""
        uids = box.uids()
        known = self._rows.known(box.validity, uids)
        waiting = [uid for uid in uids if uid not in known or not known[uid].is_done]
        new = [uid for uid in waiting if uid not in known or known[uid].is_free]
        self.warning = None
        left = len(waiting)
        for uid in new[: self._at_once]:
            if self._stopping:
                return
            left -= self._work(box, uid)
        for uid in [uid for uid, one in known.items() if one.is_done and one.is_free][: self._at_once]:
            if self._rows.begin_moving(box.validity, uid):
                self._move(box, uid, known[uid].outcome)
        if len(new) <= self._at_once:
            pause = min(self._seconds, _LEFT_SECONDS) if left else self._seconds
            self._look_at = self._clock.monotonic_seconds() + pause
        self._forget()

    def _work(self, box: Mailbox, uid: int) -> bool:
        """Whether it is done."""
        attempts = self._rows.begin(box.validity, uid)
        if attempts is None:  # another poller has it in hand
            return False
        try:
            outcome = self._outcome(box, uid, attempts)
        except Transient:
            self._rows.put_off(box.validity, uid)
            raise
        except Exception:
            log.exception("mailbox_mail_failed", uid=uid, attempts=attempts)
            self.warning = "a mail in the mailbox could not be stored; it is tried again"
            return False
        self._rows.settle(box.validity, uid, outcome)
        self._move(box, uid, outcome)
        return True

    def _outcome(self, box: Mailbox, uid: int, attempts: int) -> str:
        size = box.size(uid)
        if size is not None and size > MOST_MAIL_BYTES:
            self._intake.records.refuse(ReadMail(b"", size), "too_large")
            return MailKind.REFUSED.value
        raw = box.fetch(uid) if size is not None else None
        if raw is None:
            return "gone"
        if attempts > MOST_ATTEMPTS:
            return self._intake.set_aside(raw, "reader_failed", f"{attempts - 1} attempts").kind.value
        return self._intake.take(raw, None, (), spare_id=f"imap-{box.validity}-{uid}").kind.value

    def _move(self, box: Mailbox, uid: int, outcome: str) -> None:
        folder = FOLDERS.get(outcome)
        if folder is None:
            return
        try:
            box.move(uid, folder)
        except Refused as error:
            self.warning = f"mails stay in the mailbox although they are stored: {error.message}"
            log.warning("mailbox_mail_stays", uid=uid, error=error.message)

    def _forget(self) -> None:
        now = self._clock.monotonic_seconds()
        if self._forgot_at is None or now - self._forgot_at >= _FORGET_SECONDS:
            self._forgot_at = now
            self._rows.forget(self._clock.now() - KEPT)

    def _lose(self, error: Transient) -> None:
        self._failures += 1
        self.warning, self.trouble = f"the mailbox cannot be read: {error.message}", error.code
        if self._box is not None:
            self._box.close()
            self._box = None

    def _pause(self) -> float:
        return backoff_seconds(self._failures, first=1.0, most=_LONGEST_PAUSE_SECONDS, key=self._rows.account)

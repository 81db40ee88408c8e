"""A mailbox on an IMAP server: what lies in it, one mail, moving one, waiting for the next."""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxLoginError

from services.intake.mail.mailbox_account import MailboxAccount
from shared.errors import Refused, Transient

_ANSWER_SECONDS = 30.0
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class ImapMailbox:
    """One connection. Every method raises `Transient` (`mailbox_away`, `mailbox_login`) when it is of no more use."""

    def __init__(self, account: MailboxAccount, trust: ssl.SSLContext | None = None) -> None:
        self._account = account
        self._trust = trust
        self._box: Any = None
        self._idles = False
        self._folders: dict[tuple[str, ...], str] = {}
        self.validity = 0
        """The server's word for the row of numbers in the folder: after a new one, numbers mean other mails."""

    def open(self) -> None:
        with _translated():
            self._box = self._connect()
        with _translated():
            try:
                self._box.login(self._account.user, self._account.password, initial_folder=None)
            except MailboxLoginError as error:
                raise Transient("the mail server refuses name or password", code="mailbox_login") from error
            status = self._box.folder.status(self._account.folder, ["UIDVALIDITY"])
            self.validity = int(status.get("UIDVALIDITY", 0))
            self._box.folder.set(self._account.folder)

    def close(self) -> None:
        """Never raises."""
        box, self._box, self._idles, self._folders = self._box, None, False, {}
        if box is not None:
            with suppress(Exception):
                box.client.shutdown()

    def uids(self) -> list[int]:
        """What lies there, the oldest first; a mail that somebody marked as deleted is left to them."""
        with _translated():
            self._stop_waiting()
            return sorted(int(uid) for uid in self._box.uids("UNDELETED", charset=None))

    def size(self, uid: int) -> int | None:
        """None when it lies there no more."""
        with _translated():
            _, data = self._box.client.uid("FETCH", str(uid), "(RFC822.SIZE)")
            found = _SIZE.search(b" ".join(part for part in data if isinstance(part, bytes)))
            return int(found.group(1)) if found else None

    def fetch(self, uid: int) -> bytes | None:
        """The mail as it is, still unseen; None when it lies there no more."""
        with _translated():
            _, data = self._box.client.uid("FETCH", str(uid), "(BODY.PEEK[])")
            return next((bytes(part[1]) for part in data if isinstance(part, tuple) and len(part) > 1), None)

    def move(self, uid: int, folder: tuple[str, ...]) -> None:
        """Nothing happens to one that lies there no more. Raises `Refused` when the server won't (no room)."""
        try:
            with _translated():
                self._box.move(str(uid), self._folder(folder))
        except ImapToolsError as error:
            if self.size(uid) is None:  # another poller was quicker, or a person
                return
            self._folders.pop(folder, None)
            raise Refused(f"the mail server does not move it: {_said(error)}", code="mailbox_no_move") from error

    def wait(self, seconds: float) -> bool:
        """Whether something happened in the folder within that time."""
        with _translated():
            if "IDLE" not in self._box.client.capabilities:
                time.sleep(seconds)
                return False
            if not self._idles:
                self._box.idle.start()
                self._idles = True
            began = time.monotonic()
            said = self._box.idle.poll(timeout=seconds)
            if not said and time.monotonic() - began < seconds / 2:
                raise Transient("the mail server has closed the connection", code="mailbox_away")
            return bool(said)

    def _stop_waiting(self) -> None:
        if self._idles:
            self._idles = False
            self._box.idle.stop()

    def _connect(self) -> BaseMailBox:
        where = {"host": self._account.host, "port": self._account.port, "timeout": _ANSWER_SECONDS}
        if not self._account.encrypted:
            return MailBoxUnencrypted(**where)
        # Without a context of its own the library asks no certificate.
        return MailBox(**where, ssl_context=self._trust or ssl.create_default_context())

    def _folder(self, path: tuple[str, ...]) -> str:
        """Its name as this server writes it; made when it is missing."""
        if path not in self._folders:
            listed = self._box.folder.list("", "INBOX")
            delimiter = (listed[0].delim if listed else "") or "/"
            plain = delimiter.join(path)
            below = delimiter.join(("INBOX", *path))  # some servers keep everything below the inbox
            self._folders[path] = self._made(plain, lambda: self._made(below, None))
        return self._folders[path]

    def _made(self, name: str, otherwise: Callable[[], str] | None) -> str:
        if self._box.folder.exists(name):
            return name
        try:
            self._box.folder.create(name)
        except ImapToolsError:
            if self._box.folder.exists(name):  # another poller was quicker
                return name
            if otherwise is None:
                raise
            return otherwise()
        with suppress(ImapToolsError):
            self._box.folder.subscribe(name, True)
        return name


@contextmanager
def _translated() -> Iterator[None]:
    """What ends a connection becomes `Transient`; an answer NO stays the library's error."""
    try:
        yield
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        raise Transient(f"the mail server does not answer ({type(error).__name__})", code="mailbox_away") from error
    except imaplib.IMAP4.error as error:
        raise Transient(f"the mail server says: {str(error)[:120]}", code="mailbox_away") from error


def _said(error: Exception) -> str:
    result = getattr(error, "command_result", ("", [b""]))[1]
    first = result[0] if isinstance(result, list) and result else b""
    return first.decode("utf-8", "replace")[:120] if isinstance(first, bytes) else str(first)[:120]

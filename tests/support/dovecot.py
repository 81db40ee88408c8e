"""A real Dovecot of the tests' own: mailboxes by IMAP on loopback, with and without TLS.

Needs root: it serves the mails of the system's user `mail`.
"""

import contextlib
import imaplib
import os
import pwd
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import quote

from tests.support.eventually import eventually
from tests.support.folders import open_folder, remove_folder
from tests.support.missing import NotInstalled
from tests.support.ports import free_port
from tests.support.processes import Process

PROGRAM = Path("/usr/sbin/dovecot")
OWNER = "mail"
PASSWORD = "sandi-uji"
START_SECONDS = 15

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
first_valid_uid = 1
first_valid_gid = 1
auth_failure_delay = 0
mail_fsync = never
default_login_user = {login_user}
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
"""


class DovecotServer:
    """Start it by `with`. Mailboxes survive `kill9` and `start`."""

    def __init__(self, *users: str, separator: str = ".", prefix: str = "") -> None:
        """Raises NotInstalled."""
        if not PROGRAM.exists():
            raise NotInstalled("Dovecot is not installed: apt-get install dovecot-core dovecot-imapd")
        if os.geteuid() != 0:
            raise NotInstalled("Dovecot's tests run as root only, since it changes to the user of the mails")
        self.users = users or ("lapor",)
        self.folder = open_folder("tanggap-dovecot-")
        self.port, self.tls_port = free_port(), free_port()
        self.certificate = self.folder / "certificate.pem"
        self._write(separator, prefix)
        self.server = Process(
            [PROGRAM, "-F", "-c", self.folder / "dovecot.conf"], log=self.folder / "out.log", name="dovecot"
        )

    def url(self, user: str = "", password: str = PASSWORD, *, tls: bool = False) -> str:
        scheme, port = ("imaps", self.tls_port) if tls else ("imap", self.port)
        return f"{scheme}://{quote(user or self.users[0], safe='')}:{quote(password, safe='')}@127.0.0.1:{port}/INBOX"

    def start(self) -> Self:
        self.server.start()
        eventually(self._greets, START_SECONDS, describe=self.describe)
        return self

    def kill9(self) -> None:
        self.server.kill9()

    def close(self) -> None:
        self.server.kill9()
        remove_folder(self.folder)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, *mails: bytes, user: str = "") -> None:
        """Into the inbox, unseen."""
        with self._session(user) as session:
            for mail in mails:
                told, said = session.append("INBOX", "", "", mail)
                assert told == "OK", said

    def counts(self, user: str = "") -> dict[str, int]:
        """How many mails lie in each folder, in whichever state."""
        with self._session(user) as session:
            _, lines = session.list()
            real = [line.decode() for line in lines if isinstance(line, bytes) and b"Noselect" not in line]
            names = [line.rsplit(" ", 1)[-1].strip('"') for line in real]
            return {name: int(session.select(name, readonly=True)[1][0] or 0) for name in names}

    def message_ids(self, folder: str, user: str = "") -> set[str]:
        with self._session(user) as session:
            session.select(folder, readonly=True)
            _, data = session.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
            return {part[1].decode().split(":", 1)[1].strip() for part in data if isinstance(part, tuple)}

    def describe(self) -> str:
        log = self.folder / "dovecot.log"
        return log.read_text()[-3000:] if log.exists() else self.server.tail()

    @contextlib.contextmanager
    def _session(self, user: str) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=15) as session:
            session.login(user or self.users[0], PASSWORD)
            yield session

    def _greets(self) -> bool:
        assert self.server.alive, "the server has ended"
        imaplib.IMAP4("127.0.0.1", self.port, timeout=5).shutdown()
        return True

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def _write(self, separator: str, prefix: str) -> None:
        owner = pwd.getpwnam(OWNER)
        home = self.folder / "mail"
        lines = []
        for user in self.users:
            (home / user).mkdir(parents=True)
            lines.append(f"{user}:{{PLAIN}}{PASSWORD}:{owner.pw_uid}:{owner.pw_gid}::{home / user}::")
        for path in (home, *home.iterdir()):
            shutil.chown(path, owner.pw_uid, owner.pw_gid)
        (self.folder / "users").write_text("\n".join(lines) + "\n")
        (self.folder / "run").mkdir()
        key = self.folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        text = CONFIGURATION.format(
            folder=self.folder,
            port=self.port,
            tls_port=self.tls_port,
            separator=separator,
            prefix=prefix,
            ssl="yes",
            certificate=f"ssl_cert = <{self.certificate}\nssl_key = <{key}",
            login_user="dovenull",
        )
        (self.folder / "dovecot.conf").write_text(text)

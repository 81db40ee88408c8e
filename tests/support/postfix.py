"""A real Postfix of the tests' own: takes mail by SMTP on loopback and hands it on to the next hops it is told."""

import os
import shutil
import smtplib
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.support.eventually import eventually
from tests.support.folders import open_folder, remove_folder
from tests.support.missing import NotInstalled
from tests.support.ports import free_port
from tests.support.processes import Process

MASTER = Path("/usr/lib/postfix/sbin/master")
START_SECONDS = 20

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = mx.kota.example.org
mydomain = kota.example.org
myorigin = kota.example.org
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
relay_domains = {domains}
relay_recipient_maps =
transport_maps = inline:{{ {transports} }}
default_transport = error:no outside mail from the test
disable_dns_lookups = yes
smtp_host_lookup = native
lmtp_host_lookup = native
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
maximal_queue_lifetime = 1h
bounce_queue_lifetime = 1h
message_size_limit = 40000000
smtpd_tls_security_level = none
smtp_tls_security_level = none
"""
MASTER_LINES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 2 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class PostfixServer:
    """Start it by `with`. `hops` maps a domain to a transport, such as `lmtp:inet:127.0.0.1:2400`."""

    def __init__(self, hops: Mapping[str, str], **parameters: str) -> None:
        """`parameters` of main.cf beside the usual ones. Raises NotInstalled."""
        if not MASTER.exists():
            raise NotInstalled("Postfix is not installed: apt-get install postfix")
        if os.geteuid() != 0:
            raise NotInstalled("Postfix's tests run as root only, since it changes to its own user")
        self.port = free_port()
        self.folder = open_folder("tanggap-postfix-")
        self._configure(hops, parameters)
        self.server = Process([MASTER, "-c", self.folder / "etc", "-d"], log=self.folder / "out.log", name="postfix")

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> Self:
        self._run("postfix", "check")
        self.server.start()
        eventually(self._greets, START_SECONDS, describe=self.log)
        return self

    def close(self) -> None:
        self.server.kill9()
        remove_folder(self.folder)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, raw: bytes, sender: str, *recipients: str) -> None:
        """Queued when it returns. Raises what smtplib raises."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=15) as smtp:
            smtp.sendmail(sender, recipients, raw)

    def waiting(self) -> str:
        """The queue as JSON lines, empty when nothing waits; with the reason of each delay."""
        return self._run("postqueue", "-j").stdout

    def try_again(self) -> None:
        """Every mail that waits is tried now, whenever Postfix would have: an operator's `postqueue -f`."""
        self._run("postqueue", "-f")

    def log(self) -> str:
        path = self.folder / "mail.log"
        return path.read_text()[-4000:] if path.exists() else ""

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [f"/usr/sbin/{program}", "-c", str(self.folder / "etc"), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)

    def _greets(self) -> bool:
        assert self.server.alive, "the server has ended"
        with smtplib.SMTP("127.0.0.1", self.port, timeout=5) as smtp:
            return smtp.noop()[0] == 250

    def _configure(self, hops: Mapping[str, str], parameters: Mapping[str, str]) -> None:
        for name in ("etc", "spool", "data"):
            (self.folder / name).mkdir()
        (self.folder / "mail.log").touch()
        for path in (self.folder / "data", self.folder / "mail.log"):
            shutil.chown(path, "postfix")
        transports = ", ".join(f"{{{domain} = {transport}}}" for domain, transport in hops.items())
        main = MAIN.format(folder=self.folder, domains=", ".join(hops), transports=transports)
        main += "".join(f"{name} = {value}\n" for name, value in parameters.items())
        (self.folder / "etc/main.cf").write_text(main)
        (self.folder / "etc/master.cf").write_text(MASTER_LINES.format(port=self.port))

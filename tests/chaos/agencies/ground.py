"""The system with twelve agencies, three by each way, all of which misbehave; two notifiers, to be killed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from tests.chaos.agencies.mail_relay import MailRelay
from tests.chaos.agencies.receipts import Receipts
from tests.chaos.agencies.web_receivers import Gateway, Webhook
from tests.support.amqp_witness import Message, Witness
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode
from tests.support.system import ROOT, DistributedSystem

MATTERS = {
    "DLH": "Tumpukan sampah tidak diangkut truk sampah seminggu di pasar",
    "DPUPR": "Jalan berlubang dan drainase mampet di jalan kota",
    "DISHUB": "Lampu lalu lintas mati dan parkir liar di depan pasar",
    "DISDUKCAPIL": "KTP elektronik saya belum jadi sudah tiga bulan di disdukcapil",
    "DINKES": "Puskesmas menolak pasien dan vaksin habis",
    "INSPEKTORAT": "Pungutan liar uang bangunan di SD negeri oleh guru",
    "DINSOS": "Bantuan sosial PKH saya tidak cair, data DTKS salah",
    "SATPOLPP_DAMKAR": "Pedagang kaki lima berjualan di trotoar, minta satpol pp menertibkan",
    "BAPENDA": "Tagihan PBB saya salah, NJOP naik",
    "DISNAKER": "Upah di bawah UMK dan pesangon tidak dibayar pabrik",
    "DPMPTSP": "Izin usaha NIB OSS saya tidak terbit",
    "DISDAGKOPERIN": "Harga minyak goreng di pasar atas naik, timbangan pedagang curang",
}
"""What the rules send to each agency."""

CODES = tuple(MATTERS)
BY_MAIL, BY_WEBHOOK, BY_QUEUE, BY_SMS = (CODES[first : first + 3] for first in range(0, 12, 3))
ALSO_MAIL = ("DINKES",)  # has a mailbox beside its webhook, so that it can fail over
NOTIFIERS = ("notifier", "notifier2")
VHOST = "agencies"
WITNESS = "agencies.witness"
_POLICY = {
    "fail_over_after_hours": 0.01,
    "give_up_after_hours": 0.04,
    "private_webhooks": ["127.0.0.0/8"],
    "remind_after_hours": 24,
}


class AgencyGround:
    """Everything that runs, and the hands that hurt it."""

    def __init__(self, folder: Path, seed: int, stack: ExitStack) -> None:
        self.receipts = Receipts()
        self.folder = folder
        self._stack = stack
        self.node = stack.enter_context(RabbitNode())
        server = stack.enter_context(PostgresServer(durable=True))
        self.node.create_vhost(VHOST)
        bounce_port = free_port()
        self.relay = stack.enter_context(MailRelay(self.receipts, seed, bounce_port))
        self.gateway = Gateway(self.receipts, seed + 1)
        stack.enter_context(self.gateway.sink)
        settings = {
            "TANGGAP_PACK": str(_pack(folder / "pack")),
            "TANGGAP_SMTP_URL": self.relay.url,
            "TANGGAP_SMS_GATEWAY_URL": self.gateway.url,
        }
        database = server.create_database(VHOST)
        self.system = DistributedSystem(folder / "data", self.node, VHOST, server, database, settings=settings)
        self.system.smtp_port = bounce_port
        self._pack = settings["TANGGAP_PACK"]
        self._finish_settings(bounce_port)
        self.node.set_permissions(VHOST, f"{VHOST}-notifier", "^$", "^tanggap\\.(events|agencies)$", "^notifier\\..*")
        stack.enter_context(self.system)
        self.webhooks = {code: self._webhook(code, seed + 10 + n) for n, code in enumerate(BY_WEBHOOK)}
        self.clients = {code: self._client(code) for code in BY_QUEUE}
        with Witness(self.node.url(VHOST)) as witness:
            witness.declare_and_bind(WITNESS, "tanggap.agencies", "#")
        self.node.settle()

    def calm(self) -> None:
        """From now on the receivers behave."""
        for moods in (self.relay.moods, self.gateway.moods, *(hook.moods for hook in self.webhooks.values())):
            moods.calm()

    def operator(self, *words: str) -> str:
        """What a command of the operator prints. Raises `CalledProcessError`."""
        env = {
            **self.system.operator_environment(),
            "TANGGAP_PACK": self._pack,
            "TANGGAP_ADMIN_MANAGEMENT_URL": f"http://guest:guest@127.0.0.1:{self.node.home.http_port}",
        }
        done = subprocess.run(
            [sys.executable, "-m", "services", *words], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"tanggap {' '.join(words)}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def stored_by(self, code: str) -> list[str]:
        """The ids that the agency's example program has stored."""
        return sorted(path.stem for path in (self.folder / "agencies" / code).glob("*.json"))

    def witnessed(self) -> list[Message]:
        """Everything that was published to agencies' queues."""
        with Witness(self.node.url(VHOST)) as witness:
            return witness.drain(WITNESS)

    def _finish_settings(self, bounce_port: int) -> None:
        processes = self.system.processes
        for process in processes.values():
            assert process.env is not None
            process.env |= {
                "TANGGAP_SMTP_PORT": str(bounce_port),
                "TANGGAP_SMS_REPORT_URL": self.system.intake_url,
            }
        first = processes["notifier"]
        env = {**(first.env or {}), "TANGGAP_NOTIFIER_PORT": str(free_port())}
        log = first.log.with_name("notifier2.log")
        processes["notifier2"] = Process(first.args, log=log, env=env, cwd=ROOT, name="notifier2")

    def _webhook(self, code: str, seed: int) -> Webhook:
        """The example receiver, and the bad day before it."""
        port = free_port()
        hook = Webhook(self.receipts, seed, f"http://127.0.0.1:{port}/")
        self._stack.enter_context(hook.sink)
        told = self.operator("agency", "webhook", "add", code, hook.url)
        secret = re.search(r"whsec_[A-Za-z0-9+/=]+", told)
        assert secret is not None, told
        self._start(code, "webhook_receiver.py", str(port), WEBHOOK_SECRETS=secret[0])
        return hook

    def _client(self, code: str) -> Process:
        told = self.operator("agency", "amqp", "add", code)
        url = re.search(r"amqp://\S+", told)
        assert url is not None, told
        return self._start(code, "agency_client.py", _local(url[0], self.node.port))

    def _start(self, code: str, program: str, first: str, **settings: str) -> Process:
        folder = self.folder / "agencies" / code
        folder.mkdir(parents=True)
        args = [sys.executable, str(ROOT / "deploy/examples" / program), first, str(folder)]
        log = self.folder / "log" / f"{code}.log"
        process = Process(args, log=log, env={**os.environ, **settings}, name=f"{program} of {code}")
        return self._stack.enter_context(process)


@contextmanager
def agency_ground(folder: Path, seed: int) -> Iterator[AgencyGround]:
    with ExitStack() as stack:
        ground = AgencyGround(folder, seed, stack)
        eventually(lambda: all(process.alive for process in ground.clients.values()), 10)
        yield ground


def _local(url: str, port: int) -> str:
    """The same user at this node, whatever name the product would be reached by."""
    user = url.removeprefix("amqp://").partition("@")[0]
    return f"amqp://{user}@127.0.0.1:{port}/{VHOST}"


def _pack(folder: Path) -> Path:
    """Cimahi's pack, with the agencies' ways and a policy that comes to an end within minutes."""
    shutil.copytree(ROOT / "deploy/cities/cimahi", folder)
    path = folder / "agencies.yaml"
    agencies = yaml.safe_load(path.read_text(encoding="utf-8"))
    for number, row in enumerate(agencies["agencies"]):
        code = row["code"]
        if code in CODES and code not in (*BY_MAIL, *ALSO_MAIL):
            row.pop("email", None)
        if code in BY_SMS:
            row["sms"] = f"+628120000{number:04}"
    path.write_text(yaml.safe_dump(agencies, allow_unicode=True), encoding="utf-8")
    policy = folder / "notifications.yaml"
    known = yaml.safe_load(policy.read_text(encoding="utf-8")) if policy.exists() else {}
    policy.write_text(yaml.safe_dump({**(known or {}), **_POLICY}, allow_unicode=True), encoding="utf-8")
    return folder

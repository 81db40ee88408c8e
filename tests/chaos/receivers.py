"""Who really receives: a mail server, one agency's webhook, and another agency's queue."""

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Self

import yaml

from shared.messaging.topology import AGENCIES
from tests.chaos.arrivals import keys_of_mails
from tests.support.amqp_witness import Witness
from tests.support.http_sink import HttpSink
from tests.support.mailbox import SmtpSink
from tests.support.rabbitmq import RabbitNode
from tests.support.system import ROOT, DistributedSystem

BY_WEBHOOK, BY_QUEUE = "DLH", "DPUPR"
_COPIES = "chaos.agencies"


class Receivers:
    """Start it by `with`; tell the system of it by `register` once that runs.

    A webhook and a queue may bring the same message again under the same key, which tells their receivers that they
    have it: it counts once, and `repeats` tells how often that was. A mail has no such receiver.
    """

    def __init__(self, folder: Path) -> None:
        self.mail = SmtpSink()
        self.hook = HttpSink()
        self.repeats: Counter[str] = Counter()
        self.pack = _pack(folder / "pack")
        self._queued: Counter[str] = Counter()
        self._url = ""

    def settings(self) -> dict[str, str]:
        return {"TANGGAP_SMTP_URL": self.mail.url, "TANGGAP_PACK": str(self.pack)}

    def register(self, system: DistributedSystem, node: RabbitNode) -> None:
        self._url = node.url(system.vhost)
        _operate(system, node, "agency", "webhook", "add", BY_WEBHOOK, f"{self.hook.url}/cases")
        _operate(system, node, "agency", "amqp", "add", BY_QUEUE)
        with Witness(self._url) as witness:
            witness.declare_and_bind(_COPIES, AGENCIES, "#")

    def arrived(self) -> Counter[str]:
        """By key; to be asked while the broker is well."""
        with Witness(self._url) as witness:
            self._queued.update(str(message.properties.message_id) for message in witness.drain(_COPIES))
        hooked = Counter(request.headers["webhook-id"] for request in list(self.hook.requests))
        for way, counts in (("webhook", hooked), ("queue", self._queued)):
            self.repeats[way] = counts.total() - len(counts)
        return keys_of_mails(self.mail.received) + Counter(set(hooked)) + Counter(set(self._queued))

    def __enter__(self) -> Self:
        self.mail.start()
        self.hook.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hook.stop()
        self.mail.stop()


def _operate(system: DistributedSystem, node: RabbitNode, *words: str) -> None:
    management = f"http://guest:guest@127.0.0.1:{node.home.http_port}"
    env = {**system.operator_environment(), "TANGGAP_ADMIN_MANAGEMENT_URL": management}
    command = [sys.executable, "-m", "services", *words]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"tanggap {' '.join(words)}: {done.stdout}\n{done.stderr}"


def _pack(folder: Path) -> Path:
    """Cimahi's, with two agencies that have no mailbox, and webhooks allowed on this machine."""
    shutil.copytree(ROOT / "deploy/cities/cimahi", folder)
    path = folder / "agencies.yaml"
    agencies = yaml.safe_load(path.read_text(encoding="utf-8"))
    for row in agencies["agencies"]:
        if row["code"] in (BY_WEBHOOK, BY_QUEUE):
            row.pop("email", None)
    path.write_text(yaml.safe_dump(agencies, allow_unicode=True), encoding="utf-8")
    policy = folder / "notifications.yaml"
    known = yaml.safe_load(policy.read_text(encoding="utf-8")) if policy.exists() else {}
    told = {**(known or {}), "private_webhooks": ["127.0.0.0/8"]}
    policy.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    return folder

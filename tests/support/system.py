"""Tanggap as its users meet it: started by its own command, reached by HTTP, SMTP and the captured notices.

`EmbeddedSystem` is one process; `DistributedSystem` is a process per service on RabbitMQ and PostgreSQL, each with a
broker user and a database role of least rights. Both answer the same questions.
"""

import json
import os
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Self

import requests
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.support.eventually import eventually
from tests.support.mails import hand_in
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode

ROOT = Path(__file__).parents[2]
OWNERS = ("intake", "router", "notifier", "desk")
PROCESSES = ("intake", "mail", "router", "notifier", "desk")
SECRETS = {
    "TANGGAP_CONTENT_KEYS": "content-" + "c" * 32,
    "TANGGAP_CONTACT_KEYS": "contact-" + "k" * 32,
    "TANGGAP_CONTACT_PEPPER": "pepper-" + "p" * 32,
    "TANGGAP_AUDIT_KEYS": "audit-" + "a" * 32,
    "TANGGAP_SERVICE_TOKEN": "service-" + "t" * 32,
    "TANGGAP_SESSION_KEY": "session-" + "s" * 32,
}
SMS_KEY = "sms-webhook-" + "w" * 32


class System:
    """What both forms share. `processes` by name; `data` holds captured notices (and databases when embedded).

    `root` is where the code lies.
    """

    root = ROOT

    def __init__(self, data: Path) -> None:
        self.data = data
        self.intake_port, self.desk_port, self.smtp_port = free_port(), free_port(), free_port()
        self.intake_url = f"http://127.0.0.1:{self.intake_port}"
        self.desk_url = f"http://127.0.0.1:{self.desk_port}"
        self.lmtp_port = 0
        self.processes: dict[str, Process] = {}

    def start(self) -> Self:
        for process in self.processes.values():
            if not process.alive:
                process.start()
        self.await_ready()
        return self

    def await_ready(self, deadline_seconds: float = 60) -> None:
        for url in self.ready_urls():
            eventually(lambda url=url: _status(f"{url}/readyz") == 200, deadline_seconds, describe=self.describe)

    def ready_urls(self) -> list[str]:
        return [self.intake_url, self.desk_url]

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill9()

    def describe(self) -> str:
        return "\n".join(f"--- {name}\n{process.tail(25)}" for name, process in self.processes.items())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def session(self) -> requests.Session:
        return requests.Session()

    def submit(self, body: str, *, key: str | None = None, timeout: float = 10, **more: Any) -> requests.Response:
        headers = {"Idempotency-Key": key} if key else {}
        with requests.Session() as session:
            session.trust_env = False  # the environment may just be changed by the test's other thread
            return session.post(
                f"{self.intake_url}/api/v1/complaints", json={"text": body, **more}, headers=headers, timeout=timeout
            )

    def status(self, ticket: str, code: str) -> dict[str, Any]:
        answer = requests.get(
            f"{self.intake_url}/api/v1/complaints/{ticket}", headers={"X-Tracking-Code": code}, timeout=10
        )
        return answer.json() if answer.status_code == 200 else {"status": answer.status_code}

    def send_sms(self, sender: str, body: str, id_: str, *, timeout: float = 10, **more: str) -> requests.Response:
        query = {"from": sender, "to": "1234", "text": body, "id": id_, **more}
        return requests.get(f"{self.intake_url}/sms/kannel", params=query, timeout=timeout)

    def send_mail(self, sender: str, subject: str, body: str, message_id: str) -> None:
        hand_in(self.smtp_port, sender=sender, subject=subject, body=body, message_id=message_id)

    def sms_key(self) -> str:
        """Of the webhook for gateways of any make; where it was not set, that is closed."""
        return SMS_KEY

    def demo_password(self) -> str:
        return (self.data / "secrets" / "demo_password").read_text().strip()

    def captured(self, ticket: str = "") -> list["Captured"]:
        """The captured notices, of one ticket or of all."""
        folder = self.data / "captured"
        found = [Captured(path) for path in sorted(folder.glob("*")) if path.suffix in (".eml", ".json")]
        return [notice for notice in found if not ticket or ticket in notice.path.name]

    def notice_names(self) -> list[str]:
        """File names of all captured notices."""
        return [notice.path.name for notice in self.captured()]

    def rows(self, owner: str, statement: str) -> list[tuple[Any, ...]]:
        """What a query on a service's own database gives, asked past the code under test."""
        engine = create_engine(self.database_url(owner))
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(statement))]
        finally:
            engine.dispose()

    def database_url(self, owner: str) -> str:
        raise NotImplementedError

    def _environment(self, **more: str) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")}
        return {
            **plain,
            "TANGGAP_DATA": str(self.data),
            "TANGGAP_PACK": str(self.root / "deploy/cities/cimahi"),
            **more,
        }


class EmbeddedSystem(System):
    def __init__(self, data: Path, program: tuple[str, ...] = ("-m", "services"), **settings: str) -> None:
        super().__init__(data)
        ports = {"--intake-port": self.intake_port, "--desk-port": self.desk_port, "--smtp-port": self.smtp_port}
        options = [str(part) for pair in ports.items() for part in pair]
        args = [sys.executable, *program, "up", "--data", str(data), *options]
        env = self._environment(TANGGAP_LOG_LEVEL="info", **settings)
        self.processes["tanggap"] = Process(args, log=data / "log" / "tanggap.log", env=env, cwd=ROOT, name="tanggap")

    def database_url(self, owner: str) -> str:
        return f"sqlite:///{self.data / (owner + '.db')}"


class DistributedSystem(System):
    def __init__(
        self,
        data: Path,
        node: RabbitNode,
        vhost: str,
        server: PostgresServer,
        admin_database_url: str,
        programs: dict[str, tuple[str, ...]] | None = None,
        settings: dict[str, str] | None = None,
        root: Path = ROOT,
    ) -> None:
        super().__init__(data)
        self._server, self.root = server, root
        self.vhost = vhost
        self._settings = settings or {}
        self._database = make_url(admin_database_url).database or ""
        self._ports = {"intake": self.intake_port, "desk": self.desk_port}
        for name in ("router", "notifier", "mail"):
            self._ports[name] = free_port()
        self._migration = {
            "TANGGAP_ADMIN_DATABASE_URL": admin_database_url,
            "TANGGAP_ADMIN_BROKER_URL": node.url(vhost),
            **{f"TANGGAP_{owner.upper()}_DATABASE_URL": self.database_url(owner) for owner in OWNERS},
        }
        for owner in OWNERS:
            user = f"{vhost}-{owner}"
            node.create_user(user, "secret")
            write = "^tanggap\\.(events|agencies)$" if owner == "notifier" else "^tanggap\\.events$"
            node.set_permissions(vhost, user, "^$", write, f"^{owner}\\..*")
        for name in PROCESSES:
            owner = "intake" if name == "mail" else name
            env = self._environment(
                **SECRETS,
                **self._settings,
                **{f"TANGGAP_{one.upper()}_PORT": str(port) for one, port in self._ports.items()},
                TANGGAP_SMTP_PORT=str(self.smtp_port),
                TANGGAP_BROKER_URL=node.url(vhost, f"{vhost}-{owner}", "secret"),
                TANGGAP_INTAKE_URL=self.intake_url,
                TANGGAP_PUBLIC_URL=self.intake_url,
                TANGGAP_NOTIFIER_URL=f"http://127.0.0.1:{self._ports['notifier']}",
                TANGGAP_ROUTER_URL=f"http://127.0.0.1:{self._ports['router']}",
                **{f"TANGGAP_{owner.upper()}_DATABASE_URL": self.database_url(owner)},
            )
            program = (programs or {}).get(name, ("-m", "services"))
            args = [sys.executable, *program, "run", name]
            self.processes[name] = Process(args, log=data / "log" / f"{name}.log", env=env, cwd=root, name=name)

    def operator_environment(self) -> dict[str, str]:
        """What an operator's command needs: every database, and the broker as an administrator."""
        url = self._migration["TANGGAP_ADMIN_BROKER_URL"]
        return self._environment(**SECRETS, **self._settings, **self._migration, TANGGAP_BROKER_URL=url)

    def migrate(self) -> None:
        env = self.operator_environment()
        process = Process(
            [sys.executable, "-m", "services", "migrate"], log=self.data / "log" / "migrate.log", env=env, cwd=self.root
        )
        process.start()
        code = process.wait(60)
        assert code == 0, process.tail(40)

    def start(self) -> Self:
        self.migrate()
        return super().start()

    def replace(self, name: str) -> None:
        """Ends a process in good order, if it runs, and starts it of the code in `root`; ready when it returns."""
        process = self.processes[name]
        if process.alive:
            code = process.terminate(30)
            assert code == 0, process.tail(60)
        process.cwd = self.root
        process.env = {**(process.env or {}), "TANGGAP_PACK": str(self.root / "deploy/cities/cimahi")}
        process.start()
        url = f"http://127.0.0.1:{self._ports[name]}/readyz"
        eventually(lambda: _answers_well(url), 120, every=0.1, describe=process.tail)

    def ready_urls(self) -> list[str]:
        return [f"http://127.0.0.1:{self._ports[name]}" for name in PROCESSES]

    def database_url(self, owner: str) -> str:
        return self._server.url(owner, f"secret-{owner}", self._database)


class Captured:
    """One captured notice: a mail (`.eml`) or an SMS (`.json`)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def to(self) -> str:
        """The bare address or number."""
        return str(self.json()["to"]) if self.path.suffix == ".json" else parseaddr(str(self.mail()["To"]))[1]

    @property
    def body(self) -> str:
        if self.path.suffix == ".json":
            return str(self.json()["text"])
        part = self.mail().get_body(("plain",))
        return "" if part is None else str(part.get_content())

    def json(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return loaded

    def mail(self) -> EmailMessage:
        parsed = message_from_bytes(self.path.read_bytes(), policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


def _answers_well(url: str) -> bool:
    try:
        return _status(url) == 200
    except requests.RequestException:
        return False


def _status(url: str) -> int:
    return requests.get(url, timeout=5).status_code

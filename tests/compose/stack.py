"""The compose stack as an operator runs it, under a project name, ports and secrets of the tests' own."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docker
import requests
from docker.models.containers import Container

from tests.support.eventually import eventually
from tests.support.mails import hand_in
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
SERVICES = ("intake", "mail", "router", "notifier", "desk")
EVERYTHING = (*SERVICES, "rabbitmq", "postgres", "proxy")
UP_SECONDS = 240
BUILD_SECONDS = 900
# The quickest end that still lets our own services finish; a broker or database may be cut off, which it must bear.
STOP_SECONDS = 12


class Stack:
    """`start` builds, makes the secrets and brings everything up; `remove` leaves nothing but the image."""

    files: tuple[str, ...] = ()
    """Of compose, where not only the one that it finds by itself."""

    def __init__(self, client: docker.DockerClient, folder: Path, name: str = "test") -> None:
        self.client = client
        self.project = f"tanggap-{name}-{os.getpid()}"
        self.image = f"tanggap:{name}"
        self.secrets = folder / "secrets"
        self.secrets.mkdir()  # ours, so that we may read and remove what the stack's command writes into it
        self.https_port, self.desk_port, self.http_port, self.smtp_port = (free_port() for _ in range(4))
        self.monitoring = folder / "monitoring"
        self.prometheus_port = free_port()
        self.url = self.intake_url = f"https://localhost:{self.https_port}"
        self.desk_url = f"https://localhost:{self.desk_port}"
        self.lmtp_port = 0
        self._demo_password = ""
        self._env_file = folder / "stack.env"
        self._env_file.write_text(
            f"STACK_IMAGE={self.image}\nSTACK_SECRETS={self.secrets}\nSTACK_BIND=127.0.0.1\n"
            f"STACK_HTTP_PORT={self.http_port}\nSTACK_HTTPS_PORT={self.https_port}\n"
            f"STACK_DESK_PORT={self.desk_port}\nSTACK_SMTP_PORT={self.smtp_port}\n"
            f"STACK_MONITORING={self.monitoring}\nSTACK_PROMETHEUS_PORT={self.prometheus_port}\n"
            f"STACK_PROMETHEUS_IMAGE={_prometheus_image(client)}\n"
        )

    def start(self) -> None:
        self.compose("build", timeout=BUILD_SECONDS)
        self.compose("run", "--rm", "secrets")
        self.up()

    def up(self) -> None:
        """Returns when everything is healthy and the migration is through."""
        try:
            self.compose("up", "-d", "--wait", timeout=UP_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.describe()}") from None

    def remove(self) -> None:
        self.compose("--profile", "setup", "down", "-v", "--remove-orphans", "-t", "2")

    def compose(self, *args: str, timeout: float = 120) -> str:
        """Output of `docker compose ARGS`. Raises AssertionError with all it said if it failed."""
        done = self._compose(args, timeout)
        assert done.returncode == 0, f"docker compose {' '.join(args)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def operate(self, *command: str, timeout: float = 120) -> tuple[int, str]:
        """Exit code of an operator's command, and what it printed on stdout alone."""
        done = self._compose(("run", "--rm", "operator", *command), timeout)
        assert done.returncode in (0, 1, 2), f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.returncode, done.stdout

    def script(self, name: str, *args: str, timeout: float = 900) -> str:
        """Output of a script of `deploy/`, which finds this stack as an operator's shell would."""
        done = subprocess.run(
            [str(ROOT / "deploy" / name), *args], cwd=ROOT, capture_output=True, text=True, timeout=timeout,
            stdin=subprocess.DEVNULL, env={
                **_plain(), "COMPOSE_PROJECT_NAME": self.project, "COMPOSE_ENV_FILES": str(self._env_file),
                "REPLACE_READY_SECONDS": "600",
            },
        )  # fmt: skip
        assert done.returncode == 0, f"{name} {' '.join(args)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def _compose(self, args: Sequence[str], timeout: float) -> subprocess.CompletedProcess[str]:
        files = [part for file in self.files for part in ("-f", file)]
        command = ["docker", "compose", *files, "-p", self.project, "--env-file", str(self._env_file), *args]
        return subprocess.run(
            command, cwd=ROOT, env=_plain(), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
        )

    def containers(self) -> dict[str, Container]:
        """By service, with those that have ended."""
        ours = self.client.containers.list(all=True, filters={"label": f"com.docker.compose.project={self.project}"})
        return {container.labels["com.docker.compose.service"]: container for container in ours}

    def run(self, service: str, *command: str, user: str = "") -> tuple[int, str]:
        """Exit code and output of a command in the service's container."""
        code, output = self.containers()[service].exec_run(list(command), user=user)
        return int(code), output.decode("utf-8", "replace")

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text().strip()

    def sms_key(self) -> str:
        return self.secret("sms_webhook_keys").split(",")[0]

    def demo_password(self) -> str:
        if not self._demo_password:
            code, password = self.run("desk", "cat", "/data/secrets/demo_password")
            assert code == 0, password
            self._demo_password = password.strip()
        return self._demo_password

    def session(self) -> requests.Session:
        """Trusts the stack's own certificate, and no other."""
        session = requests.Session()
        session.verify = str(self.secrets / "tls_certificate.pem")
        session.trust_env = False
        return session

    def submit(self, text: str, *, key: str | None = None, timeout: float = 10, **more: Any) -> requests.Response:
        headers = {"Idempotency-Key": key} if key else {}
        with self.session() as session:
            return session.post(
                f"{self.url}/api/v1/complaints", json={"text": text, **more}, headers=headers, timeout=timeout
            )

    def status(self, ticket: str, code: str) -> dict[str, Any]:
        with self.session() as session:
            answer = session.get(
                f"{self.url}/api/v1/complaints/{ticket}", headers={"X-Tracking-Code": code}, timeout=10
            )
        return answer.json() if answer.status_code == 200 else {"status": answer.status_code}

    def send_sms(self, sender: str, body: str, id_: str, *, timeout: float = 10) -> requests.Response:
        query = {"from": sender, "to": "1234", "text": body, "id": id_, "token": self.secret("sms_token")}
        with self.session() as session:
            return session.get(f"{self.url}/sms/kannel", params=query, timeout=timeout)

    def send_mail(self, sender: str, subject: str, body: str, message_id: str) -> None:
        hand_in(self.smtp_port, sender=sender, subject=subject, body=body, message_id=message_id)

    def rows(self, owner: str, statement: str) -> list[tuple[Any, ...]]:
        """What a query says in one service's schema, asked as the superuser inside the database's container."""
        code, output = self.run(
            "postgres", "env", f"PGOPTIONS=-c search_path={owner}", "psql", "-U", "postgres", "-d", "tanggap", "-qAt",
            "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1", "-c", statement,
        )  # fmt: skip
        assert code == 0, output
        return [tuple(_typed(field) for field in row.split("\x1f")) for row in output.rstrip("\n").split("\x1e") if row]

    def captured(self, ticket: str = "") -> list[str]:
        """Names of the captured notices, of one ticket or of all."""
        code, output = self.run("notifier", "ls", "/data/captured")
        return [name for name in output.split() if name.startswith(ticket)] if code == 0 else []

    def notice_names(self) -> list[str]:
        return self.captured()

    def await_healthy(self, *services: str, deadline_seconds: float = 60) -> None:
        for service in services or EVERYTHING:
            eventually(
                lambda one=service: self._health(one) == "healthy", deadline_seconds, every=0.3, describe=self.describe
            )

    def describe(self) -> str:
        lines = []
        for service, container in sorted(self.containers().items()):
            lines.append(f"--- {service}: {container.status}, {self._health(service)}")
            lines.append(container.logs(tail=15).decode("utf-8", "replace"))
        return "\n".join(lines)

    def _health(self, service: str) -> str:
        state = self.containers()[service].attrs["State"]
        return str(state.get("Health", {}).get("Status", "none")) if state["Running"] else str(state["Status"])


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("TANGGAP_", "STACK_"))}


def _prometheus_image(client: docker.DockerClient) -> str:
    """Whichever there is on this machine; else none is named, and the stack's own is fetched."""
    there = {tag for image in client.images.list("prom/prometheus") for tag in image.tags}
    return min(there, default="")


def _typed(field: str) -> Any:
    return int(field) if field.lstrip("-").isdigit() else field or None

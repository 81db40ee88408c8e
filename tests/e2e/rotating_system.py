"""The system on processes, with its secrets in files of a folder, exchanged by the operator's own commands."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from services.commands.secret_kinds import ALL, EXCHANGEABLE, Exchangeable, Kind
from shared.logins import user_of, with_login
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.system import OWNERS, SECRETS, DistributedSystem
from tests.unit.operations.shell import Said, Shell

_RINGS = ("content_keys", "contact_keys", "audit_keys", "service_token", "session_key")


class RotatingSystem(DistributedSystem):
    """On a PostgreSQL of its own, since roles belong to the server. `exchange` takes secrets from the first step to
    the last; `replaced` counts the processes that were ended in good order and started again."""

    def __init__(self, data: Path, node: RabbitNode, vhost: str, server: PostgresServer, admin_url: str) -> None:
        self.folder = data / "secrets-of-the-stack"
        self._node = node
        self.replaced = 0
        self.before_retiring: Callable[[], object] = lambda: None
        super().__init__(data, node, vhost, server, admin_url)
        self.folder.mkdir(parents=True)
        given = {name: SECRETS[f"TANGGAP_{name.upper()}"] for name in (*_RINGS, "contact_pepper")}
        given |= {f"{owner}_database_url": super(RotatingSystem, self).database_url(owner) for owner in OWNERS}
        given |= {f"{owner}_broker_url": node.url(vhost, f"{vhost}-{owner}", "secret") for owner in OWNERS}
        for name, value in given.items():
            (self.folder / name).write_text(value + "\n")
        for name, process in self.processes.items():
            owner = "intake" if name == "mail" else name
            process.env = self._by_files(process.env or {}, owner)

    def database_url(self, owner: str) -> str:
        file = self.folder / f"{owner}_database_url"
        return file.read_text().strip() if file.exists() else super().database_url(owner)

    def operator_environment(self) -> dict[str, str]:
        plain = super().operator_environment()
        return {**self._by_files(plain, ""), "TANGGAP_BROKER_URL": plain["TANGGAP_BROKER_URL"]}

    def operate(self, *command: str) -> Said:
        said = Shell(self.operator_environment()).run(*command)
        assert said.code == 0, f"{command}: {said.code}\n{said.out}{said.err}"
        return said

    def exchange(self, *names: str) -> None:
        """Every step of each, in common rounds of replacements, as `tanggap secrets` says what is next."""
        kinds = [EXCHANGEABLE[name] for name in names]
        self._exchange_values([one for one in kinds if one.kind != Kind.LOGIN])
        self._exchange_logins([one for one in kinds if one.kind == Kind.LOGIN])
        for one in kinds:
            self._secrets("forget", one.name)

    def replace_all(self, kinds: Sequence[Exchangeable]) -> None:
        """Whoever uses one of them, one by one: each ends in good order, and is ready before the next."""
        concerned = {name for one in kinds for name in one.used_by}
        for name in (one for one in ALL if one in concerned):
            self.replace(name)
            self.replaced += 1

    def values(self, name: str) -> Sequence[str]:
        return (self.folder / name).read_text().strip().split(",")

    def _exchange_values(self, kinds: Sequence[Exchangeable]) -> None:
        for step in ("add", "use"):
            for one in kinds:
                self._secrets(step, one.name)
            self.replace_all(kinds)
        self.before_retiring()
        for one in kinds:
            if one.kind == Kind.SEALING:
                proof = json.loads(self.operate("reseal", one.name, "--json").out)["proof"]
                self._secrets("retire", one.name, "--resealed", proof)
            elif one.kind != Kind.LASTING:
                self._secrets("retire", one.name)
        self.replace_all([one for one in kinds if one.kind != Kind.LASTING])

    def _exchange_logins(self, kinds: Sequence[Exchangeable]) -> None:
        """The server knows the new user before anybody comes with it, and the old one until nobody does."""
        old = {one.name: (self.folder / one.name).read_text().strip() for one in kinds}
        of_broker = [one for one in kinds if one.name.endswith("_broker_url")]
        for one in kinds:
            self._secrets("add", one.name)
        for one in of_broker:
            self._tell_broker(one.name)
        for one in kinds:
            self._secrets("use", one.name)
        if len(of_broker) < len(kinds):
            self.operate("migrate")
        self.replace_all(kinds)
        for one in kinds:
            self._secrets("retire", one.name)
        if len(of_broker) < len(kinds):
            self.operate("migrate", "--close-other-users")
        for one in of_broker:
            self._node.delete_user(user_of(old[one.name]))

    def _tell_broker(self, name: str) -> None:
        """As `deploy/rotate.sh tell-broker` does in the stack, where definitions tell it."""
        noted = json.loads((self.folder / ".exchanges.json").read_text())["exchanges"][name][-1]["beside"]
        owner, user = name.split("_")[0], user_of(noted)
        password = noted.split("://")[1].split("@")[0].split(":")[1]
        assert noted == with_login((self.folder / name).read_text().strip(), user, password)
        self._node.create_user(user, password)
        write = "^tanggap\\.(events|agencies)$" if owner == "notifier" else "^tanggap\\.events$"
        self._node.set_permissions(self.vhost, user, "^$", write, f"^{owner}\\..*")

    def _secrets(self, *command: str) -> None:
        said = Shell({}).run("secrets", "--folder", str(self.folder), *command)
        assert said.code == 0, f"{command}: {said.out}{said.err}"

    def _by_files(self, environment: dict[str, str], owner: str) -> dict[str, str]:
        """Each secret by its file; a process has the addresses of its `owner`, an operator those of all."""
        names = {name: f"TANGGAP_{name.upper()}" for name in (*_RINGS, "contact_pepper")}
        names |= {
            f"{one}_database_url": f"TANGGAP_{one.upper()}_DATABASE_URL" for one in ([owner] if owner else OWNERS)
        }
        names |= {f"{owner}_broker_url": "TANGGAP_BROKER_URL"} if owner else {}
        files: dict[str, Any] = {f"{variable}_FILE": str(self.folder / name) for name, variable in names.items()}
        return {**environment, **dict.fromkeys(names.values(), ""), **files}

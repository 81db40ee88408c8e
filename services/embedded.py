"""All services in one process: SQLite files, the in-memory broker, captured notices. The default way to start."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from services.composition import OWNERS, Parts, build_service, migrations_of, settings_for
from shared.citypack import load_pack
from shared.demo_secrets import with_demo_secrets
from shared.errors import ConfigError
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.service import Listener, Service
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from shared.web.server import WebServer


@dataclass
class Embedded:
    """The running whole: `start` returns when everything listens, `stop` when everything is at rest."""

    parts: Parts
    services: list[Service]
    servers: list[Listener]
    intake_url: str
    desk_url: str
    data: Path
    lock: IO[str] = field(repr=False)
    otlp_url: str = ""

    def start(self) -> None:
        for service in self.services:
            service.spine.outbox.release_all(service.spine.database)
        for service in self.services:
            service.start()
        for server in self.servers:
            server.start()

    def stop(self) -> bool:
        for server in self.servers:
            server.stop()
        for service in self.services:
            service.request_stop()
        ended = [service.finish_stop() for service in self.services]
        self.parts.broker.close()
        self.lock.close()
        return all(ended)


NOTIFIER_ADDRESS = "notifier.url"
"""In the data folder: where operators' commands reach the notifier of this process."""


def build_embedded(mapping: Mapping[str, str], **router_options: Any) -> Embedded:
    """Migrates, binds every port and builds the services. Raises `ConfigError` before anything has started."""
    data = Path(mapping.get("TANGGAP_DATA") or "var").absolute()
    data.mkdir(parents=True, exist_ok=True)
    lock = _lock(data)
    env = {**mapping, "TANGGAP_DATA": str(data)}
    demo = env.get("TANGGAP_MODE", "demo") == "demo"
    if demo:
        env = with_demo_secrets(env, data)
    settings = {name: settings_for(name, _with_own_addresses(env)) for name in OWNERS}
    for name in OWNERS:
        _migrate(settings[name].database_url, name)

    parts = Parts(pack=load_pack(settings["intake"].common.pack), broker=MemoryBroker(TOPOLOGY))
    host, most_wait = settings["intake"].common.host, settings["intake"].common.most_wait_seconds
    addresses: dict[str, str] = {}  # filled before anything starts: intake and desk each ask the other
    intake = build_service(
        "intake", settings["intake"], parts, with_mail=True, desk_address=lambda: addresses.get("desk", "")
    )
    intake_server = WebServer(intake.web, host, settings["intake"].port, most_wait)
    router = build_service("router", settings["router"], parts, **router_options)
    router_server = WebServer(router.web, "127.0.0.1", 0, most_wait)
    notifier_settings = replace(settings["notifier"], intake_url=intake_server.url)
    notifier = build_service("notifier", notifier_settings, parts)
    notifier_server = WebServer(notifier.web, "127.0.0.1", 0, most_wait)
    (data / NOTIFIER_ADDRESS).write_text(notifier_server.url, encoding="ascii")
    desk_settings = replace(
        settings["desk"], intake_url=intake_server.url, notifier_url=notifier_server.url, router_url=router_server.url
    )
    desk = build_service("desk", desk_settings, parts)
    desk_server = WebServer(desk.web, host, settings["desk"].port, most_wait)
    addresses["desk"] = desk_server.url
    return Embedded(
        parts=parts,
        services=[desk, router, notifier, intake],
        servers=[notifier_server, router_server, desk_server, intake_server],
        intake_url=intake_server.url,
        desk_url=desk_server.url,
        data=data,
        lock=lock,
        otlp_url=settings["intake"].common.otlp_url,
    )


def _with_own_addresses(env: Mapping[str, str]) -> dict[str, str]:
    """Links in receipts and notices lead to this process unless the operator said otherwise."""
    host = env.get("TANGGAP_HOST") or "127.0.0.1"
    reachable = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
    own = {
        "TANGGAP_PUBLIC_URL": f"http://{reachable}:{env.get('TANGGAP_INTAKE_PORT') or '8000'}",
        "TANGGAP_DESK_URL": f"http://{reachable}:{env.get('TANGGAP_DESK_PORT') or '8001'}",
    }
    return {**own, **{name: value for name, value in env.items() if value}}


def _migrate(url: str, owner: str) -> None:
    database = Database(url)
    upgrade(database.engine, migrations_of(owner))
    database.close()


def _lock(data: Path) -> IO[str]:
    """Two embedded processes on one data folder would settle each other's messages: the second one is refused."""
    file = (data / "tanggap.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ConfigError(f"another Tanggap runs on {data}; stop it or choose another --data folder") from None
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file

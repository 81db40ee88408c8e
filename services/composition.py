"""From settings to services: which broker, which database, which `build`. Used by the command and the embedded mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from services.desk.config import DeskSettings
from services.intake.config import IntakeSettings
from services.notifier.config import NotifierSettings
from services.router.config import RouterSettings
from shared.citypack import CityPack
from shared.clock import Clock, SystemClock
from shared.errors import ConfigError
from shared.messaging.broker import Broker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.service import Service
from shared.storage.database import Database

OWNERS = ("intake", "router", "notifier", "desk")
"""The services that own a database."""

PROCESSES = ("intake", "mail", "router", "notifier", "desk")
"""What `tanggap run` can run; `mail` is intake's SMTP door as a process of its own."""

_SETTINGS: dict[str, Any] = {
    "intake": IntakeSettings,
    "mail": IntakeSettings,
    "router": RouterSettings,
    "notifier": NotifierSettings,
    "desk": DeskSettings,
}
_BUILDS = {
    "intake": ("services.intake.app", "build"),
    "mail": ("services.intake.app", "build_mail"),
    "router": ("services.router.app", "build"),
    "notifier": ("services.notifier.app", "build"),
    "desk": ("services.desk.app", "build"),
}
"""Loaded when asked for: a process needs its own service only, and most commands none."""


def migrations_of(owner: str) -> Path:
    return Path(__file__).parent / owner / "migrations"


def settings_for(name: str, mapping: Mapping[str, str]) -> Any:
    """The settings of one process. Raises `ConfigError` that names every problem."""
    return _SETTINGS[name].from_env(mapping)


def port_of(name: str, settings: Any) -> int:
    return int(settings.mail_port if name == "mail" else settings.port)


def open_rabbit(url: str) -> Broker:
    """RabbitMQ by kombu and pika. Imported here, since the embedded mode needs neither."""
    from shared.messaging.kombu_broker import KombuBroker

    if not url:
        raise ConfigError("TANGGAP_BROKER_URL is not set; without a broker use the embedded mode: tanggap up")
    return KombuBroker(url, TOPOLOGY)


@dataclass
class Parts:
    """What the services of one process share."""

    pack: CityPack
    broker: Broker
    clock: Clock = field(default_factory=SystemClock)
    metrics: Metrics = field(default_factory=Metrics)


def build_service(name: str, settings: Any, parts: Parts, **options: Any) -> Service:
    module, build = _BUILDS[name]
    service: Service = getattr(import_module(module), build)(
        settings,
        database=Database(settings.database_url),
        broker=parts.broker,
        clock=parts.clock,
        metrics=parts.metrics,
        pack=parts.pack,
        **options,
    )
    return service

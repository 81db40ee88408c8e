"""What `tanggap agency` works on: the desk's directory, the notifier's keys, the broker and its management."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from services.commands.inspection import environment_with
from services.desk.directory.ways import WayChanger
from services.desk.tables import messaging
from services.notifier.channels.webhook_secrets import WebhookSecrets
from services.operations.agency_accounts import AgencyAccounts
from services.operations.installation import CannotLook, Location, Member, check_schema, locate, open_member, reason
from services.operations.letters import operator
from services.operations.opening import content_sealer
from shared.clock import Clock, SystemClock
from shared.config import Environment
from shared.contracts.envelope import Codec
from shared.errors import ConfigError
from shared.messaging.management_api import ManagementApi
from shared.messaging.outbox import Outbox
from shared.messaging.pika_admin import PikaAdmin
from shared.messaging.topology import TOPOLOGY
from shared.observability.logs import silence_logs
from shared.sealing import Sealer
from shared.storage.bells import Bells


@dataclass(frozen=True)
class AgencyAccess:
    """The databases are open; the broker is asked only by who needs it."""

    location: Location
    desk: Member
    notifier: Member
    clock: Clock

    @property
    def directory(self) -> WayChanger:
        codec = Codec(Sealer(("-" * 32,)))  # nothing in a fact about an agency is sealed, so no key is needed
        outbox = Outbox("desk", messaging, codec=codec, topology=TOPOLOGY, clock=self.clock, bells=Bells())
        return WayChanger(self.desk.database, outbox, self.clock, operator())

    def setting(self, name: str) -> str:
        return Environment(self.location.environment).text(name)

    @property
    def broker(self) -> PikaAdmin:
        """Raises `ConfigError` in the embedded mode."""
        if not self.location.broker_url:
            raise ConfigError("agencies' queues need RabbitMQ: set TANGGAP_ADMIN_BROKER_URL")
        return PikaAdmin(self.location.broker_url)

    def accounts(self) -> AgencyAccounts:
        """Raises `ConfigError` where there is no broker, or nobody who may administer it."""
        broker, management = self.broker, self.setting("TANGGAP_ADMIN_MANAGEMENT_URL")
        if not management:
            raise ConfigError(
                "TANGGAP_ADMIN_MANAGEMENT_URL is not set; making users of RabbitMQ needs an administrator"
            )
        vhost = unquote(urlsplit(self.location.broker_url).path[1:]) or "/"
        return AgencyAccounts(
            self.directory, self.notifier.database, ManagementApi(management, vhost=vhost), broker.depths, self.clock
        )

    def agency_broker_url(self) -> str:
        """With somebody's name in it, or nobody's."""
        return self.setting("TANGGAP_AGENCY_BROKER_URL") or self.location.broker_url

    def webhook_secrets(self) -> WebhookSecrets:
        """Raises `ConfigError` without content keys, which seal the secrets."""
        sealer = content_sealer(self.location.environment, self.location.data)
        if sealer is None:
            raise ConfigError("TANGGAP_CONTENT_KEYS is not set; webhooks' secrets are kept sealed with it")
        return WebhookSecrets(self.notifier.database, sealer, self.clock)


@contextmanager
def agency_access(options: dict[str, Any], data: Path | None) -> Iterator[AgencyAccess]:
    """Raises `CannotLook` when a database cannot be opened or has another schema."""
    silence_logs()
    location = locate(environment_with(options, data))
    opened: list[Member] = []
    try:
        for owner in ("desk", "notifier"):
            try:
                opened.append(open_member(location, owner))
                check_schema(opened[-1])
            except Exception as error:
                raise CannotLook(f"cannot look:\n  {owner}: {reason(error)}") from error
        desk, notifier = opened
        yield AgencyAccess(location, desk, notifier, SystemClock())
    finally:
        for member in opened:
            member.database.close()

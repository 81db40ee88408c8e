"""Which way leads out by each channel, as the settings say: what is configured; else captured in a demonstration."""

from __future__ import annotations

from collections.abc import Mapping

from services.notifier.channels.capture import Capture, CaptureFolder
from services.notifier.channels.guarded_http import GuardedHttp
from services.notifier.channels.kannel import KannelGateway, ReportAddress
from services.notifier.channels.sms_json import JsonGateway
from services.notifier.channels.smtp import SmtpChannel
from services.notifier.channels.webhook import Webhook
from services.notifier.channels.webhook_secrets import WebhookSecrets
from services.notifier.config import JSON, NotifierSettings
from services.notifier.delivery import AMQP, CITIZEN_CHANNELS, EMAIL, SMS, WEBHOOK
from services.notifier.way_out import WayOut
from shared.address_guard import AddressGuard
from shared.city_notifications import Notifications
from shared.clock import Clock
from shared.errors import ConfigError
from shared.sealing import Sealer
from shared.storage.database import Database

_JSON_REPORTS = "/sms/generic/report"
_VARIABLES = {EMAIL: "TANGGAP_SMTP_URL", SMS: "TANGGAP_SMS_GATEWAY_URL"}


def ways_out(
    settings: NotifierSettings, notifications: Notifications, database: Database, clock: Clock
) -> dict[str, WayOut | None]:
    """None: messages by that channel lead nowhere. An agency's webhook has its own address and secret, so that there
    is nothing to configure here. Raises `ConfigError` when the pack names a network that is none.
    """
    common = settings.common
    otherwise = Capture(CaptureFolder(common.data / "captured")) if common.demo else None
    try:
        guard = AddressGuard.of(notifications.private_webhooks)
    except ValueError as error:
        raise ConfigError(f"notifications.yaml, private_webhooks: {error}") from error
    return {
        EMAIL: SmtpChannel(settings.smtp_url) if settings.smtp_url else otherwise,
        SMS: _gateway(settings) if settings.sms_gateway_url else otherwise,
        WEBHOOK: Webhook(GuardedHttp(guard), WebhookSecrets(database, Sealer(common.content_keys), clock)),
        AMQP: _queues(common.broker_url) if common.broker_url else otherwise,
    }


def warnings(ways: Mapping[str, WayOut | None]) -> list[str]:
    return [
        f"{channel} is not configured ({_VARIABLES[channel]}): its messages end as failed: not_configured"
        for channel in CITIZEN_CHANNELS
        if ways.get(channel) is None
    ]


def _gateway(settings: NotifierSettings) -> WayOut:
    reports = settings.sms_report_url
    if settings.sms_gateway == JSON:
        report_url = f"{reports.rstrip('/')}{_JSON_REPORTS}" if reports else ""
        return JsonGateway(settings.sms_gateway_url, settings.sms_gateway_key, report_url=report_url)
    address = ReportAddress(reports, settings.common.content_keys) if reports else None
    return KannelGateway(settings.sms_gateway_url, address)


def _queues(broker_url: str) -> WayOut:
    """Imported here, since the embedded mode needs no RabbitMQ."""
    from services.notifier.channels.amqp import AgencyQueues
    from shared.messaging.pika_agencies import AgencyPublisher

    return AgencyQueues(AgencyPublisher(broker_url, "notifier"))

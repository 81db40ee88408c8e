"""The notifier's internal API, put together: `internal/` holds its parts."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from services.notifier.channels.capture import CaptureFolder
from services.notifier.channels.webhook_secrets import WebhookSecrets
from services.notifier.feedback.watch import Destination, Destinations
from services.notifier.internal.agencies import add_agencies
from services.notifier.internal.attention import add_attention
from services.notifier.internal.deliveries import add_deliveries
from services.notifier.internal.notices import Previews, add_captured, add_previews
from services.notifier.trial import Trial
from shared.service import Spine
from shared.web.internal import internal_blueprint


def _no_destinations() -> Sequence[Destination]:
    return ()


def internal_api(
    spine: Spine,
    folder: CaptureFolder,
    token: str,
    *,
    trial: Trial,
    previews: Previews,
    secrets: WebhookSecrets | None = None,
    destinations: Destinations = _no_destinations,
) -> Blueprint:
    """`destinations` are those that this process does not reach now. Without `secrets` no secrets are made here."""
    blueprint = internal_blueprint("notifier", token)
    add_deliveries(blueprint, spine)
    add_attention(blueprint, spine, destinations)
    add_captured(blueprint, spine.database, folder)
    add_previews(blueprint, previews)
    add_agencies(blueprint, spine, trial, secrets)
    return blueprint

"""Intake's web site: form, tracking, API, SMS, Open311 and the internal API, from the parts."""

from __future__ import annotations

import re

from flask import Blueprint, Flask

from services.intake.api.keys import ApiKeys
from services.intake.api.views import ApiViews
from services.intake.assisted.views import assisted_blueprint
from services.intake.channels.sms import SmsViews
from services.intake.config import IntakeSettings
from services.intake.deadlines import CaseDeadlines
from services.intake.internal import contacts_blueprint
from services.intake.internal_photos import photos_blueprint
from services.intake.mail.internal_quarantine import quarantine_blueprint
from services.intake.mail.quarantine import Quarantine
from services.intake.mail.room import build_mail_intake
from services.intake.open311.known_requests import KnownRequests
from services.intake.open311.views import Open311Views
from services.intake.parts import IntakeParts
from services.intake.photos.uploads import let_photos_in
from services.intake.reveal import ContactReveal
from services.intake.tables import audit
from services.intake.tracking import Tracking
from services.intake.web.citizens import citizens_pages
from services.intake.web.joining import Joining
from services.intake.web.pages import Pages
from shared.dead_letters import OwnDeadLetters
from shared.observability.metrics import Metrics
from shared.web.base import create_web, sign_with
from shared.web.internal_audit import audit_api
from shared.web.internal_dead import dead_api
from shared.web.lanes import lane_by_path

_LONG = re.compile(r"/open-data/.+")
"""Photos are long requests by their size."""


def build_site(settings: IntakeSettings, parts: IntakeParts, metrics: Metrics, deadlines: CaseDeadlines) -> Flask:
    common, spine = settings.common, parts.spine
    behind_tls = settings.public_url.lower().startswith("https://")
    web = create_web(
        __package__, service="intake", metrics=metrics, trusted_proxies=common.trusted_proxies, behind_tls=behind_tls
    )
    let_photos_in(web)
    sign_with(web, settings.session_key)
    web.config["LANE_OF"] = lane_by_path(_LONG.fullmatch, lambda _path: False)
    web.config.update(
        SESSION_COOKIE_NAME="tanggap_intake",  # browsers share cookies between ports: the desk has its own name
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=behind_tls,
        WTF_CSRF_CHECK_DEFAULT=False,  # the form checks it, so that what was typed is not lost
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=False,  # pages send no referrer
    )
    pages = Pages(parts.pack, settings.public_url)
    pages.install(web)
    tracking = Tracking(spine.database, spine.clock, parts.vault.sealer, parts.pack.city.ticket_prefix)
    for blueprint in citizens_pages(web, settings, parts, pages, tracking, metrics, deadlines):
        web.register_blueprint(blueprint)
    sms = SmsViews(
        parts.sms, spine, settings.sms_token, settings.sms_webhook_keys, common.content_keys, common.trusted_proxies > 0
    )
    web.register_blueprint(sms.blueprint())
    known = KnownRequests(spine.database, spine.clock, parts.vault.hasher, parts.pack.city.ticket_prefix)
    web.register_blueprint(
        Open311Views(
            parts.door, known, pages, parts.photos, settings.open311_keys, production=not common.demo
        ).blueprint()
    )
    for blueprint in _internal(settings, parts, pages):
        web.register_blueprint(blueprint)
    keys = ApiKeys(spine.database, spine.clock)
    ApiViews(parts.door, tracking, pages, parts.additions, keys).install(web)
    return web


def _internal(settings: IntakeSettings, parts: IntakeParts, pages: Pages) -> tuple[Blueprint, ...]:
    """What the other services ask, guarded by the service token."""
    spine, key, token = parts.spine, settings.session_key, settings.common.service_token
    joining = Joining(spine.database, spine.clock, parts.vault.hasher, parts.pack, key)
    mails = build_mail_intake(settings, parts)
    return (
        photos_blueprint(spine.database, parts.attachments, parts.photos, spine.clock, token),
        assisted_blueprint(parts.door, joining, parts.photos, pages, key, token),
        contacts_blueprint(ContactReveal(spine.database, spine.clock, parts.vault), token),
        quarantine_blueprint(Quarantine(spine, mails.raws, mails), token),
        audit_api(spine.database, audit, token),
        dead_api(OwnDeadLetters(spine.database, spine.inbox, audit, spine.clock), token),
    )

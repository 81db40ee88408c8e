"""Intake's web site: form, tracking, API, SMS, Open311 and the internal API, from the parts."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from services.intake.api import ApiViews
from services.intake.channels.sms import SmsViews
from services.intake.channels.web import FormViews
from services.intake.config import IntakeSettings
from services.intake.internal import contacts_blueprint
from services.intake.open311.known_requests import KnownRequests
from services.intake.open311.views import Open311Views
from services.intake.pages import Pages
from services.intake.parts import IntakeParts
from services.intake.reveal import ContactReveal
from services.intake.tracking import Tracking
from services.intake.views import TrackViews
from shared.observability.metrics import Metrics
from shared.web.base import create_web


def build_site(settings: IntakeSettings, parts: IntakeParts, metrics: Metrics) -> Flask:
    common, spine = settings.common, parts.spine
    web = create_web(__package__, service="intake", metrics=metrics, trusted_proxies=common.trusted_proxies)
    web.secret_key = settings.session_key
    web.config.update(
        SESSION_COOKIE_NAME="tanggap_intake",  # browsers share cookies between ports: the desk has its own name
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        WTF_CSRF_CHECK_DEFAULT=False,  # the form checks it, so that what was typed is not lost
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=False,  # pages send no referrer
    )
    pages = Pages(parts.pack, settings.public_url)
    pages.install(web)
    tracking = Tracking(spine.database, spine.clock, parts.vault.sealer, parts.pack.city.ticket_prefix)
    web.register_blueprint(FormViews(parts.door, pages, CSRFProtect(web)).blueprint())
    web.register_blueprint(TrackViews(tracking, pages).blueprint())
    web.register_blueprint(SmsViews(parts.door, settings.sms_token, common.trusted_proxies > 0).blueprint())
    known = KnownRequests(spine.database, spine.clock, parts.vault.hasher, parts.pack.city.ticket_prefix)
    web.register_blueprint(
        Open311Views(parts.door, known, pages, settings.open311_keys, production=not common.demo).blueprint()
    )
    reveal = ContactReveal(spine.database, spine.clock, parts.vault)
    web.register_blueprint(contacts_blueprint(reveal, common.service_token))
    ApiViews(parts.door, tracking, pages).install(web)
    return web

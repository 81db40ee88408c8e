"""The desk's web application: its pages, in the order in which they are asked, and what guards them."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask_wtf.csrf import CSRFError, CSRFProtect

from services.desk.api.views import AgencyApi
from services.desk.config import DeskSettings
from services.desk.deadlines.internal import deadline_api
from services.desk.desk import Desk
from services.desk.views.access import guard
from services.desk.views.account import account_views
from services.desk.views.assisted import assisted_views, let_photos_in
from services.desk.views.attention import attention_views
from services.desk.views.audit import audit_views
from services.desk.views.bulk import bulk_views
from services.desk.views.captured import captured_views
from services.desk.views.case import case_views
from services.desk.views.console import console_views
from services.desk.views.dead import dead_views
from services.desk.views.deliveries import delivery_views
from services.desk.views.directory import directory_views
from services.desk.views.display import install_display
from services.desk.views.export import export_views
from services.desk.views.invitations import invitation_views
from services.desk.views.listing import listing_views
from services.desk.views.login import login_views
from services.desk.views.login_oidc import oidc_views
from services.desk.views.news import news_views
from services.desk.views.photos import photo_views
from services.desk.views.previews import preview_views
from services.desk.views.privacy import privacy_views
from services.desk.views.publishing import publishing_views
from services.desk.views.quarantine import quarantine_views
from services.desk.views.rules import rules_views
from services.desk.views.statistics import statistics_views
from services.desk.views.triage import triage_views
from services.desk.views.working import let_answers_in, working_views
from shared.observability.metrics import Metrics
from shared.sentences import sentence
from shared.web.base import create_web, sign_with
from shared.web.errors import answer
from shared.web.lanes import lane_by_path

NAME = "desk"
COOKIE = "tanggap_desk"
STALE = sentence(
    "Halaman ini terlalu lama terbuka, sehingga isiannya tidak dapat diterima. Muat ulang halaman, lalu coba lagi."
)
_LONG = re.compile(
    r"/(export|rules|statistics|privacy|captured)\b.*|/audit\.csv|/cases/bulk|/cases/[^/]+/photos/.*"
    r"|/api/agency/v1/(photos/.*|cases/[^/]+/photos)"
)
"""What adds up years, goes through many cases, or fetches from another service: no page of a case waits behind it."""
_VIEWS = (
    login_views,
    oidc_views,
    invitation_views,
    account_views,
    listing_views,
    assisted_views,
    export_views,
    triage_views,
    news_views,
    bulk_views,
    case_views,
    working_views,
    photo_views,
    captured_views,
    quarantine_views,
    delivery_views,
    attention_views,
    preview_views,
    directory_views,
    dead_views,
    console_views,
    publishing_views,
    rules_views,
    statistics_views,
    audit_views,
    privacy_views,
)  # fmt: skip


def build_site(settings: DeskSettings, desk: Desk, metrics: Metrics) -> Flask:
    app = create_web(
        "services.desk",
        service=NAME,
        metrics=metrics,
        trusted_proxies=settings.common.trusted_proxies,
        behind_tls=settings.behind_tls,
    )
    sign_with(app, settings.session_key)
    app.config["LANE_OF"] = lane_by_path(_LONG.fullmatch, lambda path: path == "/cases/stream")
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.behind_tls,
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as its session
        WTF_CSRF_SSL_STRICT=False,  # it would ask for the Referer that our own pages forbid to send
    )
    app.before_request(guard(desk))  # before the CSRF check: whoever is not logged in is asked to log in
    let_photos_in(app)
    let_answers_in(app, desk)
    csrf = CSRFProtect(app)
    app.register_error_handler(CSRFError, _stale)
    install_display(app, desk)
    for views in _VIEWS:
        app.register_blueprint(views(desk))
    pack, token = desk.pack, settings.common.service_token
    AgencyApi(desk, settings.desk_url, settings.session_key).install(app, csrf)
    app.register_blueprint(deadline_api(desk.spine.database, pack.calendar, desk.spine.clock, token))
    return app


def _stale(_error: Exception) -> Any:
    return answer(400, "csrf", STALE)

"""The pages for citizens, from the parts: form, receipt, tracking page, and what the browser needs without network."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect

from services.intake.channels.web import FormViews
from services.intake.channels.web_additions import AdditionViews
from services.intake.channels.web_checks import CheckViews
from services.intake.channels.web_fields import PhotoTokens
from services.intake.channels.web_rating import RatingViews
from services.intake.config import BY_CODE, IntakeSettings
from services.intake.deadlines import CaseDeadlines
from services.intake.parts import IntakeParts
from services.intake.tracking import Tracking
from services.intake.views import TrackViews
from services.intake.web.guards import AddressLimit, FormGuards
from services.intake.web.joining import Joining
from services.intake.web.offline import offline_blueprint
from services.intake.web.open_data import OpenDataViews
from services.intake.web.pages import Pages
from services.intake.web.published import PublishedViews
from shared.observability.metrics import Metrics


def citizens_pages(
    web: Flask, settings: IntakeSettings, parts: IntakeParts, pages: Pages, tracking: Tracking, metrics: Metrics,
    deadlines: CaseDeadlines,
) -> tuple[Blueprint, ...]:  # fmt: skip
    spine, key = parts.spine, settings.session_key
    csrf, tokens = CSRFProtect(web), PhotoTokens(key)
    guards = FormGuards(
        spine.database, spine.clock, parts.vault, parts.door.zone, metrics, key, AddressLimit.on(web)
    )  # fmt: skip
    joining = Joining(spine.database, spine.clock, parts.vault.hasher, parts.pack, key)
    track = TrackViews(tracking, pages, tokens, deadlines, parts.attachments)
    checks = parts.checks if settings.form_check == BY_CODE else None
    forms = FormViews(parts.door, pages, csrf, parts.photos, tokens, guards, joining, checks)
    return (
        forms.blueprint(),
        CheckViews(parts.checks, forms).blueprint(),
        track.blueprint(),
        AdditionViews(parts.additions, track, csrf, parts.photos, guards).blueprint(),
        RatingViews(parts.ratings, track, csrf, guards).blueprint(),
        offline_blueprint(pages),
        PublishedViews(spine.database, pages).blueprint(),
        OpenDataViews(spine.database, pages).blueprint(),
    )

"""What programs can ask of intake: send a complaint, read its state, add to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, request

from services.intake.accept import Door
from services.intake.additions import Additions
from services.intake.api.document import OPTIONAL_KEY, describe_keys, describe_places, describe_references
from services.intake.api.keys import ApiKey, ApiKeys, Scope
from services.intake.api.schemas import (
    VISIBLE,
    AcceptedOutput,
    AddedOutput,
    AdditionInput,
    ComplaintInput,
    IdempotencyInput,
    StatusOutput,
    TrackingInput,
)
from services.intake.checking import EMPTY, refusal
from services.intake.submission import DEFAULT_IDENTITY, DEFAULT_KIND, Added, Addition, Contact, Submission
from services.intake.text import clean_line
from services.intake.tracking import Tracked, Tracking
from services.intake.web.pages import Pages
from shared.contracts.fields import Place
from shared.errors import Refused
from shared.web.json_api import PlainApi, PlainBlueprint, add_view, problems

CHANNEL = "api"
ACCOUNT = "v1"


@dataclass(frozen=True)
class ApiViews:
    door: Door
    tracking: Tracking
    pages: Pages
    additions: Additions
    keys: ApiKeys

    def install(self, app: Flask) -> None:
        app.config.update(
            API_TITLE=f"Tanggap – laporan warga {self.pages.pack.city.name}",
            API_VERSION="v1",
            OPENAPI_VERSION="3.1.0",
            OPENAPI_URL_PREFIX="/",
            OPENAPI_JSON_PATH="openapi.json",
        )
        api = PlainApi(app)
        describe_keys(api.spec)
        api.register_blueprint(self._blueprint())
        describe_references(api.spec.components.schemas["ComplaintInput"]["properties"]["external_refs"])
        describe_places(api.spec.components.schemas["PlaceInput"], self.pages.pack)

    def _blueprint(self) -> Any:
        blueprint = PlainBlueprint("api", __name__, url_prefix="/api/v1", description="Send and follow complaints")
        location = {"Location": {"schema": {"type": "string"}}}
        add_view(
            blueprint, "/complaints", "POST", self.send,
            blueprint.arguments(ComplaintInput()),
            blueprint.arguments(IdempotencyInput(), location="headers"),
            blueprint.response(201, AcceptedOutput(), headers=location),
            *problems(blueprint, 400, 401, 403, 409, 413, 415, 422, 429, 503),
            blueprint.doc(security=OPTIONAL_KEY),
        )  # fmt: skip
        add_view(
            blueprint, "/complaints/<ticket>", "GET", self.show,
            blueprint.arguments(TrackingInput(), location="headers"),
            blueprint.response(200, StatusOutput()),
            *problems(blueprint, 401, 403, 404, 422, 429, 503),
            blueprint.doc(security=OPTIONAL_KEY),
        )  # fmt: skip
        add_view(
            blueprint, "/complaints/<ticket>/additions", "POST", self.add,
            blueprint.arguments(AdditionInput()),
            blueprint.arguments(IdempotencyInput(), location="headers"),
            blueprint.arguments(TrackingInput(), location="headers"),
            blueprint.response(201, AddedOutput()),
            *problems(blueprint, 400, 404, 409, 410, 413, 415, 422, 429, 503),
        )  # fmt: skip
        return blueprint

    def send(self, body: dict[str, Any], headers: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Send a complaint"""
        partner = self._partner(Scope.WRITE)
        if partner is None and (body["channel"] or body["external_refs"]):
            wanted = [name for name in ("channel", "external_refs") if body[name]]
            said = "Isian ini hanya untuk mitra yang memakai kunci API."
            raise Refused(said, code="key_needed", status=403, fields=dict.fromkeys(wanted, said))
        key = clean_line(str(headers["key"]))
        submission = read_body(body, key, size=request.content_length or 0, partner=partner)
        receipt = self.door.accept(submission)
        answer = {
            "ticket": receipt.ticket,
            "tracking_code": receipt.tracking_code,
            "status_url": self.pages.tracking_url(receipt.ticket, receipt.tracking_code),
            "received_at": receipt.received_at,
        }
        return answer, 201, {"Location": f"{self.pages.public_url}/api/v1/complaints/{receipt.ticket}"}

    def show(self, headers: dict[str, Any], ticket: str) -> Tracked:
        """Read the state of a complaint. A wrong code and an unknown ticket are answered alike

        A partner reads what was sent with the same key without a code.
        """
        partner = self._partner(Scope.READ)
        if partner is not None and not headers["code"]:
            return self.tracking.of_account(ticket, partner.account)
        return self.tracking.look_up(ticket, str(headers["code"]))

    def _partner(self, scope: Scope) -> ApiKey | None:
        """The partner who asks; None for a citizen. Raises `Refused`."""
        key = self.keys.admit(request.headers.get("Authorization", ""))
        if key is not None:
            key.needs(scope)
        return key

    def add(
        self, body: dict[str, Any], idempotency: dict[str, Any], tracking: dict[str, Any], ticket: str
    ) -> tuple[Added, int]:
        """Add to a complaint. A wrong code and an unknown ticket are answered alike"""
        tracked = self.tracking.look_up(ticket, str(tracking["code"]))
        complaint_id, account, by_sender = tracked.addition()
        addition = Addition(
            complaint_id=complaint_id,
            what=body["what"],
            channel=CHANNEL,
            account=account,
            text=body["text"] or "",
            provider_id=clean_line(str(idempotency["key"])) or None,
            sender=tracked.complaint_id,
            by_sender=by_sender,
            size=request.content_length or 0,
            same_id_same_content=True,
        )
        return replace(self.additions.add(addition), ticket=tracked.ticket), 201


def read_body(body: dict[str, Any], key: str, *, size: int, partner: ApiKey | None = None) -> Submission:
    """A body that fits the schema, as a submission; `key` is the message's id. Raises `Refused` for an empty text."""
    if not re.search(VISIBLE, body["text"]):
        raise refusal({"text": ("empty_text", EMPTY)})
    contact, place = body["contact"] or {}, body["place"] or {}
    return Submission(
        channel=body.get("channel") or CHANNEL,
        account=partner.account if partner else ACCOUNT,
        text=body["text"],
        provider_id=key or None,
        place=Place(
            place.get("kecamatan") or None,
            place.get("kelurahan") or None,
            place.get("detail") or None,
            place.get("latitude"),
            place.get("longitude"),
        ),
        kind=DEFAULT_KIND if body["kind"] is None else body["kind"],
        identity=DEFAULT_IDENTITY if body["identity"] is None else body["identity"],
        contact=Contact(contact.get("email") or "", contact.get("phone") or "", contact.get("name") or ""),
        size=size,
        external_refs=dict(body.get("external_refs") or {}),
        same_id_same_content=True,
    )

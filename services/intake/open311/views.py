"""Open311 (GeoReport v2) over HTTP: one view for all of its addresses, so that each error is answered in its form.

Reports go through the same door as any other; what can be read is `known_requests` and `published_requests`.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from services.intake.accept import Door
from services.intake.open311 import documents
from services.intake.open311.addresses import Address, read_address
from services.intake.open311.answers import PREFIX, answer, in_the_standards_form
from services.intake.open311.documents import Document
from services.intake.open311.known_requests import KnownRequests
from services.intake.open311.listing import read_wanted
from services.intake.open311.parameters import Parameters
from services.intake.open311.published_requests import PublishedRequests
from services.intake.open311.reporting import CHANNEL, account_of, no_service, read_report, with_photos
from services.intake.photos.store import PhotoStore
from services.intake.photos.uploads import Uploaded
from services.intake.web.pages import Pages
from shared.errors import Refused

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_MOST_PARAMETERS = 1000


@dataclass(frozen=True)
class Open311Views:
    """`keys` are those that may report; without any, everybody may."""

    door: Door
    known: KnownRequests
    pages: Pages
    photos: PhotoStore
    keys: tuple[str, ...]
    production: bool

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("open311", __name__, url_prefix=PREFIX.rstrip("/"))
        blueprint.add_url_rule(
            "/<path:rest>", "take", self.take, methods=_METHODS, provide_automatic_options=False, merge_slashes=False
        )
        blueprint.after_app_request(in_the_standards_form)  # also where no rule fits the address
        return blueprint

    def take(self, rest: str) -> Response:
        address = read_address(rest)
        if request.method == "OPTIONS":
            return Response(status=204, headers={"Allow": ", ".join((*address.methods, "OPTIONS"))})
        if request.method not in address.methods:
            raise MethodNotAllowed([*address.methods, "OPTIONS"])
        given = _given()
        self._check_jurisdiction(given)
        document = self._report(given) if request.method == "POST" else self._show(address, given)
        return answer(document, address.format)

    def _show(self, address: Address, given: Parameters) -> Document:
        offered = self.pages.pack.services
        if address.resource == "discovery":
            url = f"{self.pages.public_url}{PREFIX}v2"
            return documents.discovery(offered, url=url, production=self.production)
        if address.resource == "services":
            return documents.services(offered)
        if address.resource == "services/*":
            service = offered.service(address.name)
            if service is None:
                raise no_service()
            return documents.definition(service)
        if address.resource == "tokens/*":
            # A report has its number at once: the number stands for itself where a token is asked for.
            return documents.token(self.known.find_one(address.name, self._asker(given)).ticket, address.name)
        if address.resource == "requests/*":
            one = self._public.find_one(address.name, self._asker(given))
            return documents.requests([one], offered, self._zipcodes)
        zone = ZoneInfo(self.pages.pack.city.timezone)
        wanted = read_wanted(given, offered, now=self.door.spine.clock.now(), zone=zone)
        # Without numbers the list holds what a coordinator has published, and nothing else.
        if wanted.ids:
            found = self._public.find(wanted.ids, self._asker(given))
            return documents.requests(found, offered, self._zipcodes)
        return documents.requests(self._public.every(wanted), offered, self._zipcodes)

    @property
    def _public(self) -> PublishedRequests:
        return PublishedRequests(self.known)

    @property
    def _zipcodes(self) -> dict[str, str]:
        return {part.name: part.postcode for area in self.pages.pack.areas for part in area.kelurahan}

    def _report(self, given: Parameters) -> Document:
        account = self._account(given)
        if account is None:
            self.door.spine.metrics.refused.labels(CHANNEL, "wrong_key").inc()
            raise Refused("api_key tidak ada atau tidak dikenal.", code="wrong_key", status=403)
        size = request.content_length or 0
        submission, _service = read_report(given, self.pages.pack.services, account=account, size=size)
        photos = self.photos.keep(Uploaded(file for files in request.files.listvalues() for file in files))
        receipt = self.door.accept(with_photos(submission, photos))
        numbers = self.pages.pack.city.emergency_numbers
        notice = documents.notice(receipt.ticket, numbers, photos_refused=photos.refused)
        return documents.accepted(receipt.ticket, notice, account_of(given))

    def _check_jurisdiction(self, given: Parameters) -> None:
        asked, ours = given.text("jurisdiction_id").strip(), self.pages.pack.services.jurisdiction
        given.check()
        if asked and asked.lower() != ours.lower():
            sentence = f"jurisdiction_id ini tidak dilayani di sini. Kosongkan, atau pakai {ours or 'yang kosong'}."
            raise Refused(sentence, code="unknown_jurisdiction", status=404)

    def _account(self, given: Parameters) -> str | None:
        """Whose program it is, as far as the key tells; None for a key that is missing or wrong."""
        if not self.keys:
            return "v2"
        shown = given.text("api_key").strip().encode("utf-8", "replace")
        fitting = [key for key in self.keys if hmac.compare_digest(shown, key.encode())]
        return f"v2:{self.door.vault.hasher.contact_key('open311 key', fitting[0])[:12]}" if fitting else None

    def _asker(self, given: Parameters) -> str:
        """By whom unknown numbers are counted: a program with a key, else an address."""
        account = self._account(given) if self.keys else None
        return account or f"address {_network(request.remote_addr or '')}"


def _network(address: str) -> str:
    """An IPv4 address, or the /64 that one subscriber has of IPv6: whoever has one address in it has them all."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def _given() -> Parameters:
    pairs = [*request.args.items(multi=True)]
    if request.method == "POST":
        pairs += request.form.items(multi=True)
    if len(pairs) > _MOST_PARAMETERS:
        raise Refused(f"Paling banyak {_MOST_PARAMETERS} isian.", code="too_many_parameters", status=400)
    return Parameters.of(pairs)

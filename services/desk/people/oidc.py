"""Logging in by the city's own login service: OpenID Connect, authorization code with PKCE, state and nonce.

The provider says who somebody is; whether that person may enter is the desk's matter. Nobody gets an account by it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.clock import Clock
from shared.errors import Refused
from shared.observability.logs import get_logger

log = get_logger("oidc")
EMAIL = "email"
MOST_SECONDS = 10.0
"""So long the provider may take in all, for one step of a login."""
BEGUN_LASTS_SECONDS = 600
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_LEEWAY_SECONDS = 60
_KNOWN_FOR_SECONDS = 3600.0
_SCOPE = "openid email profile"

AWAY, WRONG_SETUP, DENIED, STALE, UNPROVED = "away", "wrong_setup", "denied", "stale", "unproved"
"""Codes of a login that did not succeed: the provider does not answer, does not say what it must, or said no; the
browser does not come from the login that was begun; what came proves nothing."""


@dataclass(frozen=True)
class OidcSettings:
    """`claim` is `email`, which must be a person's mail address, or the name of a claim that is the login."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str = EMAIL


@dataclass(frozen=True)
class Begun:
    """`address` is the provider's page; `kept` belongs into the browser's session until it comes back."""

    address: str
    kept: dict[str, str]


@dataclass
class Oidc:
    """One client of one provider. Safe to share between threads."""

    settings: OidcSettings
    redirect_uri: str
    clock: Clock
    most_seconds: float = MOST_SECONDS
    _known: tuple[float, Mapping[str, Any]] | None = field(default=None, init=False, repr=False)

    def begin(self) -> Begun:
        """Raises `Refused` with one of the codes above."""
        provider = self._asking()
        document = self._document(provider)
        kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        address, _ = provider.session.create_authorization_url(
            document["authorization_endpoint"], state=kept["state"], nonce=kept["nonce"],
            code_verifier=kept["verifier"],
        )  # fmt: skip
        return Begun(str(address), {**kept, "at": str(int(self.clock.now().timestamp()))})

    def finish(self, answered: Mapping[str, str], kept: Mapping[str, str]) -> str:
        """What the provider says of who came back: the value of the claim. Raises `Refused` as `begin` does."""
        self._check_answer(answered, kept)
        provider = self._asking()
        document = self._document(provider)
        if answered.get("iss", self.settings.issuer) != self.settings.issuer:
            raise _refused(UNPROVED, "another issuer answered")
        token = provider.token(document, answered.get("code", ""), kept["verifier"])
        claims = self._proved(provider.keys(document), token, kept["nonce"])
        if self.settings.claim not in claims:
            claims = {**provider.userinfo(document, claims.get("sub")), **claims}
        return self._value(claims)

    def _asking(self) -> _Provider:
        session = OAuth2Session(
            self.settings.client_id, self.settings.client_secret, scope=_SCOPE, redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
        )  # fmt: skip
        return _Provider(session, self.clock, self.clock.monotonic_seconds() + self.most_seconds)

    def _document(self, provider: _Provider) -> Mapping[str, Any]:
        now, known = self.clock.monotonic_seconds(), self._known
        if known is not None and now - known[0] < _KNOWN_FOR_SECONDS:
            return known[1]
        document = provider.get(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self.settings.issuer:
            raise _refused(WRONG_SETUP, "the provider calls itself another issuer")
        missing = [name for name in _ENDPOINTS if not isinstance(document.get(name), str)]
        if missing:
            raise _refused(WRONG_SETUP, f"the provider does not name its {missing[0]}")
        self._known = (now, document)
        return document

    def _check_answer(self, answered: Mapping[str, str], kept: Mapping[str, str]) -> None:
        same = hmac.compare_digest(answered.get("state", "").encode(), kept.get("state", "").encode())
        begun_at = int(kept.get("at", "0"))
        if not kept.get("state") or not same or self.clock.now().timestamp() - begun_at > BEGUN_LASTS_SECONDS:
            raise _refused(STALE, "this browser has not begun this login, or too long ago")
        if "error" in answered:
            raise _refused(DENIED, "the provider said no")

    def _proved(self, keys: KeySet, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of an identity token that is for us, of this login, signed and not expired."""
        registry = jwt.JWTClaimsRegistry(
            now=int(self.clock.now().timestamp()), leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id}, nonce={"essential": True, "value": nonce},
            exp={"essential": True}, sub={"essential": True},
        )  # fmt: skip
        try:
            claims = dict(jwt.decode(str(token.get("id_token", "")), keys, algorithms=_ALGORITHMS).claims)
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _refused(UNPROVED, f"the identity token proves nothing: {type(error).__name__}") from None
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise _refused(UNPROVED, "the identity token is for another client")
        return claims

    def _value(self, claims: Mapping[str, Any]) -> str:
        value = claims.get(self.settings.claim)
        if not isinstance(value, str) or not value:
            raise _refused(WRONG_SETUP, f"the provider does not say {self.settings.claim}")
        if self.settings.claim == EMAIL and claims.get("email_verified") is False:
            raise _refused(UNPROVED, "the provider has not verified the mail address")
        return value


_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class _Provider:
    """One conversation, over by `deadline` (of the monotonic clock)."""

    session: Any
    clock: Clock
    deadline: float

    def get(self, address: str, **more: Any) -> dict[str, Any]:
        more = {"withhold_token": True, **more}
        found: dict[str, Any] = self._asked(lambda seconds: _object(self.session.get(address, timeout=seconds, **more)))
        return found

    def token(self, document: Mapping[str, Any], code: str, verifier: str) -> Mapping[str, Any]:
        methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        self.session.token_endpoint_auth_method = (
            "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        )
        try:
            found: Mapping[str, Any] = self._asked(
                lambda seconds: self.session.fetch_token(
                    document["token_endpoint"], code=code, code_verifier=verifier, timeout=seconds
                )
            )
        except AuthlibBaseError as error:
            raise _refused(DENIED, f"the provider gave no token: {error.error}") from None
        return found

    def keys(self, document: Mapping[str, Any]) -> KeySet:
        try:
            return KeySet.import_key_set(self.get(document["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, KeyError, TypeError, ValueError):
            raise _refused(WRONG_SETUP, "the provider's keys cannot be read") from None

    def userinfo(self, document: Mapping[str, Any], subject: Any) -> dict[str, Any]:
        """Nothing where it is about somebody else."""
        if not isinstance(document.get("userinfo_endpoint"), str):
            return {}
        found = self.get(document["userinfo_endpoint"], withhold_token=False)
        return found if found.get("sub") == subject else {}

    def _asked(self, ask: Any) -> Any:
        left = self.deadline - self.clock.monotonic_seconds()
        if left <= 0:
            raise _refused(AWAY, "the provider took too long")
        try:
            return ask(left)
        except (
            OSError,
            ValueError,
        ) as error:  # what the HTTP library raises is an OSError, unreadable JSON a ValueError
            raise _refused(AWAY, f"the provider cannot be asked: {type(error).__name__}") from None


def _object(response: Any) -> dict[str, Any]:
    """Raises `ValueError` for anything but a JSON object with a good status."""
    found = response.json() if response.status_code == 200 else None
    if not isinstance(found, dict):
        raise ValueError(f"answered {response.status_code}")
    return found


def _refused(code: str, what: str) -> Refused:
    log.warning("oidc_login_refused", code=code, what=what)
    return Refused(what, code=code)

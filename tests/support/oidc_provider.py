"""Login services for tests: the certified `oidc-provider` of npm, and one that lies in a way of choice."""

import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from tests.support.eventually import eventually
from tests.support.missing import NotInstalled
from tests.support.ports import free_port
from tests.support.processes import Process

CLIENT, SECRET = "tanggap", "rahasia-klien-uji"
SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
MODULES = Path(__file__).parents[2] / "var" / "node" / "node_modules"


@dataclass(frozen=True)
class RealProvider:
    issuer: str

    def log_in(self, address: str, login: str) -> str:
        """What a browser does there; the address to which it is sent back at the end."""
        with requests.Session() as browser:
            answer = browser.get(address, timeout=10)
            action = re.search(r'action="([^"]+)"', answer.text)
            assert action is not None, answer.text
            form = {"prompt": "login", "login": login, "password": "x"}
            answer = browser.post(action[1], data=form, timeout=10, allow_redirects=False)
            while answer.headers["Location"].startswith((self.issuer, "/")):
                where = answer.headers["Location"]
                where = self.issuer + where if where.startswith("/") else where
                answer = browser.get(where, timeout=10, allow_redirects=False)
            return answer.headers["Location"]


@contextmanager
def real_provider(folder: Path, redirect_uri: str, *, claims: str = "at-userinfo") -> Iterator[RealProvider]:
    """Raises `NotInstalled`."""
    node = shutil.which("node")
    if node is None or not (MODULES / "oidc-provider").is_dir():
        raise NotInstalled("node with npm's oidc-provider in var/node is not installed")
    port = free_port()
    env = {
        "OP_PORT": str(port), "OP_SECRET": SECRET, "REDIRECT_URI": redirect_uri, "NODE_MODULES": str(MODULES),
        "OP_CLAIMS": claims, "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    log = folder / "provider.log"
    with Process([node, SCRIPT], log=log, env=env):
        eventually(lambda: "ready" in log.read_text(), deadline_seconds=20)
        yield RealProvider(f"http://127.0.0.1:{port}")


@cache
def _key(_number: int) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "k"})


@dataclass
class LyingProvider:
    """Answers as told: `claims` replaces some of the identity token's, None takes one away."""

    issuer: str = ""
    nonce: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    token_status: int = 200
    waits_seconds: float = 0.0
    foreign_key: bool = False
    algorithm: str = "RS256"
    key: RSAKey = field(default_factory=lambda: _key(1))
    other: RSAKey = field(default_factory=lambda: _key(2))

    def token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "s", "nonce": self.nonce, "iat": now, "exp": now + 300,
            "email": "koordinator@kota.example", "email_verified": True, **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": self.algorithm, "kid": "k"}, claims, self.other if self.foreign_key else self.key)

    def app(self) -> Flask:
        app = Flask(__name__)

        @app.before_request
        def wait() -> None:
            time.sleep(self.waits_seconds)

        @app.get("/.well-known/openid-configuration")
        def about() -> dict[str, Any]:
            names = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "keys"}
            own = {name: f"{self.issuer}/{path}" for name, path in names.items()}
            return {"issuer": self.issuer, **own, "userinfo_endpoint": f"{self.issuer}/me", **self.document}

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @app.get("/me")
        def me() -> dict[str, Any]:
            return self.userinfo

        @app.post("/token")
        def token() -> Any:
            if self.token_status != 200:
                return {"error": "invalid_grant"}, self.token_status
            return {"access_token": "a", "token_type": "Bearer", "id_token": self.token()}

        return app


@contextmanager
def lying_provider() -> Iterator[LyingProvider]:
    provider = LyingProvider()
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

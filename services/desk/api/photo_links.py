"""Links to photos that need no token and soon expire: signed, for one token, one case, one photo. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.desk.api.endpoints import PATH

GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class PhotoPass:
    token_id: str
    complaint_id: str
    digest: str
    until: datetime


@dataclass(frozen=True)
class PhotoLinks:
    """`secrets` are the desk's: the first signs, all of them verify. `desk_url` has no slash at its end."""

    secrets: Sequence[str]
    desk_url: str

    def link(self, photo: PhotoPass) -> str:
        """The signature is in the query, which no access log holds."""
        said = f"{photo.token_id}.{int(photo.until.timestamp())}.{_packed(photo.complaint_id.encode())}"
        return f"{self.desk_url}{PATH}/photos/{photo.digest}?signed={said}.{self._signatures(said, photo.digest)[0]}"

    def read(self, digest: str, signed: str) -> PhotoPass | None:
        """None for what was not signed here. Whether it is still good is told by `until`."""
        said, _, signature = signed.rpartition(".")
        if not any([hmac.compare_digest(signature, right) for right in self._signatures(said, digest)]):
            return None
        token_id, until, complaint_id = said.split(".")
        moment = datetime.fromtimestamp(int(until), UTC)
        return PhotoPass(token_id, _unpacked(complaint_id).decode(), digest, moment)

    def _signatures(self, said: str, digest: str) -> list[str]:
        keys = [hmac.digest(secret.encode(), b"photo links of agencies", hashlib.sha256) for secret in self.secrets]
        return [_packed(hmac.digest(key, f"{said}/{digest}".encode(), hashlib.sha256)) for key in keys]


def _packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

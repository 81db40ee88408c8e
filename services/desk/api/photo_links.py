"""Links to photos that need no token and soon expire: signed, for one token, one case, one photo. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
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
    """`secret` is the desk's; `desk_url` has no slash at its end."""

    secret: bytes
    desk_url: str

    def link(self, photo: PhotoPass) -> str:
        """The signature is in the query, which no access log holds."""
        said = f"{photo.token_id}.{int(photo.until.timestamp())}.{_packed(photo.complaint_id.encode())}"
        return f"{self.desk_url}{PATH}/photos/{photo.digest}?signed={said}.{self._signature(said, photo.digest)}"

    def read(self, digest: str, signed: str) -> PhotoPass | None:
        """None for what was not signed here. Whether it is still good is told by `until`."""
        said, _, signature = signed.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(said, digest)):
            return None
        token_id, until, complaint_id = said.split(".")
        moment = datetime.fromtimestamp(int(until), UTC)
        return PhotoPass(token_id, _unpacked(complaint_id).decode(), digest, moment)

    def _signature(self, said: str, digest: str) -> str:
        key = hmac.digest(self.secret, b"photo links of agencies", hashlib.sha256)
        return _packed(hmac.digest(key, f"{said}/{digest}".encode(), hashlib.sha256))


def _packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

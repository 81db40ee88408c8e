"""The users by which a service reaches its database and the broker: two that take turns when passwords are exchanged.

A server knows a service's new user beside the old one, with the same rights and a password of its own; when nobody
uses the old one any more, it is closed. So no connection that is made meanwhile is refused.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit, urlunsplit

_SECOND = "_2"


def user_of(address: str) -> str:
    """Empty when none is named."""
    return unquote(urlsplit(address).username or "")


def other_user(user: str) -> str:
    """`intake` and `intake_2`."""
    return user.removesuffix(_SECOND) if user.endswith(_SECOND) else user + _SECOND


def with_login(address: str, user: str, password: str) -> str:
    """Both are written as they are: letters, digits, `-` and `_`."""
    parts = urlsplit(address)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{place}"))

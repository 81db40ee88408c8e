"""The lines of a case's timeline about publishing, in sentences for the people at the desk. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.desk.cases.case import Happening
from services.desk.wording import ROLES
from shared.sentences import sentence

Tell = Callable[[Mapping[str, Any], Happening], str]


def _published(data: Mapping[str, Any], event: Happening) -> str:
    return sentence("Ringkasan diterbitkan untuk umum oleh %(who)s", who=_who(data, event))


def _changed(data: Mapping[str, Any], event: Happening) -> str:
    return sentence("Ringkasan yang terbit diubah oleh %(who)s", who=_who(data, event))


def _followed(_data: Mapping[str, Any], _event: Happening) -> str:
    return sentence("Keadaan yang terbit untuk umum diperbarui")


def _taken_back(data: Mapping[str, Any], event: Happening) -> str:
    if event.role == "system":
        return sentence("Ringkasan ditarik dari umum dengan sendirinya")
    return sentence("Ringkasan ditarik dari umum oleh %(who)s", who=_who(data, event))


def _passed(data: Mapping[str, Any], event: Happening) -> str:
    return sentence("Diputuskan tidak terbit oleh %(who)s", who=_who(data, event))


def _who(data: Mapping[str, Any], event: Happening) -> str:
    role = ROLES.get(event.role, event.role)
    return sentence("%(name)s (%(role)s)", name=str(data.get("name") or event.actor), role=role)


SENTENCES: Mapping[str, Tell] = {
    "published": _published,
    "publication_changed": _changed,
    "publication_followed": _followed,
    "unpublished": _taken_back,
    "publication_passed": _passed,
}
"""By the act of the line; all but `publication_followed` may have a reason as their note."""

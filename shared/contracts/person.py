"""Facts about the people who work at the desk, said by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contracts.fields import Id, Moment, PersonMail
from shared.contracts.registry import event


@event
@dataclass(frozen=True, kw_only=True)
class PersonMailWanted:
    """Somebody of the desk is to get a mail about the own account. Whoever holds `link` may choose the password.

    `mail_id` names the mail once and for all. After `expires_at` it is of no use.
    """

    TYPE: ClassVar[str] = "person.mail-wanted.v1"
    SEALED: ClassVar[tuple[str, ...]] = ("email", "name", "link")

    mail_id: Id
    what: PersonMail
    email: Annotated[str, Meta(min_length=3, max_length=254)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    link: Annotated[str, Meta(min_length=1, max_length=500)]
    wanted_at: Moment
    expires_at: Moment

    @property
    def subject(self) -> str:
        return self.mail_id

"""What a city's pack says, as values. Nothing here knows a city; `shared.citypack` reads these from its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from shared.city_answers import CityAnswers
from shared.city_calendar import CityCalendar
from shared.city_deadlines import USUAL_POLICY, DeadlinePolicy
from shared.city_notifications import Notifications
from shared.city_publishing import CityPublishing
from shared.city_retention import USUAL_RETENTION, CityRetention
from shared.city_services import CityServices
from shared.city_sp4n import Sp4nMapping


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """`confirm` marks what the city has still to confirm."""

    number: str
    label: str
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class City:
    """`code` is the code of the Ministry of Home Affairs, `language` an ISO 639-1 id, `timezone` an IANA name."""

    name: str
    code: str
    timezone: str
    language: str
    ticket_prefix: str
    emergency_numbers: tuple[EmergencyNumber, ...]


@dataclass(frozen=True, slots=True)
class Agency:
    """`places` is `kelurahan` or `kecamatan` for an office that every place has, else empty.

    `territorial` says that its work ends at the city's border: what lies beyond goes to the neighbour. `confirm` marks
    what the city has still to confirm. `sms` is a telephone number, `webhook` a URL; `channels` says in which order the
    ways are tried (empty: the usual one), `language` in which messages are written to it (empty: the city's own),
    `reminders` whether it is told again of a case that nobody there has taken note of. `public_contact` tells citizens
    how to reach it themselves.
    """

    code: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    email: str = ""
    places: str = ""
    territorial: bool = False
    confirm: bool = False
    sms: str = ""
    webhook: str = ""
    channels: tuple[str, ...] = ()
    language: str = ""
    reminders: bool = True
    public_contact: str = ""

    @property
    def endpoints(self) -> dict[str, str]:
        """Where the pack says that it is reached, by channel."""
        ways = {"email": self.email, "sms": self.sms, "webhook": self.webhook}
        return {channel: address for channel, address in ways.items() if address}


@dataclass(frozen=True, slots=True)
class Kelurahan:
    """`only_after`: for a name that is also an ordinary word, the words before it that make it a place."""

    name: str
    postcode: str = ""
    aliases: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """A kecamatan with its kelurahan."""

    kecamatan: str
    aliases: tuple[str, ...]
    kelurahan: tuple[Kelurahan, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A place outside the city, and the agency that is in charge there."""

    name: str
    aliases: tuple[str, ...]
    agency: str


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """The words that announce a place, and those that never belong to a name.

    After `roads` and `named` comes a name; after `near` a landmark (one of `landmarks`, or one word) and its name;
    after `towards` a place which is not where it happened.
    """

    roads: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    towards: tuple[str, ...] = ()
    landmarks: tuple[str, ...] = ()
    never_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file of rules, unread. `path` is what people see in messages, relative to the pack."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Negation:
    """Words that cancel the phrases which begin at the next telling word, when it stands within `reach` words.

    Not when one of `unless_next` follows; with `only_with`, only in a text which holds one of those words. Words of
    `over` ("soal", "masalah") are no telling words.
    """

    words: tuple[str, ...]
    reach: int
    unless_next: tuple[str, ...] = ()
    only_with: tuple[str, ...] = ()
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spellings:
    """How people write: spelling → word, words never changed, words without weight, words without content.

    `sundanese` says what words that Indonesian has too mean beside Sundanese ones, `sundanese_marks` are the words that
    only Sundanese has.
    """

    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    protected: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()
    no_content: frozenset[str] = frozenset()
    negations: tuple[Negation, ...] = ()
    sundanese: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sundanese_marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CityPack:
    """`spellings_text` is the file that `spellings` were read from; empty for a pack that was put together by hand."""

    city: City
    agencies: tuple[Agency, ...]
    areas: tuple[Area, ...]
    neighbours: tuple[Neighbour, ...]
    place_words: PlaceWords
    rule_files: tuple[RuleFile, ...]
    spellings: Spellings
    spellings_text: str = ""
    services: CityServices = field(default_factory=CityServices)
    notifications: Notifications = field(default_factory=Notifications)
    sp4n: Sp4nMapping = field(default_factory=Sp4nMapping)
    calendar: CityCalendar = field(default_factory=CityCalendar)
    deadlines: DeadlinePolicy = USUAL_POLICY
    publishing: CityPublishing = field(default_factory=CityPublishing)
    answers: CityAnswers = field(default_factory=CityAnswers)
    retention: CityRetention = USUAL_RETENTION

    def agency(self, code: str) -> Agency | None:
        return next((agency for agency in self.agencies if agency.code == code), None)

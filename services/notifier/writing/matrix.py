"""What each message carries by each channel, found out by writing it: one thing of the made-up complaint is changed at
a time, and what then reads differently carries that thing. So the table cannot say what the code does not do. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from services.notifier.delivery import Addressee, kind_of_message
from services.notifier.writing.preview import said
from services.notifier.writing.specimens import Story, specimen_composer, specimens
from shared.city import CityPack
from shared.contracts.fields import IDENTITIES
from shared.wording import Wordings

_OTHER_PHONE = "0899-9999-9999"
_SOMEBODY = Addressee("lain@warga.example", "+6289999999999", "Orang Lain", "Z0000-0000Z")

Said = Mapping[tuple[str, str], str]
"""What was written, by message and channel."""


@dataclass(frozen=True)
class Cell:
    """`text`: `whole`, `masked` (without phones, mail addresses and identity numbers) or `none`. `place`: `spot`,
    `area` or `none`. `contact` is the citizen's, also the name to a citizen's own receipt."""

    message: str
    channel: str
    identity: str
    language: str
    text: str
    name: bool
    contact: bool
    answer: bool
    question: bool
    place: str
    photos: bool
    link: bool


def cells(pack: CityPack, wordings: Wordings) -> Iterator[Cell]:
    for language in wordings.by_language:
        for identity in IDENTITIES:
            yield from _cells_of(pack, wordings, Story(identity=identity, language=language))


def _cells_of(pack: CityPack, wordings: Wordings, story: Story) -> Iterator[Cell]:
    composer = specimen_composer(pack, wordings)

    def written(**changes: object) -> Said:
        return {
            (kind_of_message(one.delivery.message), channel): "\n".join(said(composer, one, channel))
            for one in specimens(replace(story, **changes))  # type: ignore[arg-type]
            for channel in one.channels
        }

    was = written()
    phone = written(**{name: _with_phone(getattr(story, name)) for name in ("text", "addition")})
    words = written(text="Sampah menumpuk.", addition="Bau sekali.", phrase="sampah")
    renamed = written(contact=replace(story.contact, name=_SOMEBODY.name))
    reached = written(contact=replace(story.contact, email=_SOMEBODY.email, phone=_SOMEBODY.phone))
    asked = written(question="Yang mana?")
    answered, spot, area = written(answer="Belum."), written(detail="di tikungan"), written(kelurahan="Cipageran")
    pictured = written(photos=story.photos + 1)
    for key, text in was.items():
        yield Cell(
            message=key[0],
            channel=key[1],
            identity=story.identity,
            language=story.language,
            text="whole" if phone[key] != text else "masked" if words[key] != text else "none",
            name=renamed[key] != text,
            contact=reached[key] != text,
            answer=answered[key] != text,
            question=asked[key] != text,
            place="spot" if spot[key] != text else "area" if area[key] != text else "none",
            photos=pictured[key] != text,
            link="https://" in text,
        )


def _with_phone(text: str) -> str:
    changed = text.replace("0812-3456-7890", _OTHER_PHONE)
    assert changed != text
    return changed


def as_table(found: list[Cell]) -> str:
    """In Markdown. Identities and languages for which the same is carried share a line."""
    lines = [
        "| message | by | identity | language | text | answer | question | name | contact | place | photos | link |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    alike: dict[Cell, list[Cell]] = {}
    for cell in found:
        alike.setdefault(replace(cell, identity="", language=""), []).append(cell)
    order = list(dict.fromkeys(cell.message for cell in found))
    for cell in sorted(alike, key=lambda one: (order.index(one.message), one.channel)):
        identities = _distinct(one.identity for one in alike[cell])
        languages = _distinct(one.language for one in alike[cell])
        marks = [_mark(flag) for flag in (cell.answer, cell.question, cell.name, cell.contact)]
        lines.append(
            f"| `{cell.message}` | {cell.channel} | {identities} | {languages} | {cell.text} | {' | '.join(marks)} | "
            f"{cell.place} | {_mark(cell.photos)} | {_mark(cell.link)} |"
        )
    return "\n".join(lines) + "\n"


def _distinct(words: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(words))


def _mark(flag: bool) -> str:
    return "yes" if flag else "–"

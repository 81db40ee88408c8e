"""Every message in every language as it would read, about a made-up complaint. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from services.notifier.delivery import EMAIL, SMS, kind_of_message
from services.notifier.writing.compose import Composer
from services.notifier.writing.specimens import Specimen, Story, specimen_composer, specimens
from shared.city import CityPack
from shared.wording import Wordings


@dataclass(frozen=True)
class Preview:
    """`text` is a mail's text part, a text message, or a document as JSON; `html` and `subject` are a mail's."""

    message: str
    channel: str
    language: str
    subject: str
    text: str
    html: str


def previews(pack: CityPack, wordings: Wordings, identity: str = "anonymous") -> list[Preview]:
    """By message, channel and language. A document is written in no language: there is one of each."""
    composer = specimen_composer(pack, wordings)
    found = [
        preview
        for language in wordings.by_language
        for specimen in specimens(Story(identity=identity, language=language))
        for preview in _of(composer, specimen, language)
    ]
    first = next(iter(wordings.by_language))
    return [one for one in found if one.language == first or one.channel in (EMAIL, SMS)]


def said(composer: Composer, specimen: Specimen, channel: str) -> tuple[str, str, str]:
    """(subject, text, HTML part) of what the channel would carry."""
    if channel == EMAIL:
        parts = composer.mail_parts(specimen.delivery, specimen.to)
        return parts.subject, parts.text, parts.html
    if channel == SMS:
        return "", composer.sms(specimen.delivery, specimen.to).text, ""
    document = json.loads(composer.document(specimen.delivery, specimen.to.queue).content)
    return "", json.dumps(document, ensure_ascii=False, indent=2), ""


def _of(composer: Composer, specimen: Specimen, language: str) -> Iterator[Preview]:
    message = kind_of_message(specimen.delivery.message)
    for channel in specimen.channels:
        yield Preview(message, channel, language, *said(composer, specimen, channel))

"""What keeps an act on a draft from being done. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from services.router.proposing.draft import DRAFT, PROPOSED, Draft, Heading, content_of
from services.router.rule_files import is_file_name
from shared.errors import Refused

MOST_FILES, MOST_CHARACTERS, MOST_REASON = 500, 1_500_000, 500
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def known_draft(draft: Draft | None) -> Draft:
    if draft is None:
        raise Refused("there is no such draft", code="unknown_draft", status=404)
    return draft


def check_fresh(known: Heading, revision: int) -> None:
    if known.revision != revision:
        told = f"{known.changed_by} changed it at {known.changed_at:%Y-%m-%d %H:%M} UTC"
        raise Refused(told, code="draft_changed", status=409)


def wrong_state(known: Heading) -> Refused:
    return Refused(f"the draft is {known.state}", code="wrong_state", status=409)


def check_editable(draft: Draft, revision: int) -> None:
    if draft.heading.state != DRAFT:
        raise wrong_state(draft.heading)
    check_fresh(draft.heading, revision)


def check_proposed(draft: Draft, revision: int) -> None:
    if draft.heading.state != PROPOSED:
        raise wrong_state(draft.heading)
    check_fresh(draft.heading, revision)


def check_own(known: Heading, actor: str) -> None:
    if actor not in (known.author, known.proposed_by):
        raise Refused(f"it belongs to {known.author}", code="not_yours", status=403)


def with_file(draft: Draft, file: str, text: str | None) -> Draft:
    files = {name: old for name, old in draft.files.items() if name != file}
    files |= {file: text} if text is not None else {}
    if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_CHARACTERS:
        told = f"a set holds at most {MOST_FILES} files of {MOST_CHARACTERS} characters together"
        raise Refused(told, code="rules_too_large", status=413)
    return replace(draft, heading=replace(draft.heading, content=content_of(files)), files=files)


def check_file(file: str, text: str | None) -> None:
    if not is_file_name(file):
        raise Refused("this is no name of a file of rules: `rules/NAME.yaml`", code="bad_file_name")
    if text is not None and UNSTORABLE.search(text):
        raise Refused("the text holds signs that cannot be stored", code="unstorable_text")


def read_reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > MOST_REASON or UNSTORABLE.search(text):
        raise Refused(f"reason: 1 to {MOST_REASON} characters are needed", code="bad_reason")
    return text

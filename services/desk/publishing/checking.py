"""Whether a draft may become public, in sentences for its author. Pure."""

from __future__ import annotations

from services.desk.publishing.draft import MOST_ANSWER, MOST_SUMMARY, Draft
from services.desk.publishing.personal import WORDS, find_personal
from shared.errors import Refused
from shared.sentences import sentence

MOST_REASON = 500
NOT_SEEN = "not_seen"
NOT_CHECKED = "not_checked"


def check_draft(draft: Draft, contacts: tuple[str, ...], *, seen: str, checked: bool) -> None:
    """Raises `Refused`: `draft_refused` with a sentence per field; `not_seen` when its author has not seen it like
    this in a preview; `not_checked` when something is marked in it that was not confirmed."""
    problems = draft_problems(draft, contacts)
    if problems:
        raise Refused(sentence("Belum diterbitkan: ada yang perlu diperbaiki."), code="draft_refused", fields=problems)
    if seen != draft.digest:
        said = sentence("Belum diterbitkan. Periksa pratinjaunya: begitulah warga akan membacanya.")
        raise Refused(said, code=NOT_SEEN)
    if not checked and any(find_personal(text, contacts) for text in (draft.summary, draft.answer)):
        said = sentence("Belum diterbitkan. Periksa bagian yang ditandai, lalu nyatakan bahwa sudah diperiksa.")
        raise Refused(said, code=NOT_CHECKED, fields={"checked": sentence("Nyatakan bahwa Anda sudah memeriksanya.")})


def draft_problems(draft: Draft, contacts: tuple[str, ...]) -> dict[str, str]:
    """What keeps it from being published, by field, however often it is confirmed."""
    problems: dict[str, str] = {}
    if not any(sign.isprintable() and not sign.isspace() for sign in draft.summary):
        problems["summary"] = sentence("Tulis ringkasan untuk umum.")
    for name, text, most in (("summary", draft.summary, MOST_SUMMARY), ("answer", draft.answer, MOST_ANSWER)):
        certain = [finding for finding in find_personal(text, contacts) if finding.certain]
        if len(text) > most:
            problems[name] = sentence("Paling panjang %(most)s huruf.", most=most)
        elif certain:
            problems[name] = sentence("Masih memuat %(what)s. Hapus dulu.", what=WORDS[certain[0].what])
    return problems


def check_reason(reason: str, *, required: bool) -> str:
    """On one line. Raises `Refused`."""
    reason = " ".join(reason.split())
    problem = ""
    if required and not reason:
        problem = sentence("Tulis alasannya.")
    elif len(reason) > MOST_REASON:
        problem = sentence("Alasan paling panjang %(most)s huruf.", most=MOST_REASON)
    if problem:
        raise Refused(sentence("Belum dilakukan."), code="reason_refused", fields={"reason": problem})
    return reason

"""What happened to a case, in sentences for the people at the desk. Pure. An unknown act is shown as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.desk.cases.case import Happening
from services.desk.publishing.telling import SENTENCES as PUBLISHING
from services.desk.sending.wording import OUTCOMES, delivery_reason, message_name
from services.desk.wording import ADDITIONS, ARCHIVED, CHANNELS, CLOCKS, ROLES, TRIAGE_REASONS, recipient
from shared.contracts.case import BY_RULES
from shared.sentences import sentence

_REASONED = frozenset(
    {"assigned", "contact", "closed", "archived", "merged", "returned", "resumed", "reopened", "copied"}
    | {"published", "publication_changed", "unpublished", "publication_passed"}
)


def happening(event: Happening) -> str:
    """One sentence for the timeline."""
    say = _SENTENCES.get(event.act)
    return say(event.data, event) if say else event.act


def note(event: Happening) -> str:
    """What stands below it: a person's reason, or the reason code of a delivery that did not arrive."""
    if event.act in _REASONED and event.note:
        return sentence("Alasan: %(reason)s", reason=event.note)
    if event.act == "reassessed":
        return _why_reassessed(event.data)
    if event.act == "unrouted":
        return TRIAGE_REASONS.get(event.note, event.note)
    ended_badly = event.act == "delivery" and event.data.get("outcome") in ("failed", "skipped", "uncertain")
    return sentence("Sebab: %(reason)s", reason=delivery_reason(event.note)) if ended_badly else ""


def _why_reassessed(data: Mapping[str, Any]) -> str:
    rules = ", ".join(str(rule) for rule in data.get("rules", ()))
    if rules:
        return sentence("Aturan: %(rules)s", rules=rules)
    return TRIAGE_REASONS.get(str(data.get("reason")), "")


def _routed(data: Mapping[str, Any], _event: Happening) -> str:
    agency = str(data.get("agency"))
    if data.get("outcome") == "emergency":
        return sentence("Keadaan darurat: langsung diteruskan ke %(agency)s oleh aturan", agency=agency)
    return sentence("Diteruskan ke %(agency)s oleh aturan", agency=agency)


def _unrouted(_data: Mapping[str, Any], _event: Happening) -> str:
    return sentence("Diserahkan kepada koordinator untuk diputuskan")


def _assigned(data: Mapping[str, Any], event: Happening) -> str:
    to = {"agency": str(data.get("agency")), "who": _who(data, event)}
    if data.get("external"):
        return sentence("Dirujuk ke %(agency)s, di luar pemerintah kota, oleh %(who)s", **to)
    if data.get("before"):
        return sentence("Diserahkan dari %(before)s ke %(agency)s oleh %(who)s", before=str(data["before"]), **to)
    return sentence("Diserahkan ke %(agency)s oleh %(who)s", **to)


def _added(data: Mapping[str, Any], _event: Happening) -> str:
    said = {
        "what": ADDITIONS.get(str(data.get("what")), ADDITIONS["addition"]),
        "channel": _channel(data),
        "number": str(data.get("number")),
    }
    if data.get("photos"):
        photos = int(data["photos"])
        return sentence(
            "%(what)s lewat %(channel)s (tambahan ke-%(number)s), dengan %(photos)s foto", photos=photos, **said
        )
    return sentence("%(what)s lewat %(channel)s (tambahan ke-%(number)s)", **said)


def _entered(data: Mapping[str, Any], event: Happening) -> str:
    return sentence("Dicatat untuk warga lewat %(channel)s oleh %(who)s", channel=_channel(data), who=_who(data, event))


def _followed(data: Mapping[str, Any], _event: Happening) -> str:
    said = {"channel": _channel(data), "ticket": str(data.get("ticket"))}
    return sentence("Warga lain ikut melapor lewat %(channel)s, tiket %(ticket)s", **said)


def _reassessed(data: Mapping[str, Any], _event: Happening) -> str:
    if data.get("thought"):
        thought = str(data["thought"])
        return sentence("Aturan menilai ulang setelah tambahan: sekarang menunjuk %(agency)s", agency=thought)
    return sentence("Aturan menilai ulang setelah tambahan: belum menunjuk instansi")


def _lapsed(_data: Mapping[str, Any], _event: Happening) -> str:
    return sentence("Pelapor tidak menjawab pertanyaan pada tanda terima sampai batas waktunya")


def _acknowledged(data: Mapping[str, Any], event: Happening) -> str:
    return sentence("Dibuka di %(agency)s oleh %(who)s", agency=str(data.get("agency")), who=_who(data, event))


def _answered(data: Mapping[str, Any], event: Happening) -> str:
    number = str(data.get("number"))
    return sentence("Jawaban ke-%(number)s untuk pelapor oleh %(who)s", number=number, who=_who(data, event))


def _closed(data: Mapping[str, Any], event: Happening) -> str:
    if event.role == "system":
        return sentence("Ditutup sendiri: pelapor tidak membalas jawaban sampai batas waktunya")
    return sentence("Ditutup oleh %(who)s", who=_who(data, event))


def _asked(data: Mapping[str, Any], event: Happening) -> str:
    number = str(data.get("number"))
    return sentence("Pertanyaan ke-%(number)s kepada pelapor oleh %(who)s", number=number, who=_who(data, event))


def _resumed(data: Mapping[str, Any], event: Happening) -> str:
    if event.role == "citizen":
        return sentence("Dilanjutkan: pelapor sudah menjawab")
    return sentence("Dilanjutkan tanpa jawaban pelapor oleh %(who)s", who=_who(data, event))


def _withdrawn(_data: Mapping[str, Any], _event: Happening) -> str:
    return sentence("Dianggap dicabut: pelapor tidak menjawab sampai batas waktunya")


def _returned(data: Mapping[str, Any], event: Happening) -> str:
    said = {"agency": str(data.get("agency")), "who": _who(data, event)}
    if data.get("suggested"):
        return sentence(
            "Dikembalikan oleh %(agency)s (%(who)s); yang diusulkan: %(suggested)s",
            suggested=str(data["suggested"]), **said,
        )  # fmt: skip
    return sentence("Dikembalikan oleh %(agency)s (%(who)s): bukan wewenangnya", **said)


def _archived(data: Mapping[str, Any], event: Happening) -> str:
    why = ARCHIVED.get(str(data.get("why")), str(data.get("why")))
    return sentence("Diarsipkan (%(why)s) oleh %(who)s", why=why, who=_who(data, event))


def _merged(data: Mapping[str, Any], event: Happening) -> str:
    into = str(data.get("into_ticket"))
    return sentence("Digabungkan ke laporan %(ticket)s oleh %(who)s", ticket=into, who=_who(data, event))


def _split(data: Mapping[str, Any], event: Happening) -> str:
    said = {"number": str(data.get("number")), "who": _who(data, event)}
    return sentence("Bagian ke-%(number)s dipisahkan menjadi laporan sendiri oleh %(who)s", **said)


def _copied(data: Mapping[str, Any], event: Happening) -> str:
    return sentence("Tembusan untuk %(agency)s dari %(who)s", agency=str(data.get("agency")), who=_who(data, event))


def _noted(data: Mapping[str, Any], event: Happening) -> str:
    return sentence("Catatan dari %(who)s", who=_who(data, event))


def _referenced(data: Mapping[str, Any], event: Happening) -> str:
    said = {"system": str(data.get("system")).upper(), "who": _who(data, event)}
    if data.get("number"):
        return sentence("Nomor %(system)s dicatat oleh %(who)s: %(number)s", number=str(data["number"]), **said)
    return sentence("Nomor %(system)s dihapus oleh %(who)s", **said)


def _escalated(data: Mapping[str, Any], _event: Happening) -> str:
    clock = CLOCKS.get(str(data.get("clock")), str(data.get("clock")))
    rung = ROLES.get(str(data.get("rung")), str(data.get("rung")))
    return sentence("Tenggat %(clock)s: diberitahukan kepada %(rung)s", clock=clock, rung=rung)


def _recounted(data: Mapping[str, Any], _event: Happening) -> str:
    clock = CLOCKS.get(str(data.get("clock")), str(data.get("clock")))
    return sentence("Tenggat %(clock)s dihitung ulang karena kalender berubah", clock=clock)


def _taken_over(_data: Mapping[str, Any], _event: Happening) -> str:
    return sentence("Diambil alih dari versi sebelumnya")


def _erased(data: Mapping[str, Any], _event: Happening) -> str:
    told = _ERASED.get(str(data.get("part")), {})
    return told.get(str(data.get("reason")), str(data.get("part")))


def _reopened(data: Mapping[str, Any], event: Happening) -> str:
    if event.role == "citizen":
        return sentence("Dibuka lagi karena pelapor menyatakan belum selesai")
    return sentence("Dibuka lagi oleh %(who)s", who=_who(data, event))


def _rated(data: Mapping[str, Any], _event: Happening) -> str:
    score = str(data.get("score"))
    return sentence("Pelapor memberi nilai %(score)s dari 5 lewat %(channel)s", score=score, channel=_channel(data))


def _contact(data: Mapping[str, Any], event: Happening) -> str:
    return sentence("Kontak pelapor diminta oleh %(who)s", who=_who(data, event))


def _delivery(data: Mapping[str, Any], _event: Happening) -> str:
    said = {
        "message": message_name(str(data.get("message"))),
        "recipient": recipient(str(data.get("recipient"))),
        "outcome": OUTCOMES.get(str(data.get("outcome")), str(data.get("outcome"))),
    }
    if data.get("channel") in ("none", "any"):
        return sentence("%(message)s untuk %(recipient)s: %(outcome)s", **said)
    return sentence("%(message)s untuk %(recipient)s lewat %(channel)s: %(outcome)s", channel=_channel(data), **said)


def _channel(data: Mapping[str, Any]) -> str:
    return CHANNELS.get(str(data.get("channel")), str(data.get("channel")))


def _who(data: Mapping[str, Any], event: Happening) -> str:
    if event.role == BY_RULES:
        return sentence("aturan")
    role = ROLES.get(event.role, event.role)
    return sentence("%(name)s (%(role)s)", name=str(data.get("name") or event.actor), role=role)


_ERASED: Mapping[str, Mapping[str, str]] = {
    "text": {
        "request": sentence("Isi laporan, jawaban, dan catatannya dihapus atas permintaan pelapor"),
        "retention": sentence("Isi laporan, jawaban, dan catatannya dihapus karena masa simpannya lewat"),
    },
    "contact": {
        "request": sentence("Kontak pelapor dihapus atas permintaannya"),
        "retention": sentence("Kontak pelapor dihapus karena masa simpannya lewat"),
    },
    "photos": {
        "request": sentence("Foto dihapus atas permintaan pelapor"),
        "retention": sentence("Foto dihapus karena masa simpannya lewat"),
    },
}
_SENTENCES: Mapping[str, Callable[[Mapping[str, Any], Happening], str]] = {
    "routed": _routed, "unrouted": _unrouted, "assigned": _assigned, "delivery": _delivery, "contact": _contact,
    "added": _added, "entered": _entered, "followed": _followed, "reassessed": _reassessed, "lapsed": _lapsed,
    "acknowledged": _acknowledged, "answered": _answered, "closed": _closed, "reopened": _reopened, "rated": _rated,
    "asked": _asked, "resumed": _resumed, "withdrawn": _withdrawn, "returned": _returned, "archived": _archived,
    "merged": _merged, "split": _split, "copied": _copied, "noted": _noted, "referenced": _referenced,
    "escalated": _escalated, "recounted": _recounted, "taken_over": _taken_over, "erased": _erased,
    **PUBLISHING,
}  # fmt: skip

"""What happened to a case, in sentences for the people at the desk. Pure. An unknown act is shown as it is."""

from __future__ import annotations

from typing import Any

from services.desk.cases.case import Happening
from services.desk.sending.wording import OUTCOMES, delivery_reason, message_name
from services.desk.wording import ADDITIONS, CHANNELS, ROLES, TRIAGE_REASONS, recipient
from shared.contracts.case import BY_RULES


def happening(event: Happening) -> str:
    """One sentence for the timeline."""
    sentences = {
        "routed": _routed,
        "unrouted": _unrouted,
        "assigned": _assigned,
        "delivery": _delivery,
        "contact": _contact,
        "added": _added,
        "followed": _followed,
        "reassessed": _reassessed,
        "lapsed": _lapsed,
        "acknowledged": _acknowledged,
        "answered": _answered,
        "closed": _closed,
        "reopened": _reopened,
        "rated": _rated,
    }
    sentence = sentences.get(event.act)
    return sentence(event.data, event) if sentence else event.act


def note(event: Happening) -> str:
    """What stands below it: a person's reason, or the reason code of a delivery that did not arrive."""
    if event.act in ("assigned", "contact") or (event.act == "closed" and event.note):
        return f"Alasan: {event.note}"
    if event.act == "reassessed":
        return _why_reassessed(event.data)
    if event.act == "unrouted":
        return TRIAGE_REASONS.get(event.note, event.note)
    ended_badly = event.act == "delivery" and event.data.get("outcome") in ("failed", "skipped", "uncertain")
    return f"Sebab: {delivery_reason(event.note)}" if ended_badly else ""


def _why_reassessed(data: dict[str, Any]) -> str:
    rules = ", ".join(str(rule) for rule in data.get("rules", ()))
    return f"Aturan: {rules}" if rules else TRIAGE_REASONS.get(str(data.get("reason")), "")


def _routed(data: dict[str, Any], _event: Happening) -> str:
    urgent = "Keadaan darurat: langsung diteruskan" if data.get("outcome") == "emergency" else "Diteruskan"
    return f"{urgent} ke {data.get('agency')} oleh aturan"


def _unrouted(_data: dict[str, Any], _event: Happening) -> str:
    return "Diserahkan kepada koordinator untuk diputuskan"


def _assigned(data: dict[str, Any], event: Happening) -> str:
    before = f" dari {data['before']}" if data.get("before") else ""
    return f"Diserahkan{before} ke {data.get('agency')} oleh {_who(data, event)}"


def _added(data: dict[str, Any], _event: Happening) -> str:
    by = CHANNELS.get(str(data.get("channel")), str(data.get("channel")))
    sentence = ADDITIONS.get(str(data.get("what")), ADDITIONS["addition"])
    photos = f", dengan {data['photos']} foto" if data.get("photos") else ""
    return f"{sentence} lewat {by} (tambahan ke-{data.get('number')}){photos}"


def _followed(data: dict[str, Any], _event: Happening) -> str:
    by = CHANNELS.get(str(data.get("channel")), str(data.get("channel")))
    return f"Warga lain ikut melapor lewat {by}, tiket {data.get('ticket')}"


def _reassessed(data: dict[str, Any], _event: Happening) -> str:
    thought = data.get("thought")
    verdict = f"sekarang menunjuk {thought}" if thought else "belum menunjuk instansi"
    return f"Aturan menilai ulang setelah tambahan: {verdict}"


def _lapsed(_data: dict[str, Any], _event: Happening) -> str:
    return "Pelapor tidak menjawab pertanyaan kami sampai batas waktunya; laporan dianggap dicabut"


def _acknowledged(data: dict[str, Any], event: Happening) -> str:
    return f"Dibuka di {data.get('agency')} oleh {_who(data, event)}"


def _answered(data: dict[str, Any], event: Happening) -> str:
    return f"Jawaban ke-{data.get('number')} untuk pelapor oleh {_who(data, event)}"


def _closed(data: dict[str, Any], event: Happening) -> str:
    return f"Ditutup oleh {_who(data, event)}"


def _reopened(_data: dict[str, Any], _event: Happening) -> str:
    return "Dibuka lagi karena pelapor menyatakan belum selesai"


def _rated(data: dict[str, Any], _event: Happening) -> str:
    by = CHANNELS.get(str(data.get("channel")), str(data.get("channel")))
    return f"Pelapor memberi nilai {data.get('score')} dari 5 lewat {by}"


def _contact(data: dict[str, Any], event: Happening) -> str:
    return f"Kontak pelapor diminta oleh {_who(data, event)}"


def _delivery(data: dict[str, Any], _event: Happening) -> str:
    message = message_name(str(data.get("message")))
    channel = str(data.get("channel"))
    by = "" if channel in ("none", "any") else f" lewat {CHANNELS.get(channel, channel)}"
    outcome = OUTCOMES.get(str(data.get("outcome")), str(data.get("outcome")))
    return f"{message} untuk {recipient(str(data.get('recipient')))}{by}: {outcome}"


def _who(data: dict[str, Any], event: Happening) -> str:
    if event.role == BY_RULES:
        return "aturan"
    return f"{data.get('name') or event.actor} ({ROLES.get(event.role, event.role).lower()})"

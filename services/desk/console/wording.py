"""What signs say in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from services.desk.sending.wording import delivery_reason
from services.desk.wording import CHANNELS
from shared.sentences import sentence
from shared.thresholds import DATABASE_MOST_SECONDS, OK, PROBLEM, UNKNOWN, WARNING
from shared.vitals.sign import Fact, Sign

STATES = {
    OK: sentence("baik"),
    WARNING: sentence("perlu perhatian"),
    PROBLEM: sentence("rusak"),
    UNKNOWN: sentence("tidak diketahui"),
}
SERVICES = {
    "intake": sentence("Penerimaan"),
    "mail": sentence("Penerimaan surel"),
    "router": sentence("Penerusan"),
    "notifier": sentence("Pengiriman"),
    "desk": sentence("Meja kerja"),
    "reconcile": sentence("Pemeriksaan silang"),
    "backup": sentence("Cadangan"),
}


def subject(sign: Sign) -> str:
    """What the sign is about, where its name does not tell: a service, a channel, a folder."""
    return {**SERVICES, **CHANNELS}.get(sign.about, sign.about)


def span(seconds: float) -> str:
    """How long, in as few words as it takes."""
    whole = int(seconds)
    if whole < 60:
        return sentence("%(number)s detik", number=whole)
    if whole < 3_600:
        return sentence("%(number)s menit", number=whole // 60)
    if whole < 2 * 86_400:
        return sentence("%(number)s jam", number=whole // 3_600)
    return sentence("%(number)s hari", number=whole // 86_400)


def moment(told: str) -> datetime:
    """A fact that is one."""
    return datetime.fromisoformat(told)


def detail(sign: Sign) -> str:
    """The figures of a sign; empty where its state says it all."""
    say = _DETAILS.get(sign.name)
    if sign.value is None or say is None:
        return problem(sign)
    return say(sign, sign.value)


def problem(sign: Sign) -> str:
    """The code of what went wrong, in words where they are known."""
    code = str(sign.facts.get("problem", ""))
    return _PROBLEMS.get(code, code)


_PROBLEMS = {
    "no_answer": sentence("tidak ada jawaban"),
    "service_away": sentence("tidak menjawab"),
    "database": sentence("basis data tidak menjawab"),
    "unreadable": sentence("jawabannya tidak dapat dibaca"),
    "mailbox_login": sentence("server surel menolak nama atau sandi kita"),
    "mailbox_away": sentence("server surel tidak menjawab"),
    "not_configured": sentence("tidak diatur"),
}


_FEW_BYTES = 10e9


def _number(sign: Sign, name: str) -> int:
    return int(sign.facts.get(name, 0))


def _database(sign: Sign, seconds: float) -> str:
    if seconds >= DATABASE_MOST_SECONDS:
        return sentence("tidak menjawab")
    return sentence("menjawab dalam %(number)s milidetik", number=round(seconds * 1000))


def _relay(sign: Sign, seconds: float) -> str:
    waiting = _number(sign, "waiting")
    if not waiting:
        return sentence("tidak ada yang menunggu")
    return sentence("%(number)s menunggu, yang tertua %(age)s", number=waiting, age=span(seconds))


def in_inbox(sign: Sign, state: str) -> int:
    """How many of the messages are in that state, whatever their queue."""
    return sum(int(number) for name, number in sign.facts.items() if name.endswith(f" {state}"))


def _inbox(sign: Sign, seconds: float) -> str:
    trying, retrying = in_inbox(sign, "trying"), in_inbox(sign, "retrying")
    if not trying and not retrying:
        return sentence("tidak ada yang menunggu")
    return sentence(
        "%(trying)s diolah, %(retrying)s akan dicoba lagi, terlambat %(age)s",
        trying=trying, retrying=retrying, age=span(seconds),
    )  # fmt: skip


def _service(sign: Sign, _value: float) -> str:
    if sign.facts.get("stopped"):
        return sentence("%(number)s proses berhenti tanpa pamit", number=_number(sign, "stopped"))
    if sign.facts.get("ended_at"):
        return sentence("dihentikan")
    return problem(sign)


def _gateway(sign: Sign, value: float) -> str:
    if sign.state == OK:
        return str(sign.facts.get("via", ""))
    return delivery_reason(str(sign.facts.get("problem", "")))


def _disk(sign: Sign, ratio: float) -> str:
    share, free = f"{ratio:.0%}", float(sign.facts.get("free_bytes", 0))
    if free < _FEW_BYTES:
        return sentence("%(share)s bebas (%(size)s MB)", share=share, size=int(free / 1e6))
    return sentence("%(share)s bebas (%(size)s GB)", share=share, size=int(free / 1e9))


def _deadlines(sign: Sign, _value: float) -> str:
    return sentence(
        "%(overdue)s lewat, %(soon)s jatuh tempo dalam satu hari kerja",
        overdue=_number(sign, "overdue"), soon=_number(sign, "soon"),
    )  # fmt: skip


def _clock(sign: Sign, seconds: float) -> str:
    if sign.state == OK:
        return sentence("tepat")
    if sign.facts.get("against") == "jump":
        return sentence("melompat %(age)s sejak proses dimulai", age=span(seconds))
    return sentence("berbeda %(age)s dari %(other)s", age=span(seconds), other=_against(sign.facts))


def _against(facts: Mapping[str, Fact]) -> str:
    other = str(facts.get("against", ""))
    return _PEERS.get(other, SERVICES.get(other, other))


_PEERS = {"database": sentence("jam basis data")}


def _certificate(_sign: Sign, seconds: float) -> str:
    if seconds <= 0:
        return sentence("sudah berakhir")
    return sentence("berlaku %(age)s lagi", age=span(seconds))


def _age(_sign: Sign, seconds: float) -> str:
    return sentence("%(age)s yang lalu", age=span(seconds))


def _messages(_sign: Sign, value: float) -> str:
    return sentence("%(number)s pesan", number=int(value))


def _found(_sign: Sign, value: float) -> str:
    return sentence("%(number)s ditemukan", number=int(value))


def _reconcile(sign: Sign, value: float) -> str:
    return sentence("%(number)s selisih pada pemeriksaan terakhir", number=int(value))


def _versions(sign: Sign, _value: float) -> str:
    return ", ".join(sorted({str(version) for version in sign.facts.values()}))


_DETAILS: Mapping[str, Callable[[Sign, float], str]] = {
    "database": _database,
    "relay": _relay,
    "inbox": _inbox,
    "service": _service,
    "gateway": _gateway,
    "disk": _disk,
    "deadlines": _deadlines,
    "clock": _clock,
    "certificate": _certificate,
    "audit": _age,
    "backup": _age,
    "dead": _messages,
    "destinations": _found,
    "alerts": _found,
    "reconcile": _reconcile,
    "versions": _versions,
}

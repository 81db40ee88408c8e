"""What is wrong when a sign is not well, where the runbook tells of it, and what to type. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.sentences import sentence
from shared.vitals.sign import Sign


@dataclass(frozen=True)
class Help:
    """`label` names the thing, `trouble` says what is wrong with it; `anchor` is the heading of the runbook.

    `command` is a command of `tanggap` where it begins so, else one of the shell; `{about}` is the sign's subject.
    """

    label: str
    trouble: str
    anchor: str
    command: str
    in_stack: str = ""
    """What helps instead where the services run as containers."""


HELP: Mapping[str, Help] = {
    "broker": Help(
        sentence("Perantara pesan"), sentence("Perantara pesan (RabbitMQ) tidak menjawab"), "broker-down",
        "tanggap doctor", "docker compose restart rabbitmq",
    ),
    "database": Help(
        sentence("Basis data"), sentence("Basis data lambat atau tidak menjawab"), "database-slow",
        "tanggap doctor", "docker compose logs --tail 50 postgres",
    ),
    "relay": Help(
        sentence("Pesan keluar"), sentence("Pesan tertahan sebelum sampai ke layanan lain"), "relay-stopped",
        "tanggap queues",
    ),
    "inbox": Help(
        sentence("Pesan masuk"), sentence("Pesan terlambat diolah"), "inbox-waiting", "tanggap queues",
    ),
    "service": Help(
        sentence("Layanan"), sentence("Layanan berhenti"), "service-down", "tanggap doctor",
        "docker compose restart {about}",
    ),
    "mailbox": Help(
        sentence("Kotak surat"), sentence("Kotak surat tidak dapat dibaca"), "mailbox-refused", "tanggap doctor",
        "docker compose logs --tail 50 mail",
    ),
    "gateway": Help(
        sentence("Saluran keluar"), sentence("Saluran keluar menolak pesan"), "channel-refused",
        "tanggap deliveries destinations",
    ),
    "disk": Help(sentence("Ruang simpan"), sentence("Ruang simpan hampir penuh"), "disk-nearly-full", "df -h {about}"),
    "dead": Help(sentence("Pesan gagal"), sentence("Ada pesan yang tidak dapat diolah"), "dead-letters",
                 "tanggap dead list"),
    "deadlines": Help(
        sentence("Tenggat"), sentence("Ada tenggat yang lewat atau segera jatuh tempo"), "deadline-breaking",
        "tanggap trace",
    ),
    "rules": Help(
        sentence("Aturan"), sentence("Aturan terbaru tidak dapat dipakai; aturan lama tetap berlaku"),
        "rules-rejected", "tanggap rules status",
    ),
    "clock": Help(sentence("Jam"), sentence("Jam mesin tidak tepat"), "clock-off", "timedatectl status"),
    "certificate": Help(
        sentence("Sertifikat"), sentence("Sertifikat segera berakhir atau tidak dapat dibaca"), "certificate-ending",
        "tanggap doctor",
    ),
    "destinations": Help(
        sentence("Tujuan instansi"), sentence("Ada instansi yang tidak terjangkau"), "destinations-away",
        "tanggap deliveries destinations",
    ),
    "alerts": Help(
        sentence("Peringatan pengiriman"), sentence("Ada peringatan pengiriman"), "alerts-open",
        "tanggap deliveries alerts",
    ),
    "audit": Help(
        sentence("Segel catatan tindakan"), sentence("Catatan tindakan belum disegel"), "audit-unsealed",
        "tanggap audit verify",
    ),
    "versions": Help(
        sentence("Versi"), sentence("Tidak semua proses memakai versi yang sama"), "versions-differ",
        "tanggap doctor", "docker compose up -d --wait",
    ),
    "reconcile": Help(
        sentence("Pemeriksaan silang"), sentence("Pemeriksaan silang menemukan selisih"), "what-reconcile-finds",
        "tanggap reconcile --repair",
    ),
    "backup": Help(
        sentence("Cadangan terakhir"), sentence("Cadangan terakhir sudah lama"), "backup-and-restore", "tanggap backup",
        "docker compose run --rm backup",
    ),
    "vitals": Help(
        sentence("Halaman ini"), sentence("Halaman ini tidak diperbarui lagi"), "signs-missing", "tanggap doctor",
        "docker compose restart desk",
    ),
}  # fmt: skip
_OTHER = Help(sentence("Lainnya"), sentence("Pemeriksaan tidak berhasil"), "runbook", "tanggap doctor")


def helping(name: str) -> Help:
    return HELP.get(name, _OTHER)


def command(sign: Sign, *, stack: bool) -> str:
    """To be typed on the machine."""
    found = helping(sign.name)
    text = (found.in_stack if stack and found.in_stack else found.command).replace("{about}", sign.about)
    return text.replace("tanggap ", "docker compose run --rm operator ", 1) if stack else text

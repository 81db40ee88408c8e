"""Checks of what is around: the broker with its queues, the embedded process, the data folder, certificates."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from services.operations.finding import Finding, problem, unseen, warning, well
from services.operations.installation import Location
from shared.certificates import UnreadableCertificate, ends_at
from shared.clock import Clock
from shared.errors import TanggapError
from shared.messaging.pika_admin import PikaAdmin
from shared.messaging.topology import EXCHANGES, QUEUES
from shared.thresholds import CERTIFICATE_SECONDS, DISK_FREE_BYTES

_CERTIFICATE_OPTIONS = ("sslrootcert", "sslcert", "ca_certs", "cafile", "cacertfile", "certfile")


def check_broker(location: Location) -> list[Finding]:
    broker = PikaAdmin(location.broker_url)
    try:
        version = broker.version()
        missing = [f"exchange {name}" for name in broker.missing_exchanges(list(EXCHANGES))]
        depths = broker.depths([name for queue in QUEUES for name in (queue.name, queue.dead)])
    except TanggapError as error:
        return [unseen("broker", error.message, "start RabbitMQ, or mend TANGGAP_BROKER_URL")]
    found = [well("broker", f"RabbitMQ {version} at {broker.address}")]
    missing += [f"queue {name}" for name, depth in depths.items() if depth is None]
    if missing:
        found.append(problem("topology", f"missing: {', '.join(missing)}", "run `tanggap migrate`"))
    else:
        found.append(well("topology", f"{len(QUEUES)} queues and their dead queues"))
    idle = sorted({queue.owner for queue in QUEUES if (depth := depths[queue.name]) and depth.consumers == 0})
    if idle:
        runs = ", ".join(f"`tanggap run {owner}`" for owner in idle)
        found.append(warning("consumers", f"nobody takes the messages for {', '.join(idle)}", f"start {runs}"))
    else:
        found.append(well("consumers", "every queue has one"))
    return found


def check_process(location: Location) -> list[Finding]:
    """Read from the kernel's list of locks: trying the lock could stop a process that is just starting."""
    lock = location.data / "tanggap.lock"
    try:
        inode, held = lock.stat().st_ino, Path("/proc/locks").read_text(encoding="ascii")
    except FileNotFoundError:
        return [warning("process", f"nothing has run on {location.data} yet", "start it: tanggap up --data DIR")]
    except OSError:
        return []
    holders = [line.split()[4] for line in held.splitlines() if line.split()[5:6] and _inode(line) == inode]
    if holders:
        return [well("process", f"`tanggap up` runs on {location.data} (process {holders[0]})")]
    return [warning("process", "not running: nothing is routed", f"start it: tanggap up --data {location.data}")]


def check_data(location: Location) -> list[Finding]:
    name, data = "data folder", location.data
    if not data.is_dir():
        todo = "name it with --data or TANGGAP_DATA"
        return [warning(name, f"{data} does not exist", todo)]
    try:
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        return [problem(name, f"{data} cannot be written: {error.strerror}", "give the service's user the right to")]
    free = shutil.disk_usage(data).free
    saw = f"{data}, writable, {free / 1e9:.1f} GB free"
    if free < DISK_FREE_BYTES.problem:
        return [problem(name, saw, "free some space now: nothing more can be accepted on a full disk")]
    if free < DISK_FREE_BYTES.warning:
        return [warning(name, saw, "free some space")]
    return [well(name, saw)]


def check_certificates(location: Location, clock: Clock) -> list[Finding]:
    """The stack's own, and those that URLs name as files. Nothing is said of a machine's bundle of authorities."""
    found = []
    for path in sorted(set(_certificate_files(location))):
        name = f"certificate {Path(path).name}"
        try:
            ends = ends_at(Path(path))
        except UnreadableCertificate as error:
            found.append(problem(name, f"{path} cannot be read: {error}", "mend the path in the URL"))
            continue
        if ends is None:
            continue
        saw = f"{path} is valid until {ends:%Y-%m-%d}"
        if ends <= clock.now():
            found.append(problem(name, f"{path} has expired on {ends:%Y-%m-%d}", "renew it"))
        elif (ends - clock.now()).total_seconds() < CERTIFICATE_SECONDS.warning:
            found.append(warning(name, saw, "renew it"))
        else:
            found.append(well(name, saw))
    return found


def _certificate_files(location: Location) -> Iterator[str]:
    own = Path("secrets/tls_certificate.pem")  # where `tanggap secrets` puts the stack's
    if own.is_file():
        yield str(own)
    for url in (location.broker_url, *location.urls.values()):
        for option, value in parse_qsl(urlsplit(url).query):
            if option in _CERTIFICATE_OPTIONS and value not in ("system",):
                yield value
            elif option == "ssl_options":  # pika's own form: a dictionary written as text
                yield from (part for part in value.split("'") if part.endswith((".pem", ".crt", ".cert")))


def _inode(line: str) -> int:
    """`1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF`: the last part of the sixth word."""
    return int(line.split()[5].rsplit(":", 1)[-1])

"""Free loopback ports, kept for one server: until it has bound its own, and while it is being restarted."""

import random
import socket
import threading
from pathlib import Path

# Below the kernel's range for outgoing connections: a client that keeps trying to reach a stopped server on a port of
# that range can be given that very port as its own, connect to itself, and keep the server from coming back.
FIRST_PORT = 10_240
LAST_PORT = 32_767
WELL_KNOWN = frozenset({11211, 15671, 15672, 15692, 25672, 27017})

_chance = random.SystemRandom()  # tests and hypothesis seed the common one
_claims: dict[int, socket.socket] = {}
_lock = threading.Lock()


def free_port() -> int:
    """A TCP port nobody listens on, never one that a default installation of a server would use.

    A port is handed out once per machine for as long as this process lives, so test workers that run side by side do
    not meet. It is not bound: some other program may still take it.

    Raises RuntimeError when no free port was found in a few hundred tries.
    """
    with _lock:
        for _ in range(500):
            port = _chance.randint(FIRST_PORT, _last_port())
            if port not in WELL_KNOWN and port not in _claims and _is_free(port) and _claim(port):
                return port
    raise RuntimeError(f"no free port between {FIRST_PORT} and {_last_port()}")


def _last_port() -> int:
    try:
        lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        return LAST_PORT
    return min(LAST_PORT, lowest_outgoing - 1) if lowest_outgoing > FIRST_PORT + 1_000 else LAST_PORT


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _claim(port: int) -> bool:
    """Hold a name in Linux's abstract socket namespace: other processes see it, and it ends with this process."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0tanggap-test-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims[port] = claim
    return True

"""What can befall a container of the stack, done by the engine. Each waits first until its container runs."""

import time
from collections.abc import Sequence
from contextlib import suppress

from docker.errors import APIError
from docker.models.containers import Container

from tests.compose.stack import SERVICES, STOP_SECONDS, Stack
from tests.support.eventually import eventually

CUT_FROM = {"proxy": "web"}  # the network that is cut; for all others the one behind
BROKER = "rabbitmq"
# What makes an alarm, and what rabbitmq.conf says.
_MEMORY = ("set_vm_memory_high_watermark", "absolute"), "1MB", "450MiB"
_DISK = ("set_disk_free_limit",), "1000000GB", "1GB"
_CONTROL_SECONDS = 60
_NEW_SECONDS = 180


def kill(stack: Stack, service: str, hold_seconds: float = 0.0) -> None:
    """SIGKILL. One of our services is brought back by its restart policy; the others lie dead for a while."""
    container = _running(stack, service)
    if service in SERVICES:
        kill_program(stack, service)
        return
    container.kill()
    time.sleep(hold_seconds)
    bring_back(container)


def kill_program(stack: Stack, service: str) -> None:
    """SIGKILL to the program, from inside; returns when the restart policy has brought the container back."""
    container = _running(stack, service)
    restarts = container.attrs["RestartCount"]
    container.exec_run(["sh", "-c", "kill -9 -1"])

    def came_back() -> bool:
        container.reload()
        return bool(int(container.attrs["RestartCount"]) > restarts)

    eventually(came_back, 30, every=0.1, describe=stack.describe)


def freeze(stack: Stack, service: str, hold_seconds: float) -> None:
    """Connections stay open, and nothing answers."""
    container = _running(stack, service)
    eventually(lambda: _frozen(container), 10, every=0.3)
    time.sleep(hold_seconds)
    bring_back(container)


def restart(stack: Stack, service: str, hold_seconds: float = 0.0) -> None:
    """An orderly stop, and a start; a broker or database that takes too long is cut off."""
    container = _running(stack, service)
    with suppress(APIError):  # the engine of a busy machine can miss that it ended
        container.stop(timeout=STOP_SECONDS)
    bring_back(container)


def bring_back(container: Container) -> None:
    """Running, whatever was done to it; no-op if it does."""

    def running() -> bool:
        container.reload()
        if container.status == "paused":
            container.unpause()
        elif container.status != "running":
            container.start()
        container.reload()
        return bool(container.status == "running")

    eventually(running, 60, every=0.5)


def cut(stack: Stack, service: str, hold_seconds: float) -> None:
    """Off its network, and back under its name with, perhaps, another address. Nobody is told: packets just vanish."""
    container = _running(stack, service)
    network = stack.client.networks.get(f"{stack.project}_{CUT_FROM.get(service, 'back')}")
    network.disconnect(container)
    time.sleep(hold_seconds)

    def connected() -> bool:
        container.reload()
        if network.name not in container.attrs["NetworkSettings"]["Networks"]:
            network.connect(container, aliases=[service])
        return True

    eventually(connected, 60, every=0.5)


def memory(stack: Stack, _service: str, hold_seconds: float) -> None:
    """The broker's alarm: it takes nothing more from publishers."""
    _alarm(stack, *_MEMORY, hold_seconds)


def disk(stack: Stack, _service: str, hold_seconds: float) -> None:
    """The same for want of disk."""
    _alarm(stack, *_DISK, hold_seconds)


def deploy(stack: Stack, _service: str, _hold_seconds: float) -> None:
    """Each service made anew, as for another version: one after the other, as soon as the one before is healthy."""
    for service in SERVICES:
        stack.compose("up", "-d", "--no-deps", "--force-recreate", service)
        stack.await_healthy(service, deadline_seconds=_NEW_SECONDS)


BY_KIND = {
    "kill": kill, "freeze": freeze, "restart": restart, "cut": cut, "memory": memory, "disk": disk, "deploy": deploy,
}  # fmt: skip


def _alarm(stack: Stack, command: Sequence[str], tight: str, usual: str, hold_seconds: float) -> None:
    _control(stack, *command, tight)
    try:
        time.sleep(hold_seconds)
    finally:
        _control(stack, *command, usual)


def _control(stack: Stack, *command: str) -> None:
    """A broker that is only just coming back does not listen yet."""
    eventually(
        lambda: stack.run(BROKER, "rabbitmqctl", "-q", *command)[0] == 0, _CONTROL_SECONDS, every=0.5,
        describe=stack.describe,
    )  # fmt: skip


def _frozen(container: Container) -> bool:
    """The engine now and then cannot ("unable to freeze") while a container starts programs: then it is asked again."""
    container.reload()
    if container.status != "paused":
        container.pause()
    return True


def _running(stack: Stack, service: str) -> Container:
    def running() -> Container | None:
        container = stack.containers()[service]
        return container if container.status == "running" else None

    return eventually(running, 60, every=0.2, describe=stack.describe)  # type: ignore[return-value]

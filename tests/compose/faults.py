"""What can befall a container of the stack, done by the engine. Each waits first until its container runs."""

import time

from docker.models.containers import Container

from tests.compose.stack import SERVICES, STOP_SECONDS, Stack
from tests.support.eventually import eventually

CUT_FROM = {"proxy": "web"}  # the network that is cut; for all others the one behind


def kill(stack: Stack, service: str, hold_seconds: float = 0.0) -> None:
    """SIGKILL. One of our services is brought back by its restart policy; the others lie dead for a while."""
    container = _running(stack, service)
    if service in SERVICES:
        kill_program(stack, service)
        return
    container.kill()
    time.sleep(hold_seconds)
    container.start()


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
    container.unpause()


def restart(stack: Stack, service: str, hold_seconds: float = 0.0) -> None:
    """An orderly stop, and a start; a broker or database that takes too long is cut off."""
    _running(stack, service).restart(timeout=STOP_SECONDS)


def cut(stack: Stack, service: str, hold_seconds: float) -> None:
    """Off its network, and back under its name with, perhaps, another address. Nobody is told: packets just vanish."""
    container = _running(stack, service)
    network = stack.client.networks.get(f"{stack.project}_{CUT_FROM.get(service, 'back')}")
    network.disconnect(container)
    time.sleep(hold_seconds)
    network.connect(container, aliases=[service])


BY_KIND = {"kill": kill, "freeze": freeze, "restart": restart, "cut": cut}


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

"""Starts again whatever has died."""

import threading

from tests.support.processes import Process
from tests.support.system import System


class Supervisor:
    """Starts again whatever has died, as a container engine would."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.restarts = 0

    def __enter__(self) -> "Supervisor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            for process in self._system.processes.values():
                with self._lock:
                    if not process.alive:
                        process.kill9()  # takes the end of one that died by itself into account
                        process.start()
                        self.restarts += 1

    def kill(self, process: Process) -> None:
        with self._lock:
            process.kill9()

    def replace(self, process: Process, seconds: float) -> None:
        """An orderly end and a new start, as for another version. Raises TimeoutError when it had to be killed."""
        with self._lock:
            if not process.alive:
                return
            try:
                process.terminate(seconds)
            finally:
                process.start()

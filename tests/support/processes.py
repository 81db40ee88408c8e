"""A real program under test: started, watched, frozen, killed. Ends only what it started itself (Linux only)."""

import atexit
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.support import crash_guard, process_table
from tests.support.eventually import eventually

_running: dict[int, "Process"] = {}
_owner = os.getpid()


class Process:
    """One program with everything it starts, in a session of its own, its output in a log file.

    It may be started again after it ended; the log goes on. As a context manager it is started and, at the end, killed.
    What a test leaves running is killed when Python ends, also if Python itself is killed.
    """

    def __init__(
        self,
        args: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        name: str | None = None,
    ) -> None:
        self.args = [str(arg) for arg in args]
        self.log = log
        self.env = None if env is None else dict(env)
        self.cwd = cwd
        self.name = name or Path(self.args[0]).name
        self.returncode: int | None = None
        self.paused = False
        self._popen: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def start(self) -> Self:
        """Raises RuntimeError if it is running already, OSError if there is no such program."""
        if self._popen is not None:
            raise RuntimeError(f"{self.name} has been started and not ended")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._popen = subprocess.Popen(
                self.args,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
            )
        self.returncode, self.paused = None, False
        crash_guard.watch_group(self._popen.pid)
        _running[self._popen.pid] = self
        return self

    @property
    def pid(self) -> int:
        """Raises RuntimeError when it is not started, or has been ended."""
        if self._popen is None:
            raise RuntimeError(f"{self.name} is not running (last exit code {self.returncode})")
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the program itself runs (also when frozen); it may have ended without anyone having asked it to."""
        return self._popen is not None and not self._has_exited()

    def family(self) -> list[process_table.Row]:
        """The program and all it started that is alive; empty once it has been ended."""
        return [] if self._popen is None else process_table.family(self._popen.pid)

    def pause(self) -> None:
        """Freeze the whole family (SIGSTOP): its connections stay open and nothing answers."""
        stopped: set[int] = set()
        while fresh := {row.pid for row in self.family()} - stopped:
            _signal_all(fresh, signal.SIGSTOP)
            stopped |= fresh
        self.paused = True

    def resume(self) -> None:
        _signal_all({row.pid for row in self.family()}, signal.SIGCONT)
        self.paused = False

    def kill9(self) -> None:
        """As a power cut: freeze the family, so that none sees another die, then SIGKILL all. No-op if it has ended."""
        if self._popen is None:
            return
        self.pause()
        self._reap()

    def terminate(self, timeout: float = 10) -> int:
        """SIGTERM to the program (it has to tell its children), wait for its end, return its exit code.

        What it leaves behind is killed. Raises TimeoutError, with the log, if it had to be killed.
        """
        return self._ask_to_end(signal.SIGTERM, timeout)

    def interrupt(self, timeout: float = 10) -> int:
        """As `terminate`, with SIGINT."""
        return self._ask_to_end(signal.SIGINT, timeout)

    def send(self, number: signal.Signals) -> None:
        """A signal to the program alone; nothing happens if it has ended by itself."""
        os.kill(self.pid, number)

    def wait(self, timeout: float = 10) -> int:
        """Wait until it ends by itself; exit code as of subprocess. Raises TimeoutError after killing it."""
        if self._popen is None and self.returncode is not None:
            return self.returncode
        pid, deadline = self.pid, time.monotonic() + timeout
        while not self._has_exited():
            if time.monotonic() > deadline:
                self.kill9()
                raise TimeoutError(f"{self.name} (pid {pid}) did not end within {timeout:g} s\n{self.tail()}")
            time.sleep(0.01)
        return self._reap()

    def output(self) -> str:
        """All it has written since its last start."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def tail(self, n: int = 40) -> str:
        """The last `n` lines it wrote since its last start, under a line that says whose they are."""
        state = "frozen" if self.alive and self.paused else "running" if self.alive else f"ended {self._exit_text()}"
        return "\n".join([f"--- {self.name} ({state}), {self.log}", *self.output().splitlines()[-n:]])

    def wait_for_output(self, text: str, deadline_seconds: float = 10) -> None:
        """Wait until `text` stands in what it wrote since its last start. Raises AssertionError, at once if it ends."""
        eventually(lambda: text in self.output() or not self.alive, deadline_seconds, describe=self.tail)
        assert text in self.output(), f"{self.name} ended without saying {text!r}\n{self.tail()}"

    def __enter__(self) -> Self:
        return self.start() if self._popen is None else self

    def __exit__(self, *_: object) -> None:
        self.kill9()

    def _ask_to_end(self, number: signal.Signals, timeout: float) -> int:
        if self.paused:
            self.resume()
        self.send(number)
        return self.wait(timeout)

    def _exit_text(self) -> str:
        return "" if self.returncode is None else f"with {self.returncode}"

    def _has_exited(self) -> bool:
        """Without reaping: the zombie keeps its pid, and thereby its group's, from being given to a stranger."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _reap(self) -> int:
        """Kill what is left of the family while the leader still holds the pid, then let go of it."""
        popen = self._popen
        assert popen is not None
        rest = {row.pid for row in self.family()}
        _signal_all(rest, signal.SIGKILL)
        while any(process_table.is_living(pid) for pid in rest):
            time.sleep(0.002)
        self.returncode = popen.wait()
        self._popen, self.paused = None, False
        _running.pop(popen.pid, None)
        crash_guard.forget_group(popen.pid)
        return self.returncode


def _signal_all(pids: set[int], number: signal.Signals) -> None:
    for pid in sorted(pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@atexit.register
def _end_all() -> None:
    if os.getpid() == _owner:  # a forked child leaves its parent's programs alone
        for process in list(_running.values()):
            process.kill9()

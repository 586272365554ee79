"""The directory of one running instance: who holds it, and where everything is."""

import fcntl
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil

from airq_cron.clock import Clock
from airq_cron.errors import ConfigError, ConflictError
from airq_cron.services.clean_files import INSTANCE_LOCK

# Whatever runs under `airq up` has this in its environment, with the directory.
MARK = "UNDER_AIRQ_UP"
# A socket's path must fit into 108 bytes (104 on macOS).
LONGEST_SOCKET_DIR = 85
TAKE_OVER_S = 12.0
TERMINATE_S = 9.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the files of an instance lie; *var* is absolute."""

    var: Path

    @property
    def lock(self) -> Path:
        """The file whose lock says that an instance is running."""
        return self.var / INSTANCE_LOCK

    @property
    def record(self) -> Path:
        """What other commands read about the running instance."""
        return self.var / "instance.json"

    @property
    def log(self) -> Path:
        """One log file a program."""
        return self.var / "log"

    @property
    def sockets(self) -> Path:
        """A private directory whose path is short enough for sockets."""
        inside = self.var / "run"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_DIR:
            return inside
        digest = sha256(os.fsencode(self.var)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"airq-{os.getuid()}-{digest}"

    def prepare(self) -> None:
        """
        Create the directories, readable by their owner alone.

        Raises:
            ConfigError: they cannot be made here.
            ConflictError: the sockets' directory belongs to somebody else.
        """
        try:
            for path in (self.var, self.log, self.sockets):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.sockets.is_symlink() or self.sockets.stat().st_uid != os.getuid():
                raise ConflictError(f"{self.sockets} belongs to another user")
            for path in (self.var, self.sockets):
                path.chmod(0o700)
        except OSError as error:
            raise ConfigError("AIRQ_VAR_DIR", f"cannot be used: {error}") from error


@dataclass(frozen=True, slots=True)
class Instance:
    """
    A running `airq up`, as `instance.json` tells it (0600: addresses are whole).

    Attributes:
        pid: of `airq up`.
        api: base address of the API.
        data_dir: holds the database; `<var>/sandbox` on the sandbox.
    """

    pid: int
    started_at: str
    api: str
    provider: str
    data_dir: str
    redis_url: str
    database_url: str
    open_meteo_url: str


def write_record(layout: Layout, instance: Instance) -> None:
    """Write `instance.json` in one step."""
    text = json.dumps(asdict(instance), indent=2) + "\n"
    draft = layout.record.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(layout.record)


def running(var_dir: Path) -> Instance | None:
    """Return the instance that runs on *var_dir*, or None."""
    layout = Layout(var_dir.absolute())
    try:
        fields: dict[str, Any] = json.loads(layout.record.read_text(encoding="utf-8"))
        instance = Instance(**fields)
    except (OSError, ValueError, TypeError):
        return None
    return instance if _is_locked(layout.lock) else None


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


class Hold:
    """The lock of an instance; whoever inherits `fd` holds it as well."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def note(self, *, pid: int, supervisor: int | None = None) -> None:
        """Write down who holds the lock, for whoever finds it taken."""
        text = json.dumps({"pid": pid, "supervisor": supervisor}).encode()
        os.pwrite(self.fd, text, 0)
        os.ftruncate(self.fd, len(text))


@contextmanager
def hold(layout: Layout, clock: Clock) -> Iterator[Hold]:
    """
    Hold the directory alone, until the end of the block.

    When `airq up` was ended hard, its supervisor still stops the programs and
    holds the lock meanwhile: it is told to stop and waited for.

    Raises:
        ConflictError: another instance runs on the same directory.
    """
    fd = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(fd, layout, clock)
        held = Hold(fd)
        held.note(pid=os.getpid())
        yield held
    finally:
        os.close(fd)


def _lock(fd: int, layout: Layout, clock: Clock) -> None:
    deadline = clock.monotonic() + TAKE_OVER_S
    while True:
        with suppress(BlockingIOError):
            return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder = _holder(fd)
        pid, supervisor = holder.get("pid"), holder.get("supervisor")
        if pid is not None and _is_alive(pid):
            raise ConflictError(
                f"airq is already running on {layout.var} (pid {pid}); "
                "stop it, or name another directory with --var"
            )
        if clock.monotonic() > deadline:
            raise ConflictError(
                f"processes of an instance that was killed still hold {layout.var} "
                f"(supervisor pid {supervisor})"
            )
        if supervisor is not None:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(supervisor).terminate()
        clock.wait(0.1)


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _holder(fd: int) -> dict[str, int | None]:
    try:
        fields = json.loads(os.pread(fd, 200, 0))
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def carry_mark(layout: Layout) -> None:
    """
    Begin this process anew with the mark in its environment, unless it has it.

    By the mark it is known, and whatever is forked from it. Where the kernel shows
    nobody's environment, nobody would be known by it.
    """
    known = psutil.Process().environ()
    if known and known.get(MARK) != str(layout.var):
        argv = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, argv, known | {MARK: str(layout.var)})


def sweep(layout: Layout, patience_s: float = TERMINATE_S) -> int:
    """
    End what an instance on this directory left behind; return how many there were.

    Only for the holder of the lock. Processes are known by the mark in their
    environment; they get SIGTERM, and after *patience_s* SIGKILL.
    """
    left = [process for process in psutil.process_iter() if _is_ours(process, layout)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(left, timeout=patience_s)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=1)
    return len(left)


def _is_ours(process: psutil.Process, layout: Layout) -> bool:
    try:
        is_marked = process.environ().get(MARK) == str(layout.var)
        return is_marked and process.pid != os.getpid()
    except (psutil.Error, OSError):
        return False

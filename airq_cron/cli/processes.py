"""What runs under `airq up`, and supervisord's configuration for it."""

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import airq_cron
from airq_cron.cli.instance import Layout
from airq_cron.domain.job import Queue
from airq_cron.errors import ConfigError

BROKER, UPSTREAM, API, BEAT = "valkey", "sandbox", "api", "beat"
WORKER_QUEUES: Mapping[str, tuple[Queue, ...]] = {
    "worker-data": (Queue.DATA_FETCH, Queue.ANALYTICS),
    "worker-watch": (Queue.MONITORING, Queue.NOTIFICATIONS, Queue.MAINTENANCE),
}
WORKER_CHILDREN: Mapping[str, int] = {"worker-data": 2, "worker-watch": 1}
# What a worker needs after the grace (AIRQ_STOP_GRACE_S), to hand back.
HAND_BACK_S = 2
# Supervisord waits one second longer after each failed start, so this is for ever.
START_RETRIES = 1_000_000
# A process that ends sooner than this did not start: it comes back with back-off.
START_S = 10
COMMENT = re.compile(r"(^|\s)[;#]|[\r\n]")


@dataclass(frozen=True, slots=True)
class Program:
    """
    One process under supervision.

    Attributes:
        ground: others stand on it: it starts first and stops last.
        waits: it needs the database: it starts when that is ready.
    """

    name: str
    argv: tuple[str, ...]
    ground: bool = False
    waits: bool = False


def mount(package: str) -> str:
    """Return where *package* (`workers`, `api`) is: under airq_cron, or beside it."""
    inside = f"{airq_cron.__name__}.{package}"
    return inside if find_spec(inside) else package


def working_directory(layout: Layout) -> Path:
    """Return where programs run: the checkout, or the instance's own directory."""
    if mount("workers") == "workers":
        return Path(airq_cron.__file__).resolve().parent.parent
    return layout.var


def broker(binary: Path, configuration: Path) -> Program:
    """Return the embedded Valkey."""
    return Program(BROKER, (str(binary), str(configuration)), ground=True)


def upstream(port: int) -> Program:
    """Return the sandbox upstream."""
    return Program(
        UPSTREAM,
        (sys.executable, "-m", "airq_cron", "sandbox", "--port", str(port)),
        ground=True,
    )


def web(host: str, port: int) -> Program:
    """
    Return the API.

    It is loaded once and forked: nothing here loads new code into a running one.
    """
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Program(
        API,
        (
            *(sys.executable, "-m", "gunicorn"),
            *("--config", f"python:{mount('api')}.server", "--preload"),
            *("--bind", address),
            f"{mount('api')}.app:create_app()",
        ),
    )


def beat() -> Program:
    """Return the scheduler."""
    scheduler = f"{mount('workers')}.beat:LedgerScheduler"
    return Program(BEAT, (*_workers(), "beat", "--scheduler", scheduler), waits=True)


def worker(name: str) -> Program:
    """Return a worker, which consumes the queues of `WORKER_QUEUES`."""
    queues = ",".join(queue.value for queue in WORKER_QUEUES[name])
    argv = (
        *(*_workers(), "worker", "--hostname", f"{name}@%h"),
        *("--concurrency", str(WORKER_CHILDREN[name]), "--queues", queues),
        "--without-mingle",
    )
    return Program(name, argv, waits=True)


def _workers() -> tuple[str, ...]:
    return sys.executable, "-m", mount("workers")


def configuration(
    programs: Sequence[Program], layout: Layout, *, stop_wait_s: int
) -> str:
    """
    Return supervisord's configuration file.

    Args:
        stop_wait_s: how long a program may take to stop before it is ended hard.
    """
    parts = [
        "[supervisord]",
        "nodaemon = true",
        "silent = true",
        f"logfile = {_plain(layout.log / 'supervisord.log')}",
        "logfile_maxbytes = 1MB",
        "logfile_backups = 2",
        f"pidfile = {_plain(layout.sockets / 'supervisord.pid')}",
        f"childlogdir = {_plain(layout.log)}",
        "",
    ]
    for group, priority, ground in (("ground", 1, True), ("processes", 2, False)):
        members = [program for program in programs if program.ground is ground]
        if members:
            names = ",".join(program.name for program in members)
            parts += [f"[group:{group}]", f"programs = {names}"]
            parts += [f"priority = {priority}", ""]
        for order, program in enumerate(members):
            parts += _section(program, order, layout, stop_wait_s)
    return "\n".join(parts)


def _section(
    program: Program, order: int, layout: Layout, stop_wait_s: int
) -> list[str]:
    return [
        f"[program:{program.name}]",
        f"command = {_plain(shlex.join(program.argv))}",
        f"directory = {_plain(working_directory(layout))}",
        f"priority = {order}",
        f"autostart = {str(not program.waits).lower()}",
        "autorestart = true",
        f"startsecs = {START_S}",
        f"startretries = {START_RETRIES}",
        "stopsignal = TERM",
        f"stopwaitsecs = {stop_wait_s}",
        "killasgroup = true",
        "redirect_stderr = true",
        # Supervisord 4.3 expands this one twice.
        f"stdout_logfile = {_plain(_plain(layout.log / program.name))}.log",
        "stdout_logfile_maxbytes = 10MB",
        "stdout_logfile_backups = 3",
        "",
    ]


def _plain(value: object) -> str:
    """
    Return *value* so that supervisord reads it as it is.

    Raises:
        ConfigError: there is no way: a comment would begin in it.
    """
    text = str(value)
    if COMMENT.search(text):
        raise ConfigError("AIRQ_VAR_DIR", f"supervisord cannot read {text!r}")
    return text.replace("%", "%%")

"""
Peers in an environment of their own, `.venv-peers`: the one place of their versions.

Each is installed when somebody first asks for it. A peer that cannot be had is
missing, and whoever compares says so.
"""

import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from tests.conftest import ROOT

ENVIRONMENT = ROOT / ".venv-peers"
PYTHON = ENVIRONMENT / "bin" / "python"
NODE = ENVIRONMENT / "node"
LONGEST_S = 600
# As ours: who differs in these cannot be compared.
SAME = tuple(
    f"{name}=={version(name)}"
    for name in ("celery", "kombu", "redis", "hiredis", "packaging", "tzdata")
)
PYTHON_PEERS: dict[str, tuple[str, ...]] = {
    "celery": (),
    "redbeat": ("celery-redbeat==2.4.2",),
    "flower": ("flower==2.2.0",),
    "rq": ("rq==2.12.0",),
    "dramatiq": ("dramatiq[redis]==2.2.1",),
    "huey": ("huey==3.5.4",),
    "taskiq": ("taskiq==0.13.0", "taskiq-redis==1.2.4"),
    "apscheduler": ("APScheduler==3.11.3",),
    "polars": ("polars==2.1.0",),
}
BULLMQ = ("bullmq@6.7.0", "ioredis@6.0.0")
NODE_PEERS: dict[str, tuple[str, ...]] = {
    "bullmq": BULLMQ,
    "bull-board": (
        *BULLMQ,
        "@bull-board/api@9.10.2",
        "@bull-board/express@9.10.1",
        "express@5.3.0",
    ),
}
NODE_ENVIRONMENT = {"NODE_PATH": str(NODE / "node_modules")}


def install(peer: str) -> bool:
    """Install *peer* unless it is there; say whether it is there now."""
    is_node = peer in NODE_PEERS
    wanted = NODE_PEERS[peer] if is_node else (*SAME, *PYTHON_PEERS[peer])
    mark = ENVIRONMENT / f".installed-{peer}"
    text = "\n".join(wanted)
    if not mark.exists() or mark.read_text() != text:
        if not (_npm_install(wanted) if is_node else _pip_install(wanted)):
            return False
        mark.write_text(text)
    return True


def find_peers(names: Iterable[str]) -> dict[str, str]:
    """Install these; return what each of them is, for the result of a bench."""
    return {
        name: " ".join((NODE_PEERS | PYTHON_PEERS)[name] or SAME)
        if install(name)
        else "missing: it could not be installed"
        for name in names
    }


def is_missing(found: str) -> bool:
    """Say whether `find_peers` found none."""
    return found.startswith("missing")


def _pip_install(wanted: Iterable[str]) -> bool:
    made = ENVIRONMENT / ".made"
    if not made.exists():
        # What an interrupted installation has left is not used.
        if not _succeeds(sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)):
            return False
        made.touch()
    pip = (
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    )
    return _succeeds(*pip, *wanted)


def _npm_install(wanted: Iterable[str]) -> bool:
    NODE.mkdir(parents=True, exist_ok=True)
    npm = ("npm", "install", "--no-audit", "--no-fund", "--silent")
    return _succeeds(*npm, *wanted, where=NODE)


def _succeeds(*argv: str, where: Path = ROOT) -> bool:
    try:
        done = subprocess.run(argv, cwd=where, check=False, timeout=LONGEST_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0

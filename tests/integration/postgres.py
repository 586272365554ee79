"""A private PostgreSQL, where its server binaries are on the machine."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from airq_cron.cli.addresses import free_port
from airq_cron.clock import SystemClock
from tests.certificates import Identity

OWNER = "airq"
START_S = 20.0


def find_binaries() -> Path | None:
    """Return the directory of the newest server's binaries, None without one."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: float(path.parent.parent.name),
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return None if on_path is None else Path(on_path).resolve().parent


class PostgresServer:
    """
    One server with its data in a directory of its own.

    It refuses to run as root, so root lends it to another user.

    Args:
        identity: with it, the server takes connections by TLS as well.
    """

    def __init__(self, binaries: Path, identity: Identity | None = None) -> None:
        """Make the data directory and start the server."""
        self._binaries = binaries
        self._as: dict[str, Any] = {}
        self._directory = Path(tempfile.mkdtemp(prefix="airq-postgres-"))
        if os.getuid() == 0:
            user = _unprivileged()
            shutil.chown(self._directory, user.pw_uid, user.pw_gid)
            self._as = {
                "user": user.pw_uid,
                "group": user.pw_gid,
                "extra_groups": [],
            }
        self._more = () if identity is None else self._present(identity)
        self.port = free_port()
        self._run(
            *("initdb", "-D", "data", "-U", OWNER, "-A", "trust"),
            *("-E", "UTF8", "--locale=C", "--no-sync"),
        )
        self.start()

    def _present(self, identity: Identity) -> tuple[str, ...]:
        """Give the server files that are its own, and say which they are."""
        options = ["-c", "ssl=on"]
        for setting, source in (
            ("ssl_cert_file", identity.certificate),
            ("ssl_key_file", identity.key),
        ):
            path = self._directory / source.name
            path.write_bytes(source.read_bytes())
            path.chmod(0o600)
            if self._as:
                os.chown(path, self._as["user"], self._as["group"])
            options += ["-c", f"{setting}={path}"]
        return tuple(options)

    def _run(self, command: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._binaries / command), *arguments],
            cwd=self._directory,
            check=True,
            stdout=subprocess.DEVNULL,
            **self._as,
        )

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        log = self._directory / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *(str(self._binaries / "postgres"), "-D", "data"),
                    *("-p", str(self.port), "-k", "", "-h", "127.0.0.1"),
                    *("-c", "fsync=off", "-c", "max_connections=200"),
                    *self._more,
                ],
                cwd=self._directory,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self._as,
            )
        clock = SystemClock()
        deadline = clock.monotonic() + START_S
        while not self._answers():
            if self.process.poll() is not None or clock.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
            clock.wait(0.05)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            return True
        return False

    def url(self, database: str) -> str:
        """Return the address of *database*."""
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Create an empty *database* and return its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove *database*, whoever is connected."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{database}" WITH (FORCE)')

    def crash(self) -> None:
        """End it at once, in the middle of everything; `start` recovers it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGQUIT)
        self.process.wait()

    def stop(self) -> None:
        """End it at once, and remove its data."""
        self.crash()
        shutil.rmtree(self._directory, ignore_errors=True)


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL does not run as root, and there is nobody else")

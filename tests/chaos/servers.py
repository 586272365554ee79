"""PostgreSQL and Valkey on a host that has a network of its own."""

import pwd
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psycopg

from airq_cron.clock import SystemClock
from tests.chaos.netns import SUBNET, Network
from tests.integration.nodes import ProcessBox
from tests.integration.postgres import OWNER, START_S, PostgresServer

REDIS_PORT, POSTGRES_PORT = 6379, 5432


class Servers(PostgresServer):
    """PostgreSQL and Valkey on one host; both keep their data over a restart."""

    def __init__(self, binaries: Path, network: Network, host: str, var: Path) -> None:
        """Start both on *host*."""
        self._inside, self._host = network.inside(host), network.address(host)
        super().__init__(binaries)
        valkey = var / "valkey"
        valkey.mkdir()
        program = shutil.which("valkey-server") or shutil.which("redis-server")
        assert program is not None
        argv = [*self._inside, program, "--port", str(REDIS_PORT), "--bind", "0.0.0.0"]
        argv += ["--protected-mode", "no", "--dir", str(valkey), "--save", ""]
        argv += ["--appendonly", "yes", "--maxmemory-policy", "noeviction"]
        self.valkey = ProcessBox("valkey", argv, log=valkey / "valkey.log")

    @property
    def redis_url(self) -> str:
        """The address of Valkey for every host."""
        return f"redis://{self._host}:{REDIS_PORT}/0"

    def url(self, database: str) -> str:
        """Return the address of *database* for every host."""
        return f"postgresql://{OWNER}@{self._host}:{POSTGRES_PORT}/{database}"

    def start(self) -> None:
        """Start PostgreSQL inside the namespace, as the user that owns its data."""
        data = self._directory / "data"
        (data / "pg_hba.conf").write_text(f"host all all {SUBNET}.0/24 trust\n")
        name = pwd.getpwuid(self._as["user"]).pw_name
        as_owner = ("setpriv", "--reuid", name, "--regid", name, "--clear-groups")
        server = [str(self._binaries / "postgres"), "-D", str(data), "-k", ""]
        server += ["-p", str(POSTGRES_PORT), "-h", "0.0.0.0", "-c", "fsync=off"]
        log = self._directory / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*self._inside, *as_owner, *server, "-c", "max_connections=200"],
                cwd="/",
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        clock = SystemClock()
        deadline = clock.monotonic() + START_S
        while not self._takes_connections():
            if self.process.poll() is not None or clock.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
            clock.wait(0.05)

    def restart_database(self) -> None:
        """Stop PostgreSQL as an upgrade does, and start it again."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(START_S)
        self.start()

    def is_broker_up(self) -> bool:
        """Say whether Valkey takes connections since its last start."""
        return b"Ready to accept connections" in self.valkey.logs()

    def stop(self) -> None:
        """End both at once, and remove the database."""
        if hasattr(self, "valkey"):
            self.valkey.kill("SIGKILL")
        super().stop()

    def _takes_connections(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            return True
        return False

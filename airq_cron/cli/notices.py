"""What `airq up` tells the person in front of it."""

from contextlib import suppress
from pathlib import Path
from shlex import quote

import psutil
from rich.console import Console

from airq_cron import __version__
from airq_cron.cli import processes
from airq_cron.cli.addresses import base_address
from airq_cron.cli.instance import Layout
from airq_cron.cli.plan import Plan
from airq_cron.cli.preparing import DATABASE
from airq_cron.clock import Clock


class Notices:
    """Lines on the terminal, with the time since the start where it matters."""

    def __init__(self, layout: Layout, clock: Clock) -> None:
        self._layout = layout
        self._clock = clock
        self._console = Console(highlight=False, soft_wrap=True)
        # Python and our modules were loaded before we could look at a clock.
        used = psutil.Process().cpu_times()
        self._began = clock.monotonic() - used.user - used.system

    @property
    def elapsed_s(self) -> float:
        """Seconds since the command was given."""
        return self._clock.monotonic() - self._began

    def say(self, text: str, style: str | None = None) -> None:
        """Print one line; a terminal that is gone does not stop us."""
        with suppress(OSError):
            self._console.print(text, style=style, markup=False)

    def warn(self, text: str) -> None:
        """Print one line that must be seen."""
        self.say(text, "yellow")

    def starting(self) -> None:
        """Say what starts, and where."""
        self.say(f"airq-cron {__version__} starts in {self._layout.var}", "bold")

    def ready(self, name: str) -> None:
        """Say that one part is ready, and how long it took."""
        self.say(f"  {name:<13} ready after {self.elapsed_s:4.1f} s")

    def late(self, name: str) -> None:
        """Say that one part is not ready yet, and where to look."""
        hint = f"see {self._layout.log / f'{name}.log'}"
        if name == DATABASE:
            hint = "it is brought up to date, or does not answer; Ctrl-C gives up"
        self.warn(f"  {name:<13} not ready after {self.elapsed_s:4.1f} s; {hint}")

    def running(self, plan: Plan, link: str) -> None:
        """
        Say where everything is, how to log in, and what to do next.

        Args:
            link: logs one browser in, once.
        """
        settings = plan.settings
        base = base_address(settings.host, settings.port)
        token = _shown(self._layout.var / "admin.token")
        database = "your database" if settings.database_url else "SQLite"
        has_broker = plan.programs[0].name == processes.BROKER
        broker = "embedded Valkey" if has_broker else "your Redis"
        upstream = settings.provider
        if upstream == processes.UPSTREAM:
            upstream += " (made-up air, nothing real)"
        self.say("\nairq-cron is running. Ctrl-C stops it.", "bold green")
        for title, text in (
            ("API", f"{base}   (documentation: {base}/docs)"),
            ("Log in", f"{link}   (once; more: airq login)"),
            ("Upstream", upstream),
            ("Data", f"{_shown(settings.var_dir)}   ({database}, {broker})"),
            ("Logs", str(_shown(self._layout.log))),
            ("Admin token", str(token)),
            ("Try", f'curl -H "Authorization: Bearer $(cat {quote(str(token))})" \\'),
            ("", f"  {base}/cron/jobs/stats"),
            ("Next", "in another terminal: .venv/bin/airq --help"),
        ):
            self.say(f"  {title:<12} {text}")

    def stopping(self, reason: str, grace_s: int) -> None:
        """Say that the stop has begun."""
        self.say(f"\nStopping ({reason}); running tasks get {grace_s} s ...")

    def stopped(self, seconds: float, left: int) -> None:
        """Say how long it took, and whether anything resisted."""
        hard = f"; {left} processes had to be ended hard" if left else ""
        self.say(f"Stopped after {seconds:.1f} s{hard}. The data stays.")


def _shown(path: Path) -> Path:
    with suppress(ValueError):
        return path.relative_to(Path.cwd())
    return path

"""`airq up`: everything on this machine, supervised, until Ctrl-C."""

import os
import select
import signal
from pathlib import Path
from types import FrameType

import click

from airq_cron.cli import instance
from airq_cron.cli.addresses import base_address, login_address
from airq_cron.cli.forked import load_shared, waking_pipe
from airq_cron.cli.notices import Notices
from airq_cron.cli.plan import Plan, choose_upstream, make_plan
from airq_cron.cli.preparing import DATABASE, Preparation
from airq_cron.cli.supervision import Supervision
from airq_cron.clock import SystemClock
from airq_cron.config import PROVIDERS, Settings, child_environment, load, was_set

PATIENCE_S = 20.0
# How often it hears who is ready, and later looks whether the supervisor lives.
GLANCE_S, QUIET_GLANCE_S = 0.1, 1.0


@click.command()
@click.option(
    "--var",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of data and logs (AIRQ_VAR_DIR).",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the API.")
@click.option("--provider", type=click.Choice(PROVIDERS), help="Upstream to ask.")
def up(var: Path | None, port: int | None, provider: str | None) -> None:
    """Start broker, API, beat and workers here, and keep them running."""
    settings = load(var_dir=var, port=port, provider=provider)
    asked = port is not None or was_set("AIRQ_PORT")
    Up(settings, port_asked=asked).run()


class StopSignal:
    """Remembers that somebody wants us to stop, and wakes who waits for it."""

    def __init__(self) -> None:
        self.received: str | None = None
        self._woken, _ = waking_pipe()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._receive)

    def wait(self, seconds: float) -> None:
        """Wait for so long, or until a signal has come."""
        if select.select([self._woken], [], [], seconds)[0]:
            # One that a process just forked has got may have woken us.
            os.read(self._woken, 4096)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.received = signal.Signals(number).name


class Up:
    """One `airq up`, from the lock to the end of the last process."""

    def __init__(self, settings: Settings, *, port_asked: bool) -> None:
        self._settings = settings
        self._port_asked = port_asked
        self._clock = SystemClock()
        self._layout = instance.Layout(settings.var_dir.absolute())
        self._notices = Notices(self._layout, self._clock)

    def run(self) -> None:
        """
        Start, watch, stop.

        Raises:
            AirqError: a setting is wrong, or somebody else holds the directory.
        """
        instance.carry_mark(self._layout)
        stop = StopSignal()
        os.umask(0o077)
        self._layout.prepare()
        with instance.hold(self._layout, self._clock) as held:
            if self._layout.record.exists():
                self._clear_away()
            self._notices.starting()
            plan = self._plan()
            load_shared()
            supervision = Supervision(
                plan.programs,
                layout=self._layout,
                held=held,
                environment=child_environment(plan.settings),
                clock=self._clock,
                stop_grace_s=plan.settings.stop_grace_s,
            )
            instance.write_record(self._layout, self._record(plan))
            try:
                supervision.start()
                token = self._layout.var / "admin.token"
                with Preparation(plan, token) as preparation:
                    self._watch(supervision, preparation, plan, stop)
            finally:
                left, seconds = self._stop(supervision)
            self._notices.stopped(seconds, left)

    def _clear_away(self) -> None:
        if count := instance.sweep(self._layout):
            self._notices.warn(
                f"Ended {count} processes of an instance that was killed."
            )
        self._layout.record.unlink()

    def _plan(self) -> Plan:
        upstream = choose_upstream(self._settings)
        plan = make_plan(
            self._settings, self._layout, upstream, port_asked=self._port_asked
        )
        for remark in plan.remarks:
            self._notices.warn(remark)
        return plan

    def _record(self, plan: Plan) -> instance.Instance:
        settings = plan.settings
        return instance.Instance(
            pid=os.getpid(),
            started_at=self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            api=base_address(settings.host, settings.port),
            provider=settings.provider,
            data_dir=str(settings.var_dir),
            redis_url=settings.redis_address,
            database_url=settings.database_address,
            open_meteo_url=settings.open_meteo_url,
        )

    def _watch(
        self,
        supervision: Supervision,
        preparation: Preparation,
        plan: Plan,
        stop: StopSignal,
    ) -> None:
        warned = False
        while stop.received is None:
            if supervision.keep():
                self._notices.warn("The supervisor had died and was started again.")
            found, waiting = preparation.ready(), preparation.waiting
            for name in found:
                self._notices.ready(name)
            if DATABASE in found:
                supervision.release()
            if found and not waiting:
                self._notices.running(plan, _link(plan, preparation.secret))
            if waiting and not warned and self._notices.elapsed_s > PATIENCE_S:
                warned = True
                # Most programs wait for the database.
                late = [DATABASE] if DATABASE in waiting else waiting
                for name in late:
                    self._notices.late(name)
            stop.wait(GLANCE_S if waiting else QUIET_GLANCE_S)
        self._notices.stopping(stop.received, self._settings.stop_grace_s)

    def _stop(self, supervision: Supervision) -> tuple[int, float]:
        began = self._clock.monotonic()
        left = supervision.stop()
        self._layout.record.unlink(missing_ok=True)
        return left, self._clock.monotonic() - began


def _link(plan: Plan, secret: str) -> str:
    base = base_address(plan.settings.host, plan.settings.port)
    return login_address(plan.settings, base, secret)

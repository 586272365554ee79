"""
A process that prepares the database, and then asks who is ready.

What both take of memory ends with it: `airq up` itself stays for months, and does
nothing but wait.
"""

import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from airq_cron.cli.forked import begin_with
from airq_cron.cli.plan import Plan
from airq_cron.clock import SystemClock
from airq_cron.config import Settings
from airq_cron.errors import AirqError, StoreError

# How often it asks who is ready.
ASK_S = 0.1


class Preparation:
    """
    The process, forked at once: no other thread may run.

    Args:
        token: the file that gets the first admin token.

    Attributes:
        waiting: the programs that are not known to be ready.
    """

    def __init__(self, plan: Plan, token: Path) -> None:
        self.waiting = [program.name for program in plan.programs]
        self._plan = plan
        self._begin(lambda told: _prepare(plan, token, told))

    def _begin(self, work: Callable[[Connection], None]) -> None:
        context = get_context("fork")
        self._answers, told = context.Pipe(duplex=False)
        self._process = context.Process(target=_be, args=(work, told, os.getpid()))
        self._process.start()
        # Its end is read here when the process ends.
        told.close()

    def secret(self) -> str:
        """
        Return the secret of a link to log in, as soon as the database is ready.

        Raises:
            AirqError: it cannot be made ready.
        """
        try:
            answer = self._answers.recv()
        except EOFError:
            raise StoreError("what prepares the database has died") from None
        if isinstance(answer, AirqError):
            raise answer
        return str(answer)

    def ready(self) -> list[str]:
        """Return the programs that became ready since this was asked last."""
        found = []
        try:
            while self.waiting and self._answers.poll():
                name = self._answers.recv()
                if name in self.waiting:
                    self.waiting.remove(name)
                    found.append(name)
        except EOFError:
            self.stop()
            self._begin(lambda told: _ask(self._plan, told))
        if found and not self.waiting:
            self.stop()
        return found

    def stop(self) -> None:
        """End the process, if it is still there."""
        self._process.terminate()
        self._process.join()
        self._answers.close()


def _be(work: Callable[[Connection], None], told: Connection, parent: int) -> None:
    begin_with("prepare", parent)
    # Ctrl-C is for the parent, which ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work(told)


def _prepare(plan: Plan, token: Path, told: Connection) -> None:
    try:
        told.send(_make_ready(plan.settings, token))
    except AirqError as error:
        told.send(error)
    else:
        _ask(plan, told)


def _make_ready(settings: Settings, token: Path) -> str:
    """Make or bring up to date all tables; return the secret of a link to log in."""
    # Loaded by now; but the other commands, and their help, need none of it.
    from airq_cron.cli.session import prepare  # noqa: PLC0415
    from airq_cron.services.issue_token import ensure_admin_token  # noqa: PLC0415
    from airq_cron.services.log_in import make_link  # noqa: PLC0415
    from airq_cron.system import build  # noqa: PLC0415

    system = build(settings)
    system.check_key()
    system.store.check()
    system.store.migrate()
    prepare(system)
    ensure_admin_token(system.store, token, system.clock.now())
    secret = make_link(system.store, token.name, system.clock.now(), by="system")
    system.store.dispose()
    return secret


def _ask(plan: Plan, told: Connection) -> None:
    """Tell the name of each program once it is ready, until all are."""
    from airq_cron.cli.readiness import checks  # noqa: PLC0415
    from airq_cron.system import build  # noqa: PLC0415

    clock = SystemClock()
    waiting = dict(checks(plan, build(plan.settings, clock), clock.now()))
    while waiting:
        for name in [name for name, is_ready in waiting.items() if is_ready()]:
            del waiting[name]
            told.send(name)
        clock.wait(ASK_S)

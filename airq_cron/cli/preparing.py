"""
A process that prepares the database, and then asks who is ready.

What both take of memory ends with it: `airq up` itself stays for months, and does
nothing but wait.
"""

import os
import signal
from collections.abc import Callable
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from airq_cron.cli.forked import begin_with
from airq_cron.cli.plan import Plan
from airq_cron.clock import SystemClock
from airq_cron.config import Settings
from airq_cron.errors import AirqError, StoreError

DATABASE = "database"
# How often it asks who is ready.
ASK_S = 0.1
# After so many that died without an answer, another one would die as well.
MOST_DEATHS = 3
# It has nothing to lose when it is ended.
PATIENCE_S = 1.0

Work = Callable[[Connection], None]


class Preparation:
    """
    The process, forked at once: no other thread may run. Leaving it ends it.

    Args:
        token: the file that gets the first admin token.

    Attributes:
        waiting: what is not known to be ready: the database, and the programs.
        secret: of a link to log in; empty until the database is ready.
    """

    def __init__(self, plan: Plan, token: Path) -> None:
        self.waiting = [DATABASE, *(program.name for program in plan.programs)]
        self.secret = ""
        self._plan = plan
        self._since = SystemClock().now()
        self._deaths = 0
        self._fork(lambda answers: _prepare(plan, token, self._since, answers))

    def _fork(self, work: Work) -> None:
        context = get_context("fork")
        self._answers, answers = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_run, args=(work, answers, os.getpid()), daemon=True
        )
        self._process.start()
        # While we held it too, we would not read that the process has ended.
        answers.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._stop()

    def ready(self) -> list[str]:
        """
        Return what became ready since this was asked last; it never waits.

        Raises:
            AirqError: the database cannot be made ready, or nobody can ask.
        """
        found = []
        try:
            while self.waiting and self._answers.poll():
                found += self._take(self._answers.recv())
        except EOFError:
            self._replace()
        if found and not self.waiting:
            self._stop()
        return found

    def _take(self, answer: AirqError | tuple[str, str]) -> list[str]:
        """Return the name in *answer*, unless an earlier process has told it."""
        if isinstance(answer, AirqError):
            raise answer
        self._deaths = 0
        name, secret = answer
        self.secret = self.secret or secret
        if name not in self.waiting:
            return []
        self.waiting.remove(name)
        return [name]

    def _replace(self) -> None:
        self._stop()
        self._deaths += 1
        if DATABASE in self.waiting:
            raise StoreError("the process that prepares the database has died")
        if self._deaths == MOST_DEATHS:
            raise AirqError("the process that asks who is ready dies again and again")
        self._fork(lambda answers: _ask(self._plan, self._since, answers))

    def _stop(self) -> None:
        self._process.terminate()
        self._process.join(PATIENCE_S)
        # Just forked, it may have taken that for a signal to its parent.
        self._process.kill()
        self._process.join()
        self._answers.close()


def _run(work: Work, answers: Connection, parent: int) -> None:
    begin_with("prepare", parent)
    # Ctrl-C is for the parent, which ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work(answers)


def _prepare(plan: Plan, token: Path, since: datetime, answers: Connection) -> None:
    try:
        answers.send((DATABASE, _make_ready(plan.settings, token)))
    except AirqError as error:
        answers.send(error)
    else:
        _ask(plan, since, answers)


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


def _ask(plan: Plan, since: datetime, answers: Connection) -> None:
    """Tell the name of each program once it is ready, until all are."""
    from airq_cron.cli.readiness import checks  # noqa: PLC0415
    from airq_cron.system import build  # noqa: PLC0415

    clock, parent = SystemClock(), os.getppid()
    waiting = dict(checks(plan, build(plan.settings, clock), since))
    while waiting and os.getppid() == parent:
        for name in [name for name, is_ready in waiting.items() if is_ready()]:
            del waiting[name]
            answers.send((name, ""))
        clock.wait(ASK_S)

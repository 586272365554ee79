"""What people type: the Makefile, the Procfile, and the README's two commands."""

import re
import shlex
import subprocess
import sys

import click

from airq_cron.broker import make_celery
from airq_cron.cli import processes
from airq_cron.cli.main import COMMANDS, SUMMARIES, main
from tests.structure.sources import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
PROMISED = "setup run demo check test drills chaos bench wheel-smoke clean"


def procfile() -> dict[str, list[str]]:
    """Return the Procfile's commands by process."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    pairs = (line.split(": ", 1) for line in lines if line)
    return {name: shlex.split(command) for name, command in pairs}


def consumed(argv: list[str] | tuple[str, ...]) -> list[str]:
    """Return the queues that a command line consumes."""
    if "--queues" not in argv:
        return []
    return list(argv)[list(argv).index("--queues") + 1].split(",")


def test_every_queue_is_consumed_by_one_line_of_the_procfile() -> None:
    """A queue without a consumer fills for ever."""
    app = make_celery("redis://127.0.0.1:1")
    known = {queue.name for queue in app.conf.task_queues}
    queues = [queue for argv in procfile().values() for queue in consumed(argv)]

    assert sorted(known) == sorted(queues)


def test_the_procfile_runs_what_airq_up_runs() -> None:
    """Whoever uses another process manager gets the same processes."""
    ours = [processes.web("127.0.0.1", 3000), processes.beat()]
    ours += [processes.worker(name) for name in processes.WORKER_QUEUES]

    lines = procfile()
    assert {"release", *(program.name for program in ours)} == set(lines)
    for program in ours:
        argv = lines[program.name]
        assert argv[-1] in program.argv, program.name
        assert consumed(argv) == consumed(program.argv), program.name


def test_every_make_target_has_a_help_line() -> None:
    """`make` prints everything one can do."""
    phony = set(re.findall(r"^\.PHONY: (\S+)", MAKEFILE, re.MULTILINE))
    helped = set(re.findall(r"^([a-z0-9-]+):.*## \S", MAKEFILE, re.MULTILINE))

    assert phony == helped
    assert set(PROMISED.split()) <= helped


def test_the_list_of_commands_loads_none_of_them() -> None:
    """`airq --help` is the first thing people type: it must not take a second."""
    code = (
        "import sys; from airq_cron.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in sys.modules if m.startswith(('sqlalchemy', 'celery'))])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert said.endswith("[]\n")
    assert all(f"\n  {name} " in said for name in COMMANDS)


def test_every_command_of_the_list_is_there() -> None:
    """With a summary that fits on its line."""
    context = click.Context(main)
    assert list(COMMANDS) == list(SUMMARIES)
    for name, summary in SUMMARIES.items():
        assert main.get_command(context, name) is not None
        assert len(summary) <= 62
        assert summary.endswith(".")


def test_the_readme_begins_with_two_commands() -> None:
    """One starts it, one tests it."""
    text = (ROOT / "README.md").read_text()

    assert "make run" in text
    assert "make test" in text

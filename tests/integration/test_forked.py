"""A forked process ends, speaks and obeys as one that was started anew."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT, WaitUntil

# Forks from a process that handles SIGTERM, and ends as its child did.
PARENT = """
import os, signal, sys
from airq_cron.cli.forked import become
signal.signal(signal.SIGTERM, lambda *_: None)
os.environ["OF_PARENT"] = "yes"
child = os.fork()
if child == 0:
    environment = {"GIVEN": "kept", "PATH": os.environ["PATH"]}
    become("the-child", "program", sys.argv[1:], environment)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print("child", code, flush=True)
"""


def start(directory: Path, program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start the parent where its child's *program* lies."""
    Path(directory, "program.py").write_text(program)
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, *arguments],
        cwd=directory,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_is_the_main_program(tmp_path: Path) -> None:
    """Arguments, environment and the import path are those of `python -m`."""
    program = """
import os, sys
assert __name__ == "__main__"
print(sys.argv[1:], os.environ.get("GIVEN"), os.environ.get("OF_PARENT"))
print(sys.path[0] == os.getcwd())
"""

    said, errors = start(tmp_path, program, "--of", "program").communicate()

    assert ["['--of', 'program'] kept None", "True", "child 0"] == said.splitlines()
    assert "" == errors


@pytest.mark.parametrize(
    ("ending", "code", "error"),
    [
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit('refused')", 1, "refused"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero"),
    ],
)
def test_it_ends_with_the_code_of_its_program(
    tmp_path: Path, ending: str, code: int, error: str
) -> None:
    """What was to be done at the end is done, and by the child alone."""
    program = f"import atexit; atexit.register(print, 'at the end'); {ending}"

    said, errors = start(tmp_path, program).communicate()

    assert ["at the end", f"child {code}"] == said.splitlines()
    assert error == "".join(errors.splitlines()[-1:])


def test_it_waits_for_its_threads(tmp_path: Path) -> None:
    """As the interpreter does before it ends."""
    program = """
import threading
free = threading.Event()
threading.Thread(target=lambda: (free.wait(), print("thread"))).start()
threading.Timer(0.05, free.set).start()
"""

    said, _ = start(tmp_path, program).communicate()

    assert ["thread", "child 0"] == said.splitlines()


def test_it_has_a_name_and_dies_of_a_signal(
    tmp_path: Path, wait_until: WaitUntil
) -> None:
    """What its parent does about signals is none of its business."""
    parent = start(tmp_path, "print('up'); import signal; signal.pause()")
    assert parent.stdout is not None
    assert "up\n" == parent.stdout.readline()
    child = psutil.Process(parent.pid).children()[0]

    assert "the-child" == child.name()
    child.terminate()

    said, _ = parent.communicate()
    assert f"child {-signal.SIGTERM}\n" == said

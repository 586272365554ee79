"""The wheel, installed elsewhere, starts every process without the checkout."""

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT, WaitUntil
from tests.e2e.airq_up import AirqUp

MOUNTS = {"airq_cron": "", "workers": "airq_cron/", "api": "airq_cron/"}
DECOY = "raise ImportError('the decoy was imported')\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from it, as a release does."""
    out = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source")
    _run("git", "checkout-index", "--all", f"--prefix={source}/", cwd=ROOT)
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source)
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    Install the wheel into a new environment; return its bin directory.

    The locked requirements come from the environment that runs this test, which
    holds no airq-cron: the project is there from the wheel alone.
    """
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(home, symlinks=True, with_pip=False)
    packages = Path(_run(home / "bin/python", "-c", SITE).strip())
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "locked.pth").write_text(ours + "\n")
    pip = (sys.executable, "-m", "pip", "--python", home / "bin/python")
    _run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel)
    return home / "bin"


SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"


@pytest.fixture
def decoys(tmp_path: Path) -> Path:
    """Give a directory whose own `api` and `workers` must not be imported."""
    for name in ("api", "workers"):
        (tmp_path / name).mkdir()
        for module in ("__init__", "app", "beat"):
            (tmp_path / name / f"{module}.py").write_text(DECOY)
    return tmp_path


def test_the_wheel_owns_one_name(wheel: Path) -> None:
    """`workers` and `api` are names that other people use too."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (top,) = [name for name in names if name.endswith("/top_level.txt")]

        assert b"airq_cron\n" == archive.read(top)

    directories = {name.partition("/")[0] for name in names}
    assert {"airq_cron", top.partition("/")[0]} == directories


def test_the_wheel_holds_what_is_not_python(wheel: Path) -> None:
    """Pages, scripts, migrations and the type mark are installed with it."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    for directory, inside in MOUNTS.items():
        for path in (ROOT / directory).rglob("*"):
            name = inside + str(path.relative_to(ROOT))
            if path.is_file() and path.suffix != ".pyc":
                assert name in names


def test_the_command_knows_its_version(installed: Path, decoys: Path) -> None:
    """The entry point works from anywhere."""
    assert "airq, version 0.1.0\n" == _run(installed / "airq", "--version", cwd=decoys)


def test_every_process_starts_from_the_wheel(
    installed: Path, decoys: Path, wait_until: WaitUntil
) -> None:
    """Broker, upstream, API, beat and both workers become ready among decoys."""
    with AirqUp(
        decoys / "var", command=(str(installed / "airq"),), directory=decoys
    ) as up:
        up.start("--provider", "sandbox")
        up.wait_until_running(wait_until)

        code = "import airq_cron; print(airq_cron.__file__)"
        where = _run(installed / "python", "-c", code, cwd=decoys)
        assert not where.startswith(str(ROOT))
        assert 0 == up.stop()


def _run(*argv: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def _environment() -> Mapping[str, str]:
    """Return ours without what would lead Python back to the checkout."""
    return {
        name: value
        for name, value in os.environ.items()  # noqa: TID251
        if name not in {"PYTHONPATH", "PYTHONHOME"}
    }

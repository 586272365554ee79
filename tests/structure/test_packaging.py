"""What the wheel holds, and what it needs."""

import re
from pathlib import Path

from redis.utils import HIREDIS_AVAILABLE

from tests.structure.sources import PACKAGES, ROOT, files, lines_of, setup_cfg

MOUNTED = {"workers": "airq_cron.workers", "api": "airq_cron.api"}
LOCKS = ("requirements.txt", "requirements-dev.txt")


def test_the_package_map_equals_the_directories() -> None:
    """Every directory with Python files is in the wheel, under airq_cron."""
    found = {_package_of(path) for path in files(*PACKAGES)}

    assert sorted(found) == sorted(lines_of("options", "packages"))


def test_workers_and_api_are_mounted_under_airq_cron() -> None:
    """The wheel owns one top-level name only."""
    expected = [f"{inside} = {directory}" for directory, inside in MOUNTED.items()]

    assert expected == lines_of("options", "package_dir")


def test_every_file_beside_the_code_is_in_the_wheel() -> None:
    """Templates, scripts and type marks are named in package_data."""
    patterns = {
        package: lines_of("options.package_data", package)
        for package in setup_cfg()["options.package_data"]
    }
    matched = {
        path
        for package, names in patterns.items()
        for name in ",".join(names).split(",")
        for path in _directory_of(package).glob(name.strip())
    }
    present = {
        path
        for top in PACKAGES
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }

    assert sorted(present - matched) == []


def test_the_requirements_are_those_of_the_package() -> None:
    """`make run` installs what `pip install airq-cron` installs."""
    text = (ROOT / "requirements.in").read_text()
    listed = [line for line in text.splitlines() if line and line[0] != "#"]

    assert lines_of("options", "install_requires") == listed


def test_redis_is_read_in_c() -> None:
    """The client does without hiredis as well, and says nothing."""
    assert HIREDIS_AVAILABLE


def test_the_locks_name_no_registry() -> None:
    """Where packages come from is the installer's business."""
    for name in LOCKS:
        text = (ROOT / name).read_text()
        assert not re.search(r"https?:|\bfile:/|^--?[a-z]", text, re.MULTILINE), name


def test_every_locked_package_has_hashes() -> None:
    """An archive that was changed after it was locked is not installed."""
    for name in LOCKS:
        text = re.sub(r" \\\n +", " ", (ROOT / name).read_text())
        pinned = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
        assert pinned, name
        assert [line for line in pinned if "--hash=sha256:" not in line] == [], name


def test_both_locks_agree() -> None:
    """What is tested is what runs."""
    runtime, dev = (_pins(name) for name in LOCKS)

    assert {name: dev.get(name) for name in runtime} == runtime


def test_every_adapter_is_kept_from_the_processes() -> None:
    """A new adapter module joins the import contract on the day it is made."""
    layers = lines_of("importlinter:contract:core", "layers")
    adapters = next(line for line in layers if "store" in line).split("|")
    names = {name.strip(" ()") for name in adapters} - {"broker", "testing"}
    existing = {f"airq_cron.{name}" for name in names if _is_module(name)}

    assert existing == set(
        lines_of("importlinter:contract:adapters", "forbidden_modules")
    )


def _package_of(path: Path) -> str:
    top, *rest = path.parent.parts
    return ".".join([MOUNTED.get(top, top), *rest])


def _directory_of(package: str) -> Path:
    for directory, inside in MOUNTED.items():
        if package == inside or package.startswith(inside + "."):
            return ROOT.joinpath(directory, *package.removeprefix(inside).split("."))
    return ROOT.joinpath(*package.split("."))


def _pins(name: str) -> dict[str, str]:
    return dict(
        re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    )


def _is_module(name: str) -> bool:
    core = ROOT / "airq_cron"
    return (core / f"{name}.py").exists() or (core / name / "__init__.py").exists()

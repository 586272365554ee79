"""The shape of the code: sizes, names, doors, docstrings."""

import ast
import re
from pathlib import Path

from tests.structure.sources import (
    PACKAGES,
    ROOT,
    definitions,
    files,
    imported_names,
    tree,
    used_names,
)

ALL = (*PACKAGES, "tests")
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
LONGEST_TASK_MODULE = 60
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base2", "manager"}
CLOCK = re.compile(
    r"^(time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|sleep)"
    r"|(datetime\.)?(datetime|date)\.(now|utcnow|today))$"
)
ENVIRONMENT = re.compile(r"^os\.(environ|environb|getenv|putenv)$")
REDIS_KEY = re.compile(r"^airq:[^ ]")
DOCUMENTED = (
    "airq_cron/domain",
    "airq_cron/services",
    "airq_cron/ports.py",
    "airq_cron/errors.py",
    "airq_cron/testing",
)
TASK_MODULES = ("fetch", "aggregate", "finalise", "cleanup", "health", "notify")


def test_no_file_is_long() -> None:
    """A file is read from top to bottom in one sitting."""
    long = {
        str(path): length
        for path in files(*ALL)
        if (length := _line_count(path)) > LONGEST_FILE
    }

    assert long == {}


def test_no_function_is_long() -> None:
    """A function fits on a screen."""
    long = {
        f"{path}:{name}": length
        for path in files(*ALL)
        for name, node in definitions(path)
        if not isinstance(node, ast.ClassDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }

    assert long == {}


def test_a_task_module_says_little() -> None:
    """Tasks call a service; what they do is there."""
    long = [
        str(path)
        for path in files("workers")
        if path.stem in TASK_MODULES and _line_count(path) > LONGEST_TASK_MODULE
    ]

    assert long == []


def test_no_module_has_a_vague_name() -> None:
    """A module that may hold anything ends up holding everything."""
    vague = [str(path) for path in files(*ALL) if path.stem in VAGUE]

    assert vague == []


def test_workers_and_api_import_themselves_relatively() -> None:
    """Their files work under both names, `workers` and `airq_cron.workers`."""
    absolute = [
        f"{path}:{line}: {name}"
        for path in files("workers", "api")
        for line, name in imported_names(path)
        if re.match(r"(airq_cron\.)?(workers|api)(\.|$)", name)
    ]

    assert absolute == []


def test_only_the_clock_reads_time() -> None:
    """Whoever takes instants as arguments can be tested at any instant."""
    assert _uses(CLOCK, *ALL, door="airq_cron/clock.py") == []


def test_only_the_configuration_reads_the_environment() -> None:
    """Every setting has one name, one default and one check."""
    assert _uses(ENVIRONMENT, *PACKAGES, door="airq_cron/config.py") == []


def test_only_one_module_spells_redis_keys() -> None:
    """Type, owner and lifetime of every key stand in one table."""
    spelt = [
        f"{path}:{node.lineno}: {node.value}"
        for path in files(*PACKAGES)
        if path != Path("airq_cron/telemetry/keys.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and REDIS_KEY.match(node.value)
    ]

    assert spelt == []


def test_every_module_says_what_it_is() -> None:
    """The first line of a file is one sentence about it."""
    silent = [str(path) for path in files(*ALL) if not ast.get_docstring(tree(path))]

    assert silent == []


def test_every_public_name_of_the_core_is_documented() -> None:
    """Units, zones, half-openness and errors stand in docstrings."""
    silent = [
        f"{path}:{name}"
        for path in files("airq_cron")
        if str(path).startswith(DOCUMENTED)
        for name, node in definitions(path)
        if _is_public(name, path) and not ast.get_docstring(node)
    ]

    assert silent == []


def test_tests_are_sentences() -> None:
    """A test's docstring says in one sentence what is true."""
    silent = [
        f"{path}:{name}"
        for path in files("tests")
        for name, node in definitions(path)
        if name.rpartition(".")[2].startswith("test_") and not ast.get_docstring(node)
    ]

    assert silent == []


def _line_count(path: Path) -> int:
    return len((ROOT / path).read_bytes().splitlines())


def _uses(banned: re.Pattern[str], *tops: str, door: str) -> list[str]:
    return sorted(
        {
            f"{path}:{line}: {name}"
            for path in files(*tops)
            if path != Path(door)
            for line, name in used_names(path)
            if banned.match(name)
        }
    )


def _is_public(name: str, path: Path) -> bool:
    if any(part.startswith("_") for part in name.split(".")):
        return False
    nested = {
        f"{outer}.{inner.name}"
        for outer, node in definitions(path)
        if not isinstance(node, ast.ClassDef)
        for inner in ast.walk(node)
        if inner is not node
        and isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    return name not in nested

"""The project's Python sources as these tests read them: parsed, never imported."""

import ast
from collections.abc import Iterator
from configparser import ConfigParser
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("airq_cron", "workers", "api")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def files(*tops: str) -> tuple[Path, ...]:
    """Return the Python files under *tops*, as paths from the root."""
    return tuple(
        sorted(
            path.relative_to(ROOT)
            for top in tops
            for path in (ROOT / top).rglob("*.py")
            if "__pycache__" not in path.parts
        )
    )


@cache
def tree(path: Path) -> ast.Module:
    """Return the parsed file."""
    return ast.parse((ROOT / path).read_bytes(), str(path))


def definitions(path: Path) -> Iterator[tuple[str, Definition]]:
    """Yield every class and function with its dotted name in the file."""
    stack: list[tuple[str, ast.AST]] = [("", tree(path))]
    while stack:
        prefix, parent = stack.pop()
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, Definition):
                name = f"{prefix}{node.name}"
                yield name, node
                stack.append((f"{name}.", node))
            else:
                stack.append((prefix, node))


def imported_names(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of everything imported absolutely."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (
                (node.lineno, f"{node.module}.{alias.name}") for alias in node.names
            )


def used_names(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of what is imported, or read as an attribute."""
    aliases = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            aliases.update({a.asname or a.name: a.name for a in node.names})
        elif isinstance(node, ast.ImportFrom) and not node.level:
            aliases.update(
                {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
            )
    yield from imported_names(path)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            head, _, rest = ast.unparse(node).partition(".")
            yield node.lineno, f"{aliases.get(head, head)}.{rest}"


@cache
def setup_cfg() -> ConfigParser:
    """Return the parsed setup.cfg."""
    parser = ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg")
    return parser


def lines_of(section: str, option: str) -> list[str]:
    """Return a list option of setup.cfg without comments and blanks."""
    lines = (line.strip() for line in setup_cfg()[section][option].splitlines())
    return [line for line in lines if line and not line.startswith("#")]

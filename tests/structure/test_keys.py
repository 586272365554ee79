"""Every family of Redis keys ends by itself, or says why it must not."""

import ast
import re
from pathlib import Path

from tests.structure.sources import tree

KEYS = Path("airq_cron/telemetry/keys.py")
ENDS = re.compile(r"\d+ (h|days)|^the |^its |two windows")
STEM = re.compile(r"^airq:[a-z]+")


def rows() -> list[list[str]]:
    """Return the cells of each family in the table of the module."""
    page = ast.get_docstring(tree(KEYS)) or ""
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def spelt() -> set[str]:
    """Return the beginnings of the keys that the module spells."""
    inside = ast.walk(tree(KEYS))
    texts = [
        node.value
        for node in inside
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return {found[0] for text in texts if (found := STEM.match(text))}


def test_every_family_has_an_end_or_a_reason() -> None:
    """What is kept for ever fills the server that must never evict."""
    table = rows()

    assert len(table) >= 9
    for key, kind, owner, ttl in table:
        assert kind, key
        assert owner, key
        assert ENDS.search(ttl) or re.match(r"none: \w+", ttl), f"{key}: {ttl!r}"


def test_the_table_knows_every_key() -> None:
    """And names none that nobody spells."""
    told = {
        found
        for key, *_ in rows()
        for found in re.findall(r"airq:[a-z]+", key.split(",")[0])
    }

    assert told == spelt()

"""Lua scripts, each read once from its file beside this module."""

from functools import cache
from importlib.resources import files


@cache
def read_script(name: str) -> str:
    """Return the text of `lua/<name>.lua`."""
    return (files(__package__) / "lua" / f"{name}.lua").read_text(encoding="utf-8")

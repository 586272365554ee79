"""What a page shows of a terminal: its commands, and the shape of what they print."""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = "$ "
REST = "..."
# An id, a number or a run of blanks may be another; all else is what it says.
VARIABLE = re.compile(
    r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<number>\d+)|(?P<rest>\.{3})|(?P<blank>\s+)"
)
PATTERNS = {
    "id": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "number": r"\d+",
    "rest": r".*?",
    "blank": r"\s+",
}


@dataclass(frozen=True)
class Step:
    """
    One command, and what it shows.

    Attributes:
        shown: lines; one of `...` alone stands for any number of lines.
    """

    command: str
    shown: tuple[str, ...]


def read_steps(page: str) -> list[Step]:
    """Return the commands of all `console` blocks of *page*, in order."""
    steps: list[Step] = []
    for block in FENCE.findall(page):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.rstrip("\n").split("\n")
            steps.append(Step(command, tuple(shown)))
    return steps


def shape(line: str) -> re.Pattern[str]:
    """Return what a line like *line* matches, whatever its figures."""
    parts, end = [], 0
    for found in VARIABLE.finditer(line):
        parts.append(re.escape(line[end : found.start()]))
        parts.append(PATTERNS[str(found.lastgroup)])
        end = found.end()
    return re.compile("".join(parts) + re.escape(line[end:]) + r"\s*")


def first_unlike(shown: tuple[str, ...], printed: str) -> str | None:
    """Return the first shown line that *printed* lacks; None if it has them all."""
    left = printed.rstrip("\n").split("\n") if printed.strip() else []
    anywhere = False
    for line in shown:
        if line == REST:
            anywhere = True
            continue
        reach = len(left) if anywhere else 1
        at = next((n for n, own in enumerate(left[:reach]) if _like(line, own)), None)
        if at is None:
            return line
        left, anywhere = left[at + 1 :], False
    return None if anywhere or not left else f"nothing, but there is: {left[0]}"


def _like(line: str, printed: str) -> bool:
    return shape(line).fullmatch(printed) is not None

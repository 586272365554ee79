"""Find and remove files that are past their time."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from airq_cron.ports import Expired

# What a process still has open is never taken away from it.
CLOSED_LOGS = ("*.log.*",)
# Files that are written under such a name, and renamed when they are whole: who was
# killed in between has left one, and some hold secrets.
DRAFTS = (".admin.token.*", ".instance.key.*", "*.new")


def find_files(where: Path, patterns: Iterable[str], before: datetime) -> Expired:
    """Return how many files were not written since *before*, and the oldest."""
    ages = [
        datetime.fromtimestamp(path.stat().st_mtime, UTC)
        for path in _old_files(where, patterns, before)
    ]
    return Expired(len(ages), min(ages, default=None))


def remove_files(where: Path, patterns: Iterable[str], before: datetime) -> int:
    """Remove them; return how many."""
    found = _old_files(where, patterns, before)
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _old_files(where: Path, patterns: Iterable[str], before: datetime) -> list[Path]:
    return [
        path
        for pattern in patterns
        for path in sorted(where.glob(pattern))
        if path.is_file() and path.stat().st_mtime < before.timestamp()
    ]

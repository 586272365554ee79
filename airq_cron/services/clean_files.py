"""Find and remove files that are past their time."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path

from airq_cron.ports import Expired

# Held by the instance whose directory this is.
INSTANCE_LOCK = "airq.lock"
# What a process still has open is never taken away from it.
CLOSED_LOGS = ("*.log.*",)
# Files that are written under such a name, and renamed when they are whole: who was
# killed in between has left one, and some hold secrets.
DRAFTS = (".admin.token.*", ".instance.key.*", "*.new")


def places_of(data_dir: Path) -> list[Path]:
    """
    Return where files of an installation lie, by the directory of its data.

    `airq up` keeps the data of the sandbox in a directory below its own.
    """
    above = data_dir.parent
    return [data_dir, above] if (above / INSTANCE_LOCK).is_file() else [data_dir]


def find_files(
    places: Iterable[Path], patterns: Collection[str], before: datetime
) -> Expired:
    """Return how many files were not written since *before*, and the oldest."""
    ages = [
        datetime.fromtimestamp(path.stat().st_mtime, UTC)
        for path in _old_files(places, patterns, before)
    ]
    return Expired(len(ages), min(ages, default=None))


def remove_files(
    places: Iterable[Path], patterns: Collection[str], before: datetime
) -> int:
    """Remove them; return how many."""
    found = _old_files(places, patterns, before)
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _old_files(
    places: Iterable[Path], patterns: Collection[str], before: datetime
) -> list[Path]:
    return [
        path
        for where in places
        for pattern in patterns
        for path in sorted(where.glob(pattern))
        if path.is_file() and path.stat().st_mtime < before.timestamp()
    ]

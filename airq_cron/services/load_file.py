"""Load the values of a file into the store: counted, restartable, by batches."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from airq_cron.domain.measurement import Measurement, Origin, Reading, check_reading
from airq_cron.domain.pollutant import Pollutant
from airq_cron.garbage import collecting_seldom
from airq_cron.ports import FileRow, Store, Unit, UpsertCount

# Measured: so many hold the write lock of SQLite for 20 ms, 66 when each is revised.
BATCH_SIZE = 5_000
SHOWN_LINES = 10
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)

TOO_EARLY = "before 1900"
TOO_LATE = "in the future"
REPEATED = "hour given twice"


@dataclass(slots=True)
class Refusal:
    """How often one reason was met, and on which lines first."""

    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class LoadReport:
    """
    What became of a file; it adds up at any moment.

    `values` = stored + revised + unchanged + missing + refused + pending.

    Attributes:
        lines: lines that hold data; header, units and blank lines are none.
        other_stations: lines of stations that were not asked for.
        values: values and unreadable lines, a line counting as one value.
        missing: the file itself says that there is no value.
        pending: read and accepted, not yet written; 0 at the end.
        refused: by reason.
    """

    lines: int = 0
    other_stations: int = 0
    values: int = 0
    missing: int = 0
    pending: int = 0
    written: UpsertCount = field(default_factory=UpsertCount)
    refused: dict[str, Refusal] = field(default_factory=dict)

    @property
    def refused_count(self) -> int:
        """All refused values."""
        return sum(refusal.count for refusal in self.refused.values())

    @property
    def accepted(self) -> int:
        """All values that are in the store now."""
        return self.written.stored + self.written.revised + self.written.unchanged

    def refuse(self, reason: str, line: int) -> None:
        """Count one refusal; keep the first few line numbers."""
        refusal = self.refused.setdefault(reason, Refusal())
        refusal.count += 1
        if len(refusal.lines) < SHOWN_LINES and line not in refusal.lines[-1:]:
            refusal.lines.append(line)


Progress = Callable[[LoadReport], None]


def load_file(
    store: Store,
    rows: Iterable[FileRow],
    *,
    provider: str,
    origin: Origin,
    location: str,
    at: datetime,
    progress: Progress | None = None,
) -> LoadReport:
    """
    Store the values of a file under *provider* for a known *location*.

    Each batch is one transaction that depends on nothing but the file: wherever
    it is killed, loading the same file again ends with the same figures, and
    loading it twice changes nothing. With the first batch the provider becomes
    the first of the location's providers, unless it is one already. Of an hour
    given twice, the first value counts.

    Args:
        rows: in the order of the file; read lazily.
        at: when we learnt the values, their `fetched_at`; later hours are refused.
        progress: called after each batch with the report so far.

    Raises:
        NotFoundError: the location is unknown; nothing was read.
        StoreError: the database did not come back in time.
    """
    with store.read() as unit:
        unit.locations.get(location)
    report = LoadReport()
    accepted = _accepted(
        rows, report, provider=provider, origin=origin, location=location, at=at
    )
    with collecting_seldom():
        while batch := list(islice(accepted, BATCH_SIZE)):
            report.written += store.write(partial(_write, batch=batch))
            report.pending = 0
            if progress is not None:
                progress(report)
    return report


def _accepted(
    rows: Iterable[FileRow],
    report: LoadReport,
    *,
    provider: str,
    origin: Origin,
    location: str,
    at: datetime,
) -> Iterator[Measurement]:
    """Give the measurements that may be stored; count everything in *report*."""
    last_line = 0
    seen: dict[Pollutant, set[datetime]] = {one: set() for one in Pollutant}
    for line, reading, reason in rows:
        if line != last_line:
            last_line = line
            report.lines += 1
        if reading is None and reason is None:
            report.other_stations += 1
            continue
        report.values += 1
        if reading is None:
            report.refuse(str(reason), line)
            continue
        if reading.value is None:
            report.missing += 1
            continue
        checked = _check_time(reading, at) or check_reading(
            reading,
            provider=provider,
            location=location,
            origin=origin,
            fetched_at=at,
        )
        if isinstance(checked, str):
            report.refuse(checked, line)
            continue
        known = seen[checked.pollutant]
        if checked.valid_from in known:
            report.refuse(REPEATED, line)
            continue
        known.add(checked.valid_from)
        report.pending += 1
        yield checked


def _check_time(reading: Reading, at: datetime) -> str | None:
    if reading.valid_from > at:
        return TOO_LATE
    return TOO_EARLY if reading.valid_from < EARLIEST else None


def _write(unit: Unit, batch: list[Measurement]) -> UpsertCount:
    place = unit.locations.lock(batch[0].location)
    provider = batch[0].provider
    if provider not in place.providers:
        head = (provider, *place.providers)
        unit.locations.save(replace(place, providers=head))
    return unit.measurements.upsert(batch)

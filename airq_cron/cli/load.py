"""`airq import`: the values of a CSV file into the store."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from airq_cron.cli.session import open_system, print_json
from airq_cron.cli.tables import show_fields
from airq_cron.clock import Clock
from airq_cron.errors import NotFoundError
from airq_cron.providers.csv_forms import FORMS, ReadingsFile
from airq_cron.services.load_file import LoadReport, load_file

ADD_IT = (
    "{id}; add it with: "
    "airq locations add {id} --name NAME --lat LAT --lon LON --zone ZONE"
)


@click.command("import")
@click.argument("file", type=click.Path(allow_dash=True, path_type=Path))
@click.option("--location", required=True, metavar="ID", help="Where it was measured.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    help="Insist on this form; without it the header decides.",
)
@click.option("--station", metavar="NAME", help="Take this station of several.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def load_command(
    file: Path,
    location: str,
    form: str | None,
    station: str | None,
    *,
    as_json: bool,
) -> None:
    """
    Store the measured values of FILE (CSV, also .gz; - reads standard input).

    Interrupt it when you like: the same command again ends with the same figures.
    Lines that cannot be read are counted and shown, all others are stored.
    """
    system = open_system()
    began = system.clock.monotonic()
    with (
        _source(file) as source,
        ReadingsFile(source, form=form, station=station) as readings,
        _Bar(readings, system.clock) as bar,
    ):
        try:
            report = load_file(
                system.store,
                readings.rows(),
                provider=readings.provider,
                origin=readings.origin,
                location=location,
                at=system.clock.now(),
                progress=bar.show,
            )
        except NotFoundError as error:
            if error.kind != "location":
                raise
            raise NotFoundError("location", ADD_IT.format(id=location)) from error
    summary = _summary(report, readings, location, system.clock.monotonic() - began)
    if as_json:
        print_json({"file": str(file), **summary})
    else:
        _print(summary, readings)
    if report.values and not report.accepted:
        click.echo("airq: nothing could be stored", err=True)
        raise SystemExit(1)


@contextmanager
def _source(file: Path) -> Iterator[Path | BinaryIO]:
    """Give the file; standard input is copied first, for it is read twice."""
    if str(file) != "-":
        yield file
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        yield copy


class _Bar:
    """A bar with rate and time left on a terminal, nothing elsewhere."""

    def __init__(self, readings: ReadingsFile, clock: Clock) -> None:
        self._readings = readings
        self._clock = clock
        self._began = clock.monotonic()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task(
            f"importing {readings.provider}", total=readings.size, rate=""
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, report: LoadReport) -> None:
        """Move the bar to where the file is read."""
        rate = report.values / max(self._clock.monotonic() - self._began, 0.001)
        self._progress.update(
            self._task,
            completed=self._readings.position,
            rate=f"{rate:,.0f} values/s",
        )


def _summary(
    report: LoadReport, readings: ReadingsFile, location: str, seconds: float
) -> dict[str, Any]:
    return {
        "location": location,
        "provider": readings.provider,
        "station": readings.station,
        "attribution": readings.form.attribution,
        "lines": report.lines,
        "other_stations": report.other_stations,
        "values": report.values,
        "stored": report.written.stored,
        "revised": report.written.revised,
        "unchanged": report.written.unchanged,
        "missing": report.missing,
        "refused": report.refused_count,
        "refusals": [
            {"reason": reason, "count": refusal.count, "lines": refusal.lines}
            for reason, refusal in sorted(report.refused.items())
        ],
        "seconds": round(seconds, 3),
    }


def _print(summary: dict[str, Any], readings: ReadingsFile) -> None:
    rate = summary["values"] / max(summary["seconds"], 0.001)
    lines: dict[str, object] = {
        "form": f"{readings.provider}, hours {readings.form.hours}"
    }
    if readings.station is not None:
        lines["station"] = repr(readings.station)
    lines["lines"] = f"{summary['lines']:,}"
    if summary["other_stations"]:
        lines["  of other stations"] = f"{summary['other_stations']:,}"
    for name in ("values", "stored", "revised", "unchanged", "missing", "refused"):
        lines[name] = f"{summary[name]:,}"
    for refusal in summary["refusals"]:
        shown = ", ".join(map(str, refusal["lines"]))
        more = ", ..." if refusal["count"] > len(refusal["lines"]) else ""
        lines[f"  {refusal['reason']}"] = f"{refusal['count']:,} (line {shown}{more})"
    lines["seconds"] = f"{summary['seconds']:.1f} ({rate:,.0f} values/s)"
    lines["source"] = readings.form.attribution
    show_fields(lines)

"""`airq sandbox`: a local upstream to try things on."""

import json
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import click

from airq_cron.clock import SystemClock
from airq_cron.config import load
from airq_cron.providers.csv_forms import ReadingsFile
from airq_cron.sandbox import (
    KINDS,
    Fault,
    Pace,
    Replay,
    Sandbox,
    SandboxServer,
    Source,
    Synthetic,
    parse_fault,
)

FAULTS = "\n".join(f"  {kind:<15} {meaning}" for kind, meaning in KINDS.items())
EPILOG = f"""\b
FAULT is KIND[=VALUE][:LIMIT]; LIMIT is a number of calls, or seconds such as 30s.
{FAULTS}

\b
While it runs: GET, POST, DELETE /sandbox/faults; GET, DELETE /sandbox/stats.
  curl -d '{{"kind": "503", "count": 3}}' -H 'Content-Type: application/json' \\
    http://127.0.0.1:8090/sandbox/faults
"""


@click.command(epilog=EPILOG)
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen here.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8090,
    show_default=True,
    help="Listen on this port; 0 takes a free one.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Replay this CSV of real hours (Airparif, UCI Beijing, OpenAQ; also .gz).  "
    "[default: AIRQ_SANDBOX_DATA, else a synthetic model]",
)
@click.option("--station", metavar="NAME", help="Of several in the file, this one.")
@click.option(
    "--speed",
    type=click.IntRange(1, 3600),
    default=1,
    show_default=True,
    help="Hours of the source that pass in one; 60 shows a new one each minute.",
)
@click.option(
    "--latency-ms",
    type=click.IntRange(0, 600_000),
    default=0,
    help="Wait so long before each answer.",
)
@click.option("--fault", "faults", multiple=True, metavar="FAULT", help="See below.")
@click.option("--json", "as_json", is_flag=True, help="Print the address as JSON.")
def sandbox(  # noqa: PLR0913 - one an option
    host: str,
    port: int,
    data: Path | None,
    station: str | None,
    speed: int,
    latency_ms: int,
    faults: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """
    Serve air-quality data as Open-Meteo does, on this machine.

    Past hours of a file are shown as now, moved by whole weeks, so that weekday
    and hour stay; without a file, a synthetic model answers. Faults make it fail
    the way upstreams do. Ctrl-C or SIGTERM ends it.
    """
    wrong = [parse_fault(text) for text in faults]
    if latency_ms:
        wrong.append(Fault("latency", value=latency_ms))
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    upstream = Sandbox(
        open_source(data or load().sandbox_data, station),
        clock=SystemClock(),
        pace=Pace(speed),
        faults=wrong,
    )
    with SandboxServer(upstream, host, port) as server:
        if as_json:
            click.echo(json.dumps({"url": server.url, **upstream.health()}))
        else:
            click.echo(f"sandbox on {server.url}, {upstream.source.title}")
        ended.wait()


def open_source(data: Path | None, station: str | None = None) -> Source:
    """
    Return what the sandbox shows: a file, or the synthetic model.

    Of several stations in a file, the one with the most lines is shown unless
    another is named.

    Raises:
        ImportFileError: the file has no known form, or nothing to show.
    """
    if data is None:
        return Synthetic()
    with ReadingsFile(data, station=station, largest=True) as file:
        title = " ".join(filter(None, (data.name, file.station)))
        found = (row.reading for row in file.rows() if row.reading is not None)
        return Replay.from_readings(found, f"{title} ({file.form.attribution})")

"""
Closes the same days by polars, in one process: hours from Parquet, days into Parquet.

Called as a script, for polars is installed beside the project and not in it:

    polars_days.py DIRECTORY PLACES DAYS

It prints the seconds that it took, making the hours not counted.
"""

import sys
from pathlib import Path

import polars as pl  # type: ignore[import-not-found]

from airq_cron.clock import SystemClock

POLLUTANTS = ("co", "no2", "o3", "pm10", "pm2_5", "so2")
# Hours before and after the days that 8-hour means take in.
BEFORE, AFTER = 7, 9
WINDOW, NEEDED = 8, 6
US_FIRST, US_LAST = 7, 23


def make_hours(path: Path, places: int, days: int) -> None:
    """Write the hours of so many days of every place and pollutant."""
    hours = pl.DataFrame({"hour": range(-BEFORE, 24 * days + AFTER)})
    place = pl.DataFrame({"place": range(places)})
    pollutants = pl.DataFrame({"pollutant": POLLUTANTS})
    value = (pl.col("hour") * 7919 + pl.col("place") * 104729) % 40_000_000 + 1_000_000
    frame = place.join(pollutants, how="cross").join(hours, how="cross")
    frame.with_columns(micros=value).write_parquet(path)


def close_days(source: Path, target: Path, days: int) -> int:
    """Compute what a daily statistic holds; return how many there are."""
    series = ["place", "pollutant"]
    mean = pl.col("micros").rolling_mean(WINDOW, min_samples=NEEDED).over(series)
    hours = pl.scan_parquet(source).sort(*series, "hour").with_columns(ending=mean)
    starts = pl.col("hour") - (WINDOW - 1)
    ends_on = hours.with_columns(day=pl.col("hour") // 24).group_by(*series, "day")
    begins = hours.with_columns(day=starts // 24, begin=starts % 24)
    begins_on = begins.filter(pl.col("begin").is_between(US_FIRST, US_LAST)).group_by(
        *series, "day"
    )
    micros = pl.col("micros")
    figures = ends_on.agg(
        valid=pl.len(),
        total=micros.sum(),
        lowest=micros.min(),
        highest=micros.max(),
        max_hour=pl.col("hour").get(micros.arg_max()),
        median=micros.median(),
        p95=micros.quantile(0.95, "linear"),
        eu=pl.col("ending").max(),
    )
    american = begins_on.agg(us=pl.col("ending").max())
    found = (
        figures.join(american, on=[*series, "day"], how="left")
        .filter(pl.col("day").is_between(0, days - 1))
        .collect()
    )
    found.write_parquet(target)
    return int(found.height)


def main() -> None:
    """Make the hours, close the days, and print the seconds."""
    directory, places, days = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    clock = SystemClock()
    source = directory / "hours.parquet"
    make_hours(source, places, days)
    began_s = clock.monotonic()
    count = close_days(source, directory / "days.parquet", days)
    seconds = clock.monotonic() - began_s
    assert count == places * len(POLLUTANTS) * days
    print(seconds)  # noqa: T201 - it is a script


if __name__ == "__main__":
    main()

"""A day's report in words: one sentence on top, and names people know."""

from datetime import date
from decimal import Decimal

from airq_cron.domain.pollutant import Pollutant, Unit, display
from airq_cron.domain.rating import AMERICAN, EUROPEAN
from airq_cron.domain.report import Report
from airq_cron.domain.scales.scheme import Averaging

NAMES = {
    Pollutant.PM2_5: "PM2.5",
    Pollutant.PM10: "PM10",
    Pollutant.O3: "Ozone",
    Pollutant.NO2: "Nitrogen dioxide",
    Pollutant.SO2: "Sulphur dioxide",
    Pollutant.CO: "Carbon monoxide",
}
UNIT_NAMES = {
    Unit.UG_M3: "µg/m³",
    Unit.MG_M3: "mg/m³",
    Unit.PPM: "ppm",
    Unit.PPB: "ppb",
}
AVERAGING_NAMES = {
    Averaging.H1: "largest hour",
    Averaging.H8: "largest 8 hours",
    Averaging.H24: "mean of the day",
}
PLACES = 1
SMALL = Decimal(1)


def day_text(day: date) -> str:
    """Return *day* as people say it: `Friday 14 March 2014`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def figure_text(value: Decimal | None) -> str:
    """
    Return a concentration with one decimal, or four below 1; unknown is a hyphen.

    Rounded half up, as every agency does.
    """
    if value is None:
        return "-"
    return str(display(value, PLACES if abs(value) >= SMALL or not value else 4))


def signed_text(value: Decimal | None) -> str:
    """Return a difference with its sign: `+13.9`, `-4.1`, `±0`, or a hyphen."""
    if value is None:
        return "-"
    shown = display(value, PLACES)
    return f"{shown:+}" if shown else "±0"


def headline(report: Report) -> str:
    """
    Return one sentence that says how the air of the day was, and why.

    Where no pollutant has enough hours it says so, and names no number.
    """
    place, day = report.location.name, day_text(report.date)
    when = f"in {place} on {day}"
    verb = "is so far" if report.so_far else "was"
    american = report.index(AMERICAN)
    if american.index is not None and american.main_pollutant is not None:
        return (
            f"The air {when} {verb} {_word(american.index.category)}: US index "
            f"{american.index.index}, because of {_name(american.main_pollutant)}."
        )
    european = report.index(EUROPEAN)
    if european.index is not None and european.main_pollutant is not None:
        return (
            f"The air {when} {verb} {_word(european.index.category)} in its worst "
            f"hour, by the European index, because of {_name(european.main_pollutant)}."
        )
    if report.pollutants:
        enough = "not enough data yet" if report.so_far else "insufficient data"
        return f"There is {enough} to judge the air {when}."
    return f"There is no data of the air {when}."


def limits_sentence(report: Report) -> str:
    """Return how many limits the day exceeds, meets, or cannot be held against."""
    told = [one.exceeded for one in report.comparisons]
    if not told or all(one is None for one in told):
        return "No limit can be judged: the data is insufficient."
    exceeded, unknown = told.count(True), told.count(None)
    met = told.count(False)
    words = f"{_count(exceeded, 'limit')} exceeded, {met} met"
    return f"{words}, {unknown} not judged." if unknown else f"{words}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _word(category: str | None) -> str:
    return (category or "").lower()


def _name(pollutant: Pollutant) -> str:
    name = NAMES[pollutant]
    return name if name.startswith("PM") else name.lower()

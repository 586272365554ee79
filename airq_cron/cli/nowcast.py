"""`airq nowcast`: what the air holds now, from its last twelve hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import click

from airq_cron.cli.index_card import show_index
from airq_cron.cli.json_lines import Document, answer_lines
from airq_cron.cli.printing import print_json
from airq_cron.cli.words import read_number, read_word
from airq_cron.domain.aqi import Averaging, Index, compute_index
from airq_cron.domain.nowcast import nowcast, surrogate
from airq_cron.domain.pollutant import Pollutant, Unit, display
from airq_cron.domain.scales import find_scheme
from airq_cron.errors import InvalidError

SCHEME = "us-epa-2024"
KEYS = ("nowcast", "truncated", "index")
MISSING = "-"


@dataclass(frozen=True, slots=True)
class Present:
    """
    What is said of the present hour.

    Attributes:
        value: NowCast of particles in ug/m3, or the surrogate of ozone in ppb.
        truncated: NowCast as it is looked up; None for the surrogate.
        averaging: of the table in which the index was looked up.
    """

    pollutant: Pollutant
    value: Decimal
    truncated: Decimal | None
    averaging: Averaging
    index: Index


# A negative hour must not be taken for an option.
@click.command("nowcast", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, metavar="[POLLUTANT H1 H2 ...]")
@click.option("--batch", is_flag=True, help="Read JSON lines, write JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def nowcast_command(
    ctx: click.Context, words: tuple[str, ...], *, batch: bool, as_json: bool
) -> None:
    """
    Compute what the air holds now from the last twelve hourly values.

    POLLUTANT is pm2_5 or pm10, in ug/m3, newest hour first; a hyphen stands for a
    missing hour. For example: airq nowcast pm2_5 13 16 - 21 74 64 53 82 90 75 80 50

    For o3, in ppb, there is a plain surrogate instead, named so.

    With --batch each line of standard input is an object {"pollutant", "hours"}
    and comes back with "nowcast", "truncated" and "index", or with "error"; the
    exit code is then 1.
    """
    if bool(words) is batch:
        raise click.UsageError(
            "--batch takes no arguments" if batch else "a pollutant is needed"
        )
    if batch:
        ctx.exit(0 if answer_lines(_answer, KEYS) else 1)
    hours = [None if word == MISSING else word for word in words[1:]]
    question = {"pollutant": words[0], "hours": hours}
    present = _present(question)
    if as_json:
        print_json(_single(question, present))
    elif present is None:
        click.echo("There is none: it takes two of the last three hours.")
    else:
        _show(present)


def _present(question: Mapping[str, Any]) -> Present | None:
    pollutant = read_word(Pollutant, question, "pollutant")
    values = question.get("hours")
    if not isinstance(values, list):
        raise InvalidError("hours", "is not a list")
    hours = [None if one is None else read_number(one, "hours") for one in values]
    if pollutant is Pollutant.O3:
        return _present_ozone(hours)
    found = nowcast(pollutant, hours)
    if found is None:
        return None
    averaging = Averaging.H24
    index = compute_index(SCHEME, pollutant, averaging, found.truncated, Unit.UG_M3)
    return Present(pollutant, found.value, found.truncated, averaging, index)


def _present_ozone(hours: list[Decimal | None]) -> Present | None:
    value = surrogate(hours)
    if value is None:
        return None
    index = compute_index(SCHEME, Pollutant.O3, Averaging.H8, value, Unit.PPB)
    return Present(Pollutant.O3, value, None, Averaging.H8, index)


def _answer(question: Mapping[str, Any]) -> Document:
    found = _present(question)
    if found is None:
        return dict.fromkeys(KEYS)
    answer: Document = {
        "nowcast": None if found.truncated is None else display(found.value),
        "truncated": found.truncated,
        "index": found.index.index,
    }
    if found.truncated is None:
        answer["surrogate"] = display(found.value)
    return answer


def _single(words: Mapping[str, Any], found: Present | None) -> Document:
    answer = _answer(words)
    numbers = {
        key: float(one) if isinstance(one, Decimal) else one
        for key, one in answer.items()
    }
    index = None if found is None else found.index
    return {
        "pollutant": words["pollutant"],
        "hours": [None if one is None else float(one) for one in words["hours"]],
        **numbers,
        "category": index.category if index else None,
        "color": index.color if index else None,
        "advice": index.advice if index else None,
    }


def _show(found: Present) -> None:
    scheme = find_scheme(SCHEME)
    table = scheme.table(found.pollutant, found.averaging)
    value = display(found.value)
    if found.truncated is None:
        heading = f"surrogate of {found.pollutant}: {value} ppb, for the 8h mean"
    else:
        heading = f"NowCast of {found.pollutant}: {value} ug/m3"
    show_index(found.index, scheme, table, heading)

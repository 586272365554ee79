"""`airq aqi`: the index of a concentration."""

from collections.abc import Mapping
from typing import Any

import click

from airq_cron.cli.index_card import show_index
from airq_cron.cli.json_lines import Document, answer_lines
from airq_cron.cli.printing import print_json
from airq_cron.cli.words import read_number, read_text, read_unit, read_word
from airq_cron.domain.aqi import Averaging, Index, compute_index
from airq_cron.domain.pollutant import Pollutant
from airq_cron.domain.scales import find_scheme

ARGUMENTS = ("scheme", "pollutant", "averaging", "value", "unit")


# A negative value must not be taken for an option.
@click.command("aqi", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, metavar="[SCHEME POLLUTANT AVERAGING VALUE UNIT]")
@click.option("--batch", is_flag=True, help="Read JSON lines, write JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def aqi(
    ctx: click.Context, words: tuple[str, ...], *, batch: bool, as_json: bool
) -> None:
    """
    Compute the air quality index of a concentration.

    SCHEME is us-epa-2024, eaqi-2024, eaqi-2019 or eaqi-2017; POLLUTANT one of
    pm2_5 pm10 o3 no2 so2 co; AVERAGING 1h, 8h or 24h; UNIT ug/m3, mg/m3, ppm or
    ppb. For example: airq aqi us-epa-2024 pm2_5 24h 35.9 ug/m3

    With --batch each line of standard input is an object with these five names,
    and comes back with "index" and "category", or with "error"; the exit code is
    then 1.
    """
    if len(words) != (0 if batch else len(ARGUMENTS)):
        raise click.UsageError(
            "--batch takes no arguments" if batch else "five arguments are needed"
        )
    if batch:
        ctx.exit(0 if answer_lines(_answer, ("index", "category", "scaled")) else 1)
    question = dict(zip(ARGUMENTS, words, strict=True))
    index = _index(question)
    if as_json:
        print_json(_document(question, index))
    else:
        _show(question, index)


def _index(question: Mapping[str, Any]) -> Index:
    return compute_index(
        read_text(question, "scheme"),
        read_word(Pollutant, question, "pollutant"),
        read_word(Averaging, question, "averaging"),
        read_number(question.get("value"), "value"),
        read_unit(question),
    )


def _answer(question: Mapping[str, Any]) -> Document:
    index = _index(question)
    answer: Document = {"index": index.index, "category": index.category}
    if index.scaled is not None:
        answer["scaled"] = index.scaled
    return answer


def _document(question: Mapping[str, str], index: Index) -> Document:
    value = read_number(question["value"], "value")
    scaled = None if index.scaled is None else int(index.scaled)
    return {
        **question,
        "value": float(value),
        "unit": read_unit(question).value,
        "index": index.index,
        "category": index.category,
        "scaled": scaled,
        "color": index.color,
        "advice": index.advice,
    }


def _show(question: Mapping[str, str], index: Index) -> None:
    scheme = find_scheme(question["scheme"])
    pollutant = Pollutant(question["pollutant"])
    table = scheme.table(pollutant, Averaging(question["averaging"]))
    mean = f"{pollutant}, {table.averaging} mean of {question['value']}"
    show_index(index, scheme, table, f"{mean} {read_unit(question)}")

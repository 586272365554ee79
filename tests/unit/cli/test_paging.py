"""Every list turns its pages in the same way."""

import json
from collections.abc import Sequence

import click
import pytest
from click.testing import CliRunner

from airq_cron.cli.paging import LARGEST_PAGE, paged, show_page, turn_to
from airq_cron.domain.page import Page, cut_page, decode_cursor
from airq_cron.errors import InvalidError

LETTERS = tuple("abcde")


@click.command()
@paged
def letters(limit: int, cursor: str | None, *, as_json: bool) -> None:
    """List letters."""

    def read(after: tuple[str, ...] | None) -> Page[str]:
        rest = LETTERS if after is None else LETTERS[LETTERS.index(after[0]) + 1 :]
        return cut_page(rest, limit, lambda one: (one,))

    def show(items: Sequence[str]) -> None:
        click.echo(" ".join(items))

    page = turn_to(cursor, read)
    show_page(page, lambda one: {"letter": one}, show, none="Empty.", as_json=as_json)


def list_letters(*options: str) -> str:
    """Run the command and return what it says."""
    done = CliRunner().invoke(letters, options, catch_exceptions=False)
    return done.output


def test_a_page_tells_how_to_get_the_next() -> None:
    """The line can be copied, and leads to what follows."""
    said = list_letters("--limit", "3")

    shown, more = said.splitlines()
    assert "a b c" == shown
    cursor = more.removeprefix("There are more: --cursor ")
    assert "d e\n" == list_letters("--limit", "3", "--cursor", cursor)


def test_json_holds_the_page_and_its_cursor() -> None:
    """A program goes on with `next_cursor`, which is null on the last page."""
    first = json.loads(list_letters("--limit", "4", "--json"))
    last = json.loads(list_letters("--cursor", first["next_cursor"], "--json"))

    assert [{"letter": one} for one in "abcd"] == first["items"]
    assert ("d",) == decode_cursor(first["next_cursor"])
    assert {"items": [{"letter": "e"}], "next_cursor": None} == last


def test_an_empty_page_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """A blank screen would leave people wondering."""
    show_page(Page((), None), dict, print, none="Nothing here.", as_json=False)

    assert "Nothing here.\n" == capsys.readouterr().out


@pytest.mark.parametrize("cursor", ["", "?", "bm9uc2Vuc2U", "WyJ6Il0"])
def test_a_wrong_cursor_names_its_option(cursor: str) -> None:
    """It is no text of ours, or the place that it names is not there."""
    with pytest.raises(InvalidError) as refused:
        CliRunner().invoke(letters, ["--cursor", cursor], catch_exceptions=False)

    assert "--cursor" == refused.value.field


@pytest.mark.parametrize("limit", ["0", "-1", str(LARGEST_PAGE + 1), "x"])
def test_a_wrong_limit_is_a_wrong_call(limit: str) -> None:
    """The bounds are in the message."""
    done = CliRunner().invoke(letters, ["--limit", limit])

    assert 2 == done.exit_code
    assert "--limit" in done.output

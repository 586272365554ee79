"""Lists that come in pages: their options, and how a page is shown."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from airq_cron.cli.documents import Document, page_document
from airq_cron.cli.session import print_json
from airq_cron.domain.page import Page, decode_cursor
from airq_cron.errors import InvalidError

LARGEST_PAGE = 1000
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

Item = TypeVar("Item")
Command = TypeVar("Command", bound=Callable[..., Any])


def paged(command: Command) -> Command:
    """Give *command* the options `--limit`, `--cursor` and `--json`."""
    limit = click.option(
        "--limit",
        type=click.IntRange(1, LARGEST_PAGE),
        default=50,
        show_default=True,
        help="At most so many.",
    )
    cursor = click.option("--cursor", help="Go on where the last page ended.")
    return limit(cursor(JSON(command)))


def turn_to(
    cursor: str | None, read: Callable[[tuple[str, ...] | None], Page[Item]]
) -> Page[Item]:
    """
    Return the page that *read* gives for the place that *cursor* stands for.

    Raises:
        InvalidError: it stands for none; field `--cursor`.
    """
    try:
        return read(None if cursor is None else decode_cursor(cursor))
    except ValueError as error:
        raise InvalidError("--cursor", "is not the end of a page") from error


def show_page(
    page: Page[Item],
    item: Callable[[Item], Document],
    show: Callable[[Sequence[Item]], None],
    *,
    none: str,
    as_json: bool,
) -> None:
    """
    Print the page as JSON, or as *show* does, and how to get the next one.

    Args:
        none: what to say of an empty page.
    """
    document = page_document(page, item)
    if as_json:
        print_json(document)
        return
    if page.items:
        show(page.items)
    else:
        click.echo(none)
    if document["next_cursor"] is not None:
        click.echo(f"There are more: --cursor {document['next_cursor']}")

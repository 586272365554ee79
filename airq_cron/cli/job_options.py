"""Options that say how a job is defined, and what they stand for."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, get_args

import click

from airq_cron.domain.catchup import Mode
from airq_cron.domain.job import Overlap, Priority, Queue
from airq_cron.domain.kinds import KINDS, read_param
from airq_cron.domain.retry import Backoff
from airq_cron.errors import InvalidError

Command = TypeVar("Command", bound=Callable[..., Any])
# By option: where it stands in the definition, one name or two.
PLACES = {
    "catchup": ("catchup", "mode"),
    "catchup_window_s": ("catchup", "window_s"),
    "catchup_cap": ("catchup", "cap"),
    "backoff": ("retry", "backoff"),
    "attempts": ("retry", "attempts"),
    "retry_delay_s": ("retry", "delay_s"),
    "retry_cap_s": ("retry", "cap_s"),
}
NONE = "none"


class Limit(click.ParamType[Any]):
    """A whole number, or `none` for no bound of its own."""

    name = "n|none"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """Return the number or the word; anything else is a wrong call."""
        text = str(value)
        if text == NONE:
            return NONE
        if not (text.isascii() and text.isdecimal()):
            self.fail(f"{text!r} is neither a whole number nor {NONE}", param, ctx)
        return int(text[:18])


def _words(words: Iterable[str]) -> click.Choice[str]:
    # Of an enumeration, click would take the names of its members.
    return click.Choice([str(word) for word in words])


KIND = _words(KINDS)
OPTIONS = (
    click.option("--timezone", metavar="ZONE", help="IANA zone of the schedule."),
    click.option(
        "--param",
        "params",
        multiple=True,
        metavar="NAME=VALUE",
        help="What its kind takes; all that it shall have.",
    ),
    click.option("--description", help="What it is for."),
    click.option("--category", help="What it belongs to."),
    click.option("--queue", type=_words(Queue), help="Where its runs wait."),
    click.option("--priority", type=_words(Priority), help="Order in the queue."),
    click.option("--overlap", type=_words(Overlap), help="While a run is unfinished."),
    click.option(
        "--catchup", type=_words(get_args(Mode)), help="For what is found late."
    ),
    click.option("--catchup-window-s", type=Limit(), help="Older ones are missed."),
    click.option("--catchup-cap", type=Limit(), help="Under all, at most so many."),
    click.option("--backoff", type=_words(Backoff), help="How retries pause."),
    click.option("--attempts", type=int, help="At most so many in all."),
    click.option("--retry-delay-s", type=float, help="The pause, or its first step."),
    click.option("--retry-cap-s", type=float, help="No pause is longer."),
    click.option("--time-limit-s", type=int, help="An attempt is ended after it."),
    click.option("--soft-limit-s", type=Limit(), help="The attempt is told after it."),
    click.option("--run-limit-s", type=Limit(), help="No retry outlives it."),
    click.option("--start-margin-s", type=Limit(), help="Missed if it waits longer."),
    click.option("--jitter-s", type=int, help="Starts lie so much later at most."),
    click.option("--pause-after", type=Limit(), help="Off after so many failures."),
    click.option("--on/--off", "enabled", default=None, help="Whether it fires."),
)


def policy_options(command: Command) -> Command:
    """Give *command* every option that defines a job, but kind and schedule."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def definition_given(options: dict[str, Any], *, kind: str) -> dict[str, Any]:
    """
    Return the part of a definition that *options* say, in the API's words.

    Args:
        kind: of the job, which knows the types of its parameters.

    Raises:
        InvalidError: a parameter is not like `name=value`.
    """
    given: dict[str, Any] = {}
    for name, value in options.items():
        if value is None or value == ():
            continue
        if name == "params":
            given[name] = _params(kind, value)
            continue
        # `none` is a word of backoff and catchup, too.
        cleared = value == NONE and name not in ("backoff", "catchup")
        place = PLACES.get(name, (name,))
        inner = given if len(place) == 1 else given.setdefault(place[0], {})
        inner[place[-1]] = None if cleared else value
    return given


def _params(kind: str, pairs: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        if not separator or not name or name in found:
            raise InvalidError("params", f"{pair[:60]!r} is not one NAME=VALUE")
        found[name] = read_param(kind, name, text)
    return found

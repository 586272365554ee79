"""How times, numbers, states and runs look, wherever they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from markupsafe import Markup, escape

from airq_cron.domain.period import load_zone
from airq_cron.domain.run import Run, State, instant_text
from airq_cron.domain.timeline import Event
from airq_cron.ports import Mark
from airq_cron.services.read_marks import SHOWN

from . import words

# What a state looks like; the shape and the word say it as well as the colour.
LOOKS = {
    "good": (
        *(State.SUCCEEDED, "fresh", "CLOSED", "ok", "on", "cleared", "done"),
        *("final", "active"),
    ),
    "bad": (
        *(State.FAILED, State.DEAD, "OPEN", "down", "critical", "crashed"),
        *("time_limit", "high"),
    ),
    "warn": (
        *(State.MISSED, "stale", "HALF_OPEN", "degraded", "medium", "open"),
        *("never_delivered", "insufficient"),
    ),
    "busy": (
        *(State.SCHEDULED, State.QUEUED, State.RUNNING, State.WAITING),
        *("entering", "provisional"),
    ),
}
LOOK_OF = {str(word): look for look, found in LOOKS.items() for word in found}
STEPS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
# From the largest unit on, so many of it are needed before it is used.
ENOUGH = {"d": 2, "h": 2, "min": 2, "s": 1}
CELL = 4
LONGEST, MOST_TITLE = 120, 1000


@dataclass(frozen=True, slots=True)
class Strip:
    """
    The last runs of a job as marks in a row, the newest on the right.

    Attributes:
        paths: look and drawing, one for each look.
        label: the same in words.
    """

    paths: tuple[tuple[str, str], ...]
    width: int
    label: str


@dataclass(frozen=True, slots=True)
class Looks:
    """What templates ask for; *now* is the same for the whole page."""

    now: datetime

    def ago(self, at: datetime | None) -> Markup:
        """Return *at* as seen from now; the exact instant is its title."""
        if at is None:
            return escape(words.UNKNOWN)
        return _time(at, distance(at - self.now))

    def clock(self, at: datetime | None, zone: str = "UTC") -> Markup:
        """Return *at* as clocks show it in *zone*."""
        if at is None:
            return escape(words.UNKNOWN)
        local = at.astimezone(load_zone(zone))
        return _time(at, f"{local:%Y-%m-%d %H:%M:%S} {local:%Z}")

    def badge(self, state: str | None, word: str | None = None) -> Markup:
        """Return a state as a shape, a colour and a word."""
        if state is None:
            return escape(words.UNKNOWN)
        shown = word or words.STATES.get(str(state)) or str(state).replace("_", " ")
        return Markup('<span class="badge {}">{}</span>').format(look_of(state), shown)

    def moment(self, at: datetime) -> Markup:
        """Return *at* in UTC to the millisecond, as a timeline has it."""
        text = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        return _time(at, text)

    def exact(self, at: datetime) -> str:
        """Return *at* as programs write it."""
        return instant_text(at)

    def look(self, state: str) -> str:
        """Return `good bad warn busy idle`, whichever a state is."""
        return look_of(state)

    def event(self, event: Event) -> str:
        """Return how something that happened to a run looks."""
        if event.event == "now":
            return "busy"
        bad = event.event == "attempt_ended" and "succeeded" not in event.text
        return "bad" if bad else look_of(event.event)

    def late(self, run: Run) -> str:
        """Return how long after its fire time a run began."""
        if run.started_at is None:
            return words.UNKNOWN
        late_s = (run.started_at - run.scheduled_for).total_seconds()
        if late_s < 1:
            return words.RUNS.on_time
        return words.RUNS.late.format(length_text(late_s))

    def took(self, run: Run) -> str:
        """Return for how long a run has been, or was, at work."""
        if run.started_at is None:
            return words.UNKNOWN
        ended = run.finished_at or self.now
        return length_text(max(0.0, (ended - run.started_at).total_seconds()))

    def origin(self, origin: str) -> str:
        """Return in a word who wanted a run."""
        return words.ORIGINS.get(origin.partition(":")[0], origin)

    def cut(self, text: str, most: int = LONGEST) -> Markup:
        """Return the begin of a text; the whole is its title."""
        folded = " ".join(text.split())
        if len(folded) <= most:
            return escape(folded)
        return Markup('<span title="{}">{}\u2026</span>').format(
            folded[:MOST_TITLE], folded[:most]
        )

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return a number with thin spaces between thousands."""
        if value is None:
            return words.UNKNOWN
        return f"{value:,.{digits}f}".replace(",", "\u202f")

    def share(self, value: float | None) -> str:
        """Return a share of 0 to 1 in percent; what is not all is never 100 %."""
        if value is None:
            return words.UNKNOWN
        percent = 100 * value
        if 0 < percent < 1 or 99 < percent < 100:
            return (
                f"{percent:.1f}\u00a0%"
                if 0.1 < percent < 99.9
                else ("<\u202f0.1\u00a0%" if percent < 1 else ">\u202f99.9\u00a0%")
            )
        return f"{percent:.0f}\u00a0%"

    def length(self, seconds: float | None) -> str:
        """Return a length of time in at most three digits."""
        return words.UNKNOWN if seconds is None else length_text(seconds)

    def term(self, name: str, value: float | None) -> str:
        """Return what a term of a queue's score was measured as."""
        kind = words.TERMS[name][1]
        if kind == "share":
            return self.share(value)
        return self.length(value) if kind == "length" else self.number(value)

    def milliseconds(self, value: float | None) -> str:
        """Return milliseconds as a length of time."""
        return words.UNKNOWN if value is None else length_text(value / 1000)

    def score(self, value: float | None) -> str:
        """Return how a score of 0 to 1 looks."""
        if value is None:
            return "idle"
        return "good" if value >= 0.8 else "warn" if value >= 0.5 else "bad"

    def bar(self, share: float | None, look: str = "") -> Markup:
        """Return a share of 0 to 1 as a bar; its number stands beside it."""
        if share is None:
            return Markup("")
        filled = round(100 * min(1.0, max(0.0, share)))
        return Markup(
            '<svg class="bar {}" viewBox="0 0 100 6" preserveAspectRatio="none" '
            'aria-hidden="true"><rect class="rest" width="100" height="6"/>'
            '<rect width="{}" height="6"/></svg>'
        ).format(look, filled)

    def strip(self, marks: Sequence[Mark]) -> Markup:
        """Return the last runs of a job, oldest first, as a row of marks."""
        drawn = strip_of(marks)
        paths = Markup("").join(
            Markup('<path class="{}" d="{}"/>').format(look, path)
            for look, path in drawn.paths
        )
        return Markup(
            '<svg class="strip" width="{w}" height="16" viewBox="0 0 {w} 16" '
            'preserveAspectRatio="none" role="img" aria-label="{label}">{paths}</svg>'
        ).format(w=drawn.width, label=drawn.label, paths=paths)


def look_of(state: str) -> str:
    """Return `good bad warn busy`, or `idle` for what is none of them."""
    return LOOK_OF.get(str(state), "idle")


def length_text(seconds: float) -> str:
    """Return a length of time: `87 ms`, `1.4 s`, `12 min`, `5 h`, `3 d`."""
    if seconds < 0:
        return f"-{length_text(-seconds)}"
    if seconds < 0.9995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    for step, unit in STEPS:
        if seconds >= ENOUGH[unit] * step:
            return f"{seconds / step:.0f} {unit}"
    return f"{seconds:.0f} s"


def distance(length: timedelta) -> str:
    """Return how far off something is: `3 min ago`, `in 2 h`, `just now`."""
    seconds = int(abs(length.total_seconds()))
    if not seconds:
        return words.JUST_NOW
    for step, unit in STEPS:
        if seconds >= ENOUGH[unit] * step:
            text = f"{seconds // step} {unit}"
            break
    ahead = length > timedelta()
    return (words.AHEAD if ahead else words.AGO).format(text)


def strip_of(marks: Sequence[Mark]) -> Strip:
    """Return the drawing of some runs, oldest first."""
    looks = [look_of(mark.state) for mark in marks]
    parts: dict[str, list[str]] = {}
    # The newest is always at the right end, so that strips can be compared.
    place = max(0, SHOWN - len(marks))
    if place:
        parts["none"] = [f"M0 11h{place * CELL}"]
    for look, group in groupby(looks):
        count = len(list(group))
        parts.setdefault(look, []).append(_stretch(look, place, count))
        place += count
    paths = tuple((look, "".join(drawn)) for look, drawn in parts.items())
    return Strip(paths, place * CELL, strip_label(marks))


def strip_label(marks: Sequence[Mark]) -> str:
    """Return in words what a strip shows."""
    if not marks:
        return words.STRIP.none
    counts: dict[str, int] = {}
    for mark in marks:
        counts[mark.state.value] = counts.get(mark.state.value, 0) + 1
    told = ", ".join(f"{count} {state}" for state, count in _by_count(counts))
    return words.STRIP.label.format(count=len(marks), told=told)


def _by_count(counts: dict[str, int]) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _stretch(look: str, place: int, count: int) -> str:
    """Return a row of equal marks: a line whose dashes are the marks."""
    # What is well is low, what is not stands out by its height as well.
    middle = 11 if look in {"good", "idle"} else 8
    return f"M{place * CELL} {middle}h{count * CELL}"


def _time(at: datetime, text: str) -> Markup:
    exact = instant_text(at.replace(microsecond=0))
    title = f"{at.astimezone(UTC):%a %Y-%m-%d %H:%M:%S} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact, title, escape(text)
    )

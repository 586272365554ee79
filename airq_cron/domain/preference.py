"""Which provider speaks for a place when several have figures."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from airq_cron.domain.daily import enough
from airq_cron.errors import InvalidError

# Under these ids the importers store; no upstream is asked for them.
IMPORTED = frozenset({"airparif", "uci-beijing", "openaq"})
UPSTREAMS = frozenset({"open-meteo", "openaq", "iqair"})
# Without its key nobody asks such an upstream.
KEYS = {"openaq": "AIRQ_OPENAQ_KEY", "iqair": "AIRQ_IQAIR_KEY"}
# These have stations of their own, which a location may name: `openaq:2178`.
HAVE_STATIONS = frozenset({"openaq"})
STATION = re.compile(r"[0-9]{1,10}")
SANDBOX = "sandbox"
FRESH = timedelta(hours=3)


def choose_provider(
    hours: Mapping[str, int], preference: Sequence[str], expected: int
) -> str | None:
    """
    Return the provider whose figures of one day and pollutant are shown.

    It is the first, in order of preference, that covers at least 75 % of the
    day; failing that the first that has an hour at all, failing that the first
    that has a figure. Figures of two providers are never mixed.

    Args:
        hours: valid hours of each provider that has a figure.
        preference: the location's providers; others follow by name.
        expected: hours of the day.
    """
    order = in_order(hours, preference)
    for name in order:
        if hours[name] > 0 and enough(hours[name], expected):
            return name
    return next((name for name in order if hours[name] > 0), next(iter(order), None))


def present_provider(
    newest: Mapping[str, datetime], preference: Sequence[str]
) -> str | None:
    """
    Return the provider that speaks for what the air is now, None of none.

    Of those whose newest hour began at most three hours before the freshest one's
    it is the first in order of preference: measured values come later than
    modelled ones.

    Args:
        newest: begin of each provider's newest hour.
        preference: the location's providers; others follow by name.
    """
    freshest = max(newest.values(), default=None)
    if freshest is None:
        return None
    order = in_order(newest, preference)
    return next(name for name in order if freshest - newest[name] <= FRESH)


def in_order(names: Mapping[str, object], preference: Sequence[str]) -> list[str]:
    """Return *names* in order of *preference*, those it does not name last."""
    ranks = {name: rank for rank, name in enumerate(preference)}
    return sorted(names, key=lambda name: (ranks.get(name, len(ranks)), name))


def accept_providers(names: Sequence[str], live: Collection[str]) -> tuple[str, ...]:
    """
    Return the providers of a location as they are stored.

    On the sandbox, which stands in for every upstream, its name takes the place
    of theirs, so that the same file of locations works with and without a
    network.

    Args:
        live: the upstreams that are asked here.

    Raises:
        InvalidError: `providers` holds a name that nothing answers to.
    """
    stored: list[str] = []
    for name in names:
        kept = [_stored_name(name, live)]
        if SANDBOX in live and name in IMPORTED & UPSTREAMS:
            kept.append(SANDBOX)
        stored += [one for one in kept if one == name or one not in stored]
    return tuple(stored)


def split_references(
    written: Sequence[str], live: Collection[str]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """
    Take `openaq:2178` apart: the names, and the stations that some of them name.

    Raises:
        InvalidError: `providers` names a station of a provider that has none, or
            of one that is not asked here.
    """
    names: list[str] = []
    references: list[tuple[str, str]] = []
    for text in written:
        name, separator, station = text.partition(":")
        names.append(name)
        if not separator:
            continue
        if name not in HAVE_STATIONS or STATION.fullmatch(station) is None:
            reason = f"{text!r}: only openaq takes a station, such as openaq:2178"
            raise InvalidError("providers", reason)
        if name not in live and SANDBOX not in live:
            raise InvalidError("providers", f"{text!r} needs {KEYS[name]}")
        references.append((name, station))
    return tuple(names), tuple(references)


def _stored_name(name: str, live: Collection[str]) -> str:
    if name in live or name in IMPORTED:
        return name
    if name in UPSTREAMS and SANDBOX in live:
        return SANDBOX
    if name in KEYS:
        raise InvalidError("providers", f"{name!r} needs {KEYS[name]}")
    known = ", ".join(sorted({*live, *IMPORTED}))
    raise InvalidError("providers", f"{name!r} is none of {known}")

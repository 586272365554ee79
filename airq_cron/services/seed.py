"""Put in place what every installation begins with; repeatable."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import uuid4

from airq_cron.domain.catchup import Catchup
from airq_cron.domain.job import BUILT_IN, Job, Queue
from airq_cron.domain.measurement import Location, check_location
from airq_cron.domain.preference import accept_providers, split_references
from airq_cron.domain.retry import Backoff, RetryRule
from airq_cron.domain.zone import load_zone
from airq_cron.errors import ConfigError, InvalidError, ScheduleError
from airq_cron.ports import Store, Unit

PARIS = Location(
    id="paris",
    name="Paris",
    lat=Decimal("48.8566"),
    lon=Decimal("2.3522"),
    zone="Europe/Paris",
)
OTHERS = Job(
    name="fetch-other-locations",
    kind="fetch",
    schedule="* * * * *",
    zone="UTC",
    queue=Queue.DATA_FETCH,
    catchup=Catchup("latest"),
    retry=RetryRule(Backoff.EXPONENTIAL, attempts=3, delay_s=4.0, cap_s=30.0),
    time_limit_s=50,
    description="Fetch what the providers have new for all other locations",
    category="fetch",
)
FIELDS = frozenset({"id", "name", "lat", "lon", "zone", "providers"})


def seed(
    store: Store,
    *,
    default_provider: str,
    locations: Path | None,
    providers: Collection[str] = (),
) -> None:
    """
    Enter the built-in jobs, Paris, and the locations of a file.

    Jobs begin by the ledger's clock: a cursor of a host that is ahead of it would
    hide the fire times in between.

    Args:
        default_provider: speaks for a location that names none.
        providers: which other upstreams can be asked.

    What people have changed since stays as they left it: a location that is
    there already is not touched.

    Raises:
        ConfigError: the file cannot be read, or a location in it is wrong.
    """
    live = (default_provider, *providers)
    given = [] if locations is None else read_locations(locations, live)

    def work(unit: Unit) -> None:
        at = unit.runs.now()
        unit.jobs.sync_built_in(BUILT_IN, at)
        known = {place.id for place in unit.locations.all()}
        paris = Location(
            PARIS.id, PARIS.name, PARIS.lat, PARIS.lon, PARIS.zone, (default_provider,)
        )
        first_time = not known
        for place in [*([paris] if first_time else []), *given]:
            if place.id not in known:
                unit.locations.add(place)
                known.add(place.id)
        ensure_fetch_job(unit, at)
        unit.upstreams.set_salt(uuid4().hex)

    store.write(work)


def ensure_fetch_job(unit: Unit, at: datetime) -> None:
    """Add the job that fetches every location but Paris, once there is one."""
    names = {job.name for job in unit.jobs.all()}
    others = any(place.id != PARIS.id for place in unit.locations.all())
    if others and OTHERS.name not in names:
        unit.jobs.sync_built_in((OTHERS,), at)


def read_locations(path: Path, live: Sequence[str]) -> list[Location]:
    """
    Read a JSON array of locations; see `parse_location` for *live*.

    Raises:
        ConfigError: names `AIRQ_LOCATIONS`, the element and the field.
    """
    try:
        items = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise ConfigError("AIRQ_LOCATIONS", f"cannot be read: {error}") from error
    except ValueError as error:
        raise ConfigError("AIRQ_LOCATIONS", f"is not JSON: {error}") from error
    except ArithmeticError as error:
        raise ConfigError(
            "AIRQ_LOCATIONS", "a number has too large an exponent"
        ) from error
    if not isinstance(items, list):
        raise ConfigError("AIRQ_LOCATIONS", "must hold a JSON array")
    places = []
    for number, item in enumerate(items):
        try:
            places.append(parse_location(item, live))
        except InvalidError as error:
            message = f"[{number}].{error.field}: {error.reason}"
            raise ConfigError("AIRQ_LOCATIONS", message) from error
    return places


def parse_location(item: Any, live: Sequence[str]) -> Location:
    """
    Return the location that a JSON object describes.

    Args:
        live: the upstreams that can be asked; the first is the default one.

    Raises:
        InvalidError: a field is missing, unknown or wrong.
    """
    if not isinstance(item, dict):
        raise InvalidError("", "must be an object")
    for name in sorted(FIELDS - {"providers"} - item.keys()):
        raise InvalidError(name, "is missing")
    for name in sorted(item.keys() - FIELDS):
        raise InvalidError(name, "is not a field of a location")
    for name in ("id", "name", "zone"):
        if not isinstance(item[name], str):
            raise InvalidError(name, "must be a text")
    providers = item.get("providers", [live[0]])
    if not _is_text_list(providers):
        raise InvalidError("providers", "must be a list of texts")
    try:
        load_zone(item["zone"])
    except ScheduleError as error:
        raise InvalidError("zone", error.reason) from error
    names, references = split_references(providers, live)
    return check_location(
        Location(
            id=item["id"],
            name=item["name"],
            lat=_degrees(item, "lat"),
            lon=_degrees(item, "lon"),
            zone=item["zone"],
            providers=accept_providers(names, live),
            references=references,
        )
    )


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _degrees(item: dict[str, Any], name: str) -> Decimal:
    value = item[name]
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise InvalidError(name, "must be a number")
    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise InvalidError(name, "must be a number") from error

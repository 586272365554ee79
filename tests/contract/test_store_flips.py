"""Alerts on both databases: raised once, cleared once, found again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from airq_cron.domain.flip import Flip, FlipKind
from airq_cron.domain.period import Period
from airq_cron.errors import NotFoundError
from airq_cron.ports import FlipFilter
from airq_cron.store.store import SqlStore
from tests.air_rows import DAWN, HOUR, add_place
from tests.databases import Database
from tests.flips import FLIP

NEXT_DAY = replace(FLIP, key=f"{FLIP.key}+1", raised_at=DAWN + 24 * HOUR)
WORSE = replace(
    FLIP,
    key="high_aqi:paris:us-epa-2024:5:2026-03-01",
    condition="high_aqi:paris:us-epa-2024:5",
    raised_at=DAWN + 2 * HOUR,
)


@pytest.fixture
def store(store: SqlStore) -> SqlStore:
    """Give a store that knows Paris."""
    add_place(store)
    return store


def put(store: SqlStore, *flips: Flip) -> list[bool]:
    return store.write(lambda unit: [unit.flips.put(flip) for flip in flips])


def clear(store: SqlStore, flip: Flip) -> bool:
    return store.write(
        lambda unit: unit.flips.clear(
            flip.id, ended_at=flip.began_at + 5 * HOUR, message="It is over."
        )
    )


def follow(store: SqlStore, worst: float) -> None:
    store.write(lambda unit: unit.flips.follow(FLIP.id, {"worst": worst}))


def find(store: SqlStore, **where: object) -> list[Flip]:
    with store.read() as unit:
        return unit.flips.find(
            FlipFilter(**where),  # type: ignore[arg-type]
            limit=100,
            after=None,
        )


def test_a_flip_is_read_back_as_it_was_raised(store: SqlStore) -> None:
    """With and without what does not belong to its kind."""
    bare = replace(
        WORSE, location=None, scheme=None, category=None, day=None, detail={}
    )

    assert [True, True] == put(store, FLIP, bare)
    with store.read() as unit:
        assert [FLIP, bare] == [unit.flips.get(one.id) for one in (FLIP, bare)]


def test_a_key_is_stored_once(store: SqlStore) -> None:
    """Also when its flip was cleared: once a local day is enough."""
    put(store, FLIP)
    clear(store, FLIP)

    assert [False] == put(store, replace(FLIP, message="Again."))
    assert ["The air in Paris is Unhealthy."] == [one.message for one in find(store)]


def test_a_condition_has_one_open_flip(store: SqlStore) -> None:
    """The next day raises nothing while the first alert is open."""
    assert [True, False, True] == put(store, FLIP, NEXT_DAY, WORSE)
    clear(store, FLIP)
    assert [True] == put(store, NEXT_DAY)


def test_two_judges_raise_one_alert(database: Database, store: SqlStore) -> None:
    """Whoever commits first."""
    stores = [database.open() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        raised = list(pool.map(lambda one: put(one, FLIP), stores))

    assert [[False]] * 3 + [[True]] == sorted(raised)


def test_a_flip_is_cleared_once(store: SqlStore) -> None:
    """With the words and the instants of the first time."""
    put(store, FLIP)

    assert [True, False] == [clear(store, FLIP), clear(store, FLIP)]
    (found,) = find(store)
    assert FLIP.began_at + 5 * HOUR == found.ended_at
    assert "It is over." == found.cleared_message
    assert timedelta(hours=5) == found.lasted
    assert found.cleared_at is not None


def test_figures_follow_while_a_flip_is_open(store: SqlStore) -> None:
    """What is cleared stays as it was."""
    put(store, FLIP)
    follow(store, 180.0)
    clear(store, FLIP)
    follow(store, 200.0)

    assert [{"worst": 180.0}] == [one.detail for one in find(store)]


def test_open_flips_are_found_by_place(store: SqlStore) -> None:
    """Of the places that are judged together."""
    add_place(store, "lyon")
    lyon = replace(FLIP, key="lyon", condition="lyon", location="lyon")
    put(store, FLIP, WORSE, lyon)
    clear(store, WORSE)

    with store.read() as unit:
        assert [FLIP] == unit.flips.open_of(["paris"])
        assert [lyon, FLIP] == unit.flips.open_of(["paris", "lyon", "nice"])
        assert [] == unit.flips.open_of([])


def test_open_flips_are_found_by_kind(store: SqlStore) -> None:
    """Those of other kinds are left to who judges them."""
    stale = replace(FLIP, kind=FlipKind.STALE_DATA, key="old", condition="a:old")
    put(store, FLIP, WORSE, stale)
    clear(store, WORSE)

    with store.read() as unit:
        assert [stale] == unit.flips.open_of_kinds([FlipKind.STALE_DATA])
        assert [stale, FLIP] == unit.flips.open_of_kinds(list(FlipKind))
        assert [] == unit.flips.open_of_kinds([])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(-2, 0, 0), (-2, 1, 1), (1, 2, 1), (4, 9, 1), (5, 9, 0)],
)
def test_a_flip_touches_the_days_on_which_it_held(
    store: SqlStore, start: int, end: int, expected: int
) -> None:
    """Both are half-open: it held from DAWN on, for five hours."""
    put(store, FLIP)
    clear(store, FLIP)

    with store.read() as unit:
        period = Period(DAWN + start * HOUR, DAWN + end * HOUR)
        assert expected == len(unit.flips.touching("paris", period))


def test_an_open_flip_touches_every_later_day(store: SqlStore) -> None:
    """Nobody knows when it will end."""
    put(store, FLIP)

    with store.read() as unit:
        later = Period(DAWN + 90 * HOUR, DAWN + 91 * HOUR)
        assert [FLIP] == unit.flips.touching("paris", later)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, [WORSE.id, FLIP.id]),
        ({"is_open": True}, [WORSE.id]),
        ({"is_open": False}, [FLIP.id]),
        ({"kind": "high_aqi", "location": "paris"}, [WORSE.id, FLIP.id]),
        ({"location": "lyon"}, []),
        ({"since": WORSE.raised_at}, [WORSE.id]),
        ({"until": WORSE.raised_at}, [FLIP.id]),
    ],
)
def test_flips_are_filtered(
    store: SqlStore, where: dict[str, object], expected: list[str]
) -> None:
    """The last raised first."""
    put(store, FLIP, WORSE)
    clear(store, FLIP)

    assert expected == [one.id for one in find(store, **where)]


def test_pages_hold_every_flip_once(store: SqlStore) -> None:
    """Also those that were raised at the same instant."""
    flips = [replace(FLIP, key=f"k{n}", condition=f"c{n}") for n in range(5)]
    put(store, *flips)
    seen: list[Flip] = []
    after = None
    while True:
        with store.read() as unit:
            page = unit.flips.find(FlipFilter(), limit=2, after=after)
        if not page:
            break
        seen += page
        after = (page[-1].raised_at, page[-1].id)

    assert sorted((one.id for one in flips), reverse=True) == [one.id for one in seen]


def test_an_unknown_flip_is_not_found(store: SqlStore) -> None:
    """Named by its id."""
    with store.read() as unit, pytest.raises(NotFoundError, match="nothing"):
        unit.flips.get("nothing")


def test_alerts_go_with_their_place(store: SqlStore) -> None:
    """And one about a place that was removed meanwhile is not raised."""
    put(store, FLIP)
    store.write(lambda unit: unit.locations.remove("paris"))

    assert [] == find(store)
    assert [False] == put(store, WORSE)


def test_people_say_something_of_open_flips_only(store: SqlStore) -> None:
    """Who sees to it, and until when nobody is told."""
    put(store, FLIP)
    ack = {"at": DAWN + 2 * HOUR, "by": "cli:anne", "note": "I look"}
    until = DAWN + 9 * HOUR

    def steer() -> list[bool]:
        return store.write(
            lambda unit: [
                unit.flips.acknowledge(FLIP.id, **ack),  # type: ignore[arg-type]
                unit.flips.silence(FLIP.id, until=until),
            ]
        )

    assert [True, True] == steer()
    (found,) = find(store)
    assert (DAWN + 2 * HOUR, "cli:anne", "I look", until) == (
        found.acknowledged_at,
        found.acknowledged_by,
        found.acknowledged_note,
        found.silenced_until,
    )
    clear(store, FLIP)
    assert [False, False] == steer()


def test_the_last_flip_of_a_condition_is_found(store: SqlStore) -> None:
    """Open or cleared; another condition's is not."""
    put(store, FLIP, WORSE)
    clear(store, FLIP)
    put(store, NEXT_DAY)

    with store.read() as unit:
        assert unit.flips.last_flip(FLIP.condition) == NEXT_DAY
        assert unit.flips.last_flip("nothing") is None


def test_news_are_found_however_many_alerts_there_were(
    sqlite_database: Database,
) -> None:
    """Each beat asks for them every five seconds."""
    store = sqlite_database.open()
    plans: list[str] = []

    def explain(connection: Any, _: Any, statement: str, values: Any, *__: Any) -> None:
        line = connection.connection.driver_connection
        found = line.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        plans.extend(row[3] for row in found if " flips" in row[3])

    with store.read() as unit:
        event.listen(store._reading(), "before_cursor_execute", explain)
        unit.flips.recent(DAWN)

    search = "SEARCH flips USING INDEX ix_flips_cleared_at (cleared_at"
    assert [f"{search}=?)", f"{search}>?)"] == plans

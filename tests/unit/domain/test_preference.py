"""One provider speaks for a day and pollutant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.daily import enough
from airq_cron.domain.preference import (
    accept_providers,
    choose_provider,
    in_order,
    split_references,
)
from airq_cron.errors import InvalidError

MEASURED_FIRST = ("airparif", "open-meteo")


@pytest.mark.parametrize(
    ("hours", "expected", "chosen"),
    [
        ({"airparif": 18, "open-meteo": 24}, 24, "airparif"),
        ({"airparif": 17, "open-meteo": 24}, 24, "open-meteo"),
        ({"airparif": 18, "open-meteo": 25}, 25, "open-meteo"),
        ({"airparif": 19, "open-meteo": 25}, 25, "airparif"),
        ({"airparif": 3, "open-meteo": 5}, 24, "airparif"),
        ({"airparif": 0, "open-meteo": 1}, 24, "open-meteo"),
        ({"airparif": 0, "open-meteo": 0}, 24, "airparif"),
        ({"open-meteo": 2}, 24, "open-meteo"),
        ({"zeta": 24, "alpha": 24}, 24, "alpha"),
        ({}, 24, None),
    ],
)
def test_the_first_that_covers_three_quarters_speaks(
    hours: dict[str, int], expected: int, chosen: str | None
):
    """Preference decides among those with 75 % of the day, then among the rest."""
    assert chosen == choose_provider(hours, MEASURED_FIRST, expected)


def test_unlisted_providers_come_last_by_name():
    """A provider the location does not name follows those it names."""
    names = {"beta": 1, "open-meteo": 1, "alpha": 1, "airparif": 1}

    assert ["airparif", "open-meteo", "alpha", "beta"] == in_order(
        names, MEASURED_FIRST
    )


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 25), min_size=1),
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.integers(23, 25),
)
def test_nobody_sufficient_is_passed_over_for_one_who_is_not(
    hours: dict[str, int], preference: list[str], expected: int
):
    """If any provider covers the day, one that covers it is chosen."""
    chosen = choose_provider(hours, preference, expected)
    sufficient = {name for name, count in hours.items() if enough(count, expected)}

    assert chosen in (sufficient or hours)


def test_the_sandbox_stands_in_for_the_upstreams() -> None:
    """A file of locations for Open-Meteo works on the sandbox as it is."""
    assert ("airparif", "sandbox") == accept_providers(
        ["airparif", "open-meteo", "iqair"], {"sandbox"}
    )


def test_an_upstream_that_is_asked_keeps_its_name() -> None:
    """Nothing stands in for what can be asked."""
    assert ("open-meteo",) == accept_providers(["open-meteo"], {"open-meteo"})


@pytest.mark.parametrize("name", ["sandbox", "waqi", ""])
def test_a_provider_that_nothing_answers_to_is_refused(name: str) -> None:
    """The field is named, and what it may hold."""
    with pytest.raises(InvalidError, match="is none of") as caught:
        accept_providers([name], {"open-meteo"})

    assert "providers" == caught.value.field


def test_a_station_is_taken_apart() -> None:
    """What people write in one word is a provider and its own number."""
    assert (("openaq", "open-meteo"), (("openaq", "2178"),)) == split_references(
        ["openaq:2178", "open-meteo"], {"openaq", "open-meteo"}
    )


@pytest.mark.parametrize(
    "text", ["open-meteo:3", "openaq:", "openaq:x", "openaq:-1", "openaq:1:2", ":1"]
)
def test_a_station_that_is_none_is_refused(text: str) -> None:
    """Only openaq has stations, and they have numbers."""
    with pytest.raises(InvalidError, match="such as openaq:2178") as caught:
        split_references([text], {"openaq", "open-meteo"})

    assert "providers" == caught.value.field


def test_a_station_needs_the_key() -> None:
    """Nobody would ever ask it."""
    with pytest.raises(InvalidError, match="AIRQ_OPENAQ_KEY"):
        split_references(["openaq:2178"], {"open-meteo"})


def test_an_upstream_without_its_key_is_refused_by_its_name() -> None:
    """The setting is named that would make it right."""
    with pytest.raises(InvalidError, match="AIRQ_IQAIR_KEY"):
        accept_providers(["iqair"], {"open-meteo"})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["openaq"], ("openaq", "sandbox")),
        (["openaq", "open-meteo"], ("openaq", "sandbox")),
        (["open-meteo", "openaq"], ("sandbox", "openaq")),
        (["sandbox", "openaq"], ("sandbox", "openaq")),
    ],
)
def test_on_the_sandbox_openaq_is_what_was_imported(
    written: list[str], expected: tuple[str, ...]
) -> None:
    """Its live hours are the sandbox's, its files stay its own."""
    assert expected == accept_providers(written, {"sandbox"})

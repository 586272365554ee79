"""The chain: whatever is done to sealed rows without the key shows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq_cron.domain.trail import (
    RESTART,
    RETENTION,
    START,
    Break,
    Checkpoint,
    Head,
    Link,
    Walk,
    digest_of,
    mark_of,
    seal_checkpoint,
    seal_row,
)

KEY = b"a key that nobody guesses, so far"
GENESIS = Head(0, "the seal of the first checkpoint")
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
CONTENTS = st.lists(
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9)),
    min_size=2,
    max_size=8,
)


def chain(contents: list[dict[str, Any]], key: bytes = KEY) -> list[Link]:
    """Return the rows of these contents, sealed."""
    links: list[Link] = []
    before = GENESIS.mac
    for number, content in enumerate(contents, start=1):
        before = seal_row(key, before, number, content)
        links.append(Link(number, content, before))
    return links


def walk(links: list[Link], head: Head | None, *known: Head) -> Break | None:
    """Follow *links* to their end."""
    found = Walk(KEY, GENESIS, known)
    all(map(found.follow, links))
    return found.end(head)


def head_of(links: list[Link]) -> Head:
    """Return the place of the last row."""
    assert links[-1].mac is not None
    return Head(links[-1].id, links[-1].mac)


@given(CONTENTS)
def test_what_was_sealed_holds(contents: list[dict[str, Any]]) -> None:
    """Whatever the rows say."""
    links = chain(contents)

    assert walk(links, head_of(links), head_of(links[:1])) is None


@given(CONTENTS, st.data())
def test_a_changed_row_is_the_first_that_breaks(
    contents: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Its own seal shows it."""
    links = chain(contents)
    at = data.draw(st.integers(0, len(links) - 1))
    links[at] = replace(links[at], content={**links[at].content, "added": 1})

    broken = walk(links, head_of(links))

    assert broken is not None
    assert at + 1 == broken.row


@given(CONTENTS, st.data())
def test_a_removed_row_is_named(
    contents: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Whether it lay in the middle or at the end."""
    links = chain(contents)
    at = data.draw(st.integers(0, len(links) - 1))

    broken = walk(links[:at] + links[at + 1 :], head_of(links))

    assert broken is not None
    assert at + 1 == broken.row


@given(CONTENTS, st.data())
def test_rows_that_change_places_break(
    contents: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Even when each takes the other's number with its own seal."""
    links = chain([{**one, "n": n} for n, one in enumerate(contents)])
    at = data.draw(st.integers(0, len(links) - 2))
    one, other = links[at : at + 2]
    links[at : at + 2] = [replace(other, id=one.id), replace(one, id=other.id)]

    broken = walk(links, head_of(links))

    assert broken is not None
    assert at + 1 == broken.row


@given(CONTENTS, st.data())
def test_a_row_that_was_put_in_breaks(
    contents: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Sealed with another key, or a copy of one that is there."""
    links = chain(contents)
    at = data.draw(st.integers(1, len(links)))
    forged = seal_row(b"another key", links[at - 1].mac or "", at + 1, {})
    moved = [replace(link, id=link.id + 1) for link in links[at:]]

    broken = walk([*links[:at], Link(at + 1, {}, forged), *moved], head_of(links))

    assert broken is not None
    assert at + 1 == broken.row


def test_a_cut_with_its_head_shows_against_a_head_that_was_noted() -> None:
    """Who can write the table can write the head as well, but not the log."""
    links = chain([{}, {}, {}])
    noted = head_of(links)

    assert walk(links[:2], head_of(links[:2])) is None
    broken = walk(links[:2], head_of(links[:2]), noted)

    assert Break(3, "rows 3 to 3 were cut off") == broken


def test_a_chain_that_was_written_anew_shows_against_a_noted_head() -> None:
    """Even by somebody who has the key."""
    noted = head_of(chain([{"is": "true"}]))
    other = chain([{"is": "false"}, {}])

    broken = walk(other, head_of(other), noted)

    assert Break(1, "row 1 is not the one that was noted") == broken


def test_a_head_that_is_gone_is_a_break() -> None:
    """Its row is never removed."""
    links = chain([{}])

    assert Break(None, "the head of the chain is gone") == walk(links, None)


def test_a_row_without_a_seal_breaks_the_chain() -> None:
    """Only those before the chain have none."""
    links = chain([{}])

    broken = walk([*links, Link(2, {}, None)], head_of(links))

    assert Break(2, "row 2 has no seal") == broken


OLD = [Link(1, {"a": 1}, None), Link(2, {"a": 2}, None)]


def checkpoint(kind: str, links: list[Link], mac: str = "") -> Checkpoint:
    """Return a checkpoint over *links*, sealed."""
    rows, digest = digest_of(links)
    draft = Checkpoint(kind, NOON, 2, rows, mac, digest, "")
    return replace(draft, seal=seal_checkpoint(KEY, draft))


def test_a_start_covers_the_rows_before_it() -> None:
    """A change of one of them shows, and so does one that is gone."""
    start = checkpoint(START, OLD)

    assert start.find_break(KEY, OLD) is None
    for links in (OLD[:1], [OLD[0], Link(2, {"a": 3}, None)]):
        broken = start.find_break(KEY, links)
        assert broken is not None
        assert "not the 2 that were" in broken.reason


def test_sealed_rows_before_a_start_were_sealed_by_nobody() -> None:
    """A chain that was made to begin again; a person's restart may cover them."""
    links = [OLD[0], replace(OLD[1], mac="a seal")]

    found = checkpoint(START, links).find_break(KEY, links)

    assert Break(2, "row 2 is sealed, before the chain began") == found
    assert checkpoint(RESTART, links).find_break(KEY, links) is None


def test_what_retention_removed_may_not_come_back() -> None:
    """The checkpoint hands on the seal of the last row."""
    gone = checkpoint(RETENTION, [], mac="the last seal")

    assert Head(2, "the last seal") == gone.head
    assert gone.find_break(KEY, []) is None
    broken = gone.find_break(KEY, OLD)
    assert Break(1, "row 1 was removed, and is there again") == broken


@pytest.mark.parametrize("change", [{"row_id": 1}, {"rows": 1}, {"kind": RESTART}])
def test_a_changed_checkpoint_does_not_hold(change: dict[str, Any]) -> None:
    """Nor does one under another key."""
    start = checkpoint(START, OLD)

    assert replace(start, **change).find_break(KEY, OLD) is not None
    assert start.find_break(b"another key", OLD) is not None


def test_the_mark_tells_keys_apart() -> None:
    """And is short enough to tell nothing else."""
    assert mark_of(KEY) == mark_of(KEY)
    assert mark_of(KEY) != mark_of(b"another key")
    assert 16 == len(mark_of(KEY))

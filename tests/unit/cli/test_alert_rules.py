"""`airq alerts rules`: seen, changed, reset."""

import pytest

from tests.unit.cli.conftest import Person

SET = "alerts rules set queue_backlog"


def test_rules_are_listed(person: Person) -> None:
    """What was changed is marked."""
    person.types(f"{SET} --threshold 500")
    lines = person.types("alerts rules list").stdout.splitlines()

    (line,) = [one for one in lines if one.startswith("queue_backlog")]
    assert line.startswith("queue_backlog *")
    assert "500 messages" in line
    assert 1 == sum(" * " in one for one in lines)


def test_a_rule_is_changed_and_shown(person: Person) -> None:
    """What is not named stays."""
    found = person.reads(
        f"{SET} --severity low --open-after 3 --cool-down-s 90 --repeat-every-s 0 "
        "--disabled --note imports"
    )

    assert ("low", 3, 2, 90, None, False, "imports", 100) == tuple(
        found[name]
        for name in (
            *("severity", "open_after", "close_after", "cool_down_s"),
            *("repeat_every_s", "enabled", "note", "threshold"),
        )
    )
    assert found == person.reads("alerts rules show queue_backlog")
    assert "imports" in person.types("alerts rules show queue_backlog").stdout


def test_a_rule_is_reset(person: Person) -> None:
    """As it was before."""
    person.types(f"{SET} --threshold 500")

    assert not person.reads("alerts rules reset queue_backlog")["is_changed"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (SET, 2),
        (f"{SET} --threshold nan", 2),
        (f"{SET} --threshold 0", 2),
        (f"{SET} --close-after 0", 2),
        (f"{SET} --repeat-every-s 1", 2),
        ("alerts rules set backlog --threshold 5", 3),
        ("alerts rules show backlog", 3),
    ],
)
def test_what_makes_no_sense_is_refused(person: Person, words: str, code: int) -> None:
    """With what to do about it."""
    result = person.types(words)

    assert code == result.exit_code
    assert result.stderr

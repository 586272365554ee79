"""`airq keys`: a new key, alone on standard output."""

from airq_cron.config import Secret, load
from tests.unit.cli.conftest import Person


def test_a_new_key_can_be_set_as_it_is_printed(person: Person) -> None:
    """A script catches it; each is another one."""
    first, second = (person.types("keys new") for _ in range(2))

    assert (0, 0) == (first.exit_code, second.exit_code)
    assert first.stdout != second.stdout
    assert "" == first.stderr
    kept = load({"AIRQ_MESSAGE_KEYS": f"{first.stdout},{second.stdout}"}).message_keys
    assert Secret(f"{first.stdout.strip()},{second.stdout.strip()}") == kept


def test_a_new_key_can_be_had_as_json(person: Person) -> None:
    """Under the name `key`."""
    assert load({"AIRQ_MESSAGE_KEYS": person.reads("keys new")["key"]}).message_keys

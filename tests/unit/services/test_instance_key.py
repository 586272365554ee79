"""The key of an installation: made once, for its owner only."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airq_cron.config import load
from airq_cron.domain.setting_text import Secret
from airq_cron.errors import ConfigError
from airq_cron.services.instance_key import keep_key


def keep(directory: Path, chosen: Secret | None = None) -> bytes:
    """Return the key of an installation with these settings."""
    return keep_key(load({}, var_dir=directory, instance_key=chosen))


def test_a_key_is_made_and_kept(tmp_path: Path) -> None:
    """In a directory that is made with it; nobody else may read it."""
    path = tmp_path / "var" / "instance.key"

    key = keep(path.parent)

    assert key == keep(path.parent)
    assert len(key) > 40
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(path.parent.iterdir())


def test_two_installations_have_two_keys(tmp_path: Path) -> None:
    """Or one could seal what the other wrote."""
    assert keep(tmp_path / "a") != keep(tmp_path / "b")


def test_processes_that_make_it_at_once_agree(tmp_path: Path) -> None:
    """One wins; the others take its key."""
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(keep, [tmp_path] * 8))

    assert 1 == len(set(keys))


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40, b"a b" * 20])
def test_a_file_without_a_key_refuses_the_start(tmp_path: Path, content: bytes) -> None:
    """Its path is named; nothing is written over it."""
    path = tmp_path / "instance.key"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"AIRQ_INSTANCE_KEY.*instance\.key"):
        keep(tmp_path)
    assert content == path.read_bytes()


def test_a_key_that_cannot_be_kept_names_the_setting(tmp_path: Path) -> None:
    """A directory stands in its place."""
    (tmp_path / "instance.key").mkdir()

    with pytest.raises(ConfigError, match=r"AIRQ_INSTANCE_KEY.*cannot be kept"):
        keep(tmp_path)


def test_a_key_that_was_chosen_is_not_kept(tmp_path: Path) -> None:
    """It is the same on every host, and no business of this directory."""
    assert b"x" * 40 == keep(tmp_path, Secret("x" * 40))
    assert [] == list(tmp_path.iterdir())

"""Where each setting comes from, in each process."""

from pathlib import Path

import pytest

from airq_cron.config import child_environment, describe, load


def test_a_child_process_knows_where_settings_came_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Though all of them are spelt out for it."""
    secret = tmp_path / "url"
    secret.write_text("redis://:p@file/0")
    monkeypatch.setenv("AIRQ_REDIS_URL_FILE", str(secret))
    monkeypatch.setenv("AIRQ_CONTACT", "ann")
    settings = load(port=4000)

    environ = child_environment(settings)

    assert describe(settings) == describe(settings, environ)
    found = {line.name: (line.value, line.source) for line in describe(settings)}
    assert ("***", "file") == found["AIRQ_REDIS_URL"]
    assert ("ann", "environment") == found["AIRQ_CONTACT"]
    assert ("4000", "instance") == found["AIRQ_PORT"]
    assert ("10", "default") == found["AIRQ_LEASE_S"]

"""What benches stand on: a broker and a database of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import WaitUntil
from tests.databases import (  # noqa: F401 - fixtures
    database,
    postgres_database,
    postgres_server,
    postgres_tables,
    sqlite_database,
    sqlite_template,
)
from tests.integration.nodes import ValkeyProcess


@pytest.fixture
def valkey(tmp_path: Path, wait_until: WaitUntil) -> Iterator[ValkeyProcess]:
    """Run one Valkey."""
    process = ValkeyProcess(tmp_path / "valkey")
    wait_until(process.is_up, "Valkey takes connections")
    yield process
    process.teardown()

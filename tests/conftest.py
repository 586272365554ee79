"""What every tier shares: the real data, waiting, and a clean environment."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from airq_cron.clock import SystemClock
from airq_cron.garbage import spare_what_is_there
from tests.statements import compiled_once

ROOT = Path(__file__).resolve().parent.parent
OUR_NAMES = ("AIRQ_", "CRON_", "CIRCUIT_BREAKER_", "QUEUE_HEALTH_", "BULL_REDIS_")

WaitUntil = Callable[..., Any]
# How long an example takes says how busy the machine is.
settings.register_profile("airq", deadline=None)
settings.load_profile("airq")


def pytest_collection_finish() -> None:
    """Look through what lives until the end, modules and tests, never again."""
    spare_what_is_there()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def compiled_statements() -> Iterator[None]:
    """Compile each statement once for all tests."""
    with compiled_once():
        yield


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the developer's own settings from every test."""
    for name in list(os.environ):  # noqa: TID251
        if name.startswith(OUR_NAMES):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the directory of real readings and recorded answers beside the checkout."""
    path = ROOT.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip("the real readings are not beside the checkout (../shared/data)")
    return path


@pytest.fixture(scope="session")
def wait_until() -> WaitUntil:
    """Give a function that polls a predicate, and returns what it found at last."""
    clock = SystemClock()

    def wait(
        predicate: Callable[[], object],
        description: str,
        *,
        timeout_s: float = 30.0,
        interval_s: float = 0.02,
    ) -> object:
        deadline = clock.monotonic() + timeout_s
        while not (found := predicate()):
            if clock.monotonic() > deadline:
                pytest.fail(f"waited {timeout_s} s in vain until {description}")
            clock.wait(interval_s)
        return found

    return wait

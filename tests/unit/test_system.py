"""What a process refuses to start with."""

import pytest

from airq_cron.config import Secret, Settings
from airq_cron.errors import ConfigError
from airq_cron.system import build


def test_the_sandbox_is_never_the_real_upstream() -> None:
    """Real air must not be stored under the sandbox's name."""
    settings = Settings(provider="sandbox", redis_url=Secret("redis://127.0.0.1:1"))
    with pytest.raises(ConfigError, match="airq sandbox") as caught:
        build(settings).check_parts()

    assert "AIRQ_OPEN_METEO_URL" == caught.value.setting

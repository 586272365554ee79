"""Whatever the document allows or forbids, the API answers as the document says."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from airq_cron.domain.role import Role
from tests.conftest import ROOT
from tests.fuzz.conftest import Target
from tests.fuzz.fuzzing import command, configuration

SCHEMA = ROOT / "docs" / "openapi.json"
SECONDS = int(os.environ.get("AIRQ_FUZZ_S", "60"))  # noqa: TID251


@pytest.mark.timeout(SECONDS + 240)
@pytest.mark.parametrize("role", Role)
def test_no_request_of_a_role_finds_a_fault(
    target: Target, role: Role, tmp_path: Path
) -> None:
    """No server error, no status and no body that the document does not tell of."""
    config = tmp_path / "schemathesis.toml"
    config.write_text(configuration(json.loads(SCHEMA.read_text()), target))
    argv = command(
        target, role, seconds=SECONDS, config=str(config), schema=str(SCHEMA)
    )
    done = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout[-20000:] + done.stderr[-2000:]
    assert '"action": "error"' not in target.log.read_text()

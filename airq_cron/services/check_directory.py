"""Judge whether the data directory is ours to write, and closed to others."""

import os
import stat
from pathlib import Path

from airq_cron.services.diagnose import Finding, Severity

CODE = "directory"
# Whoever reads these may do everything.
SECRETS = ("admin.token", "instance.json")
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_directory(path: Path) -> Finding:
    """Return what the permissions of *path*, and of the secrets in it, allow."""
    if not path.is_dir():
        return Finding(
            CODE,
            Severity.FAIL,
            f"there is no directory {path}",
            "it is made by: airq up; or name another by AIRQ_VAR_DIR",
        )
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return Finding(
            CODE,
            Severity.FAIL,
            f"{path} cannot be written",
            f"give it to the user that runs airq: chown -R USER {path}",
        )
    secrets = [path / name for name in SECRETS if (path / name).exists()]
    if open_ones := [one for one in (path, *secrets) if one.stat().st_mode & OTHERS]:
        names = " ".join(str(one) for one in open_ones)
        return Finding(
            CODE,
            Severity.WARN,
            f"other users may look into {names}",
            f"chmod go= {names}",
        )
    return Finding(CODE, Severity.OK, f"{path} is ours alone")

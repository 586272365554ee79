"""Keep the key of this installation in a file that only its owner reads."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from airq_cron.domain.setting_text import Secret, long_key
from airq_cron.errors import ConfigError

SETTING = "AIRQ_INSTANCE_KEY"
FILE = "instance.key"
KEY_BYTES = 32
OWNER_ONLY = 0o600


class KeySettings(Protocol):
    """What the settings say of the key."""

    @property
    def instance_key(self) -> Secret | None:
        """The key that was chosen, if one was."""

    @property
    def var_dir(self) -> Path:
        """Where one is kept otherwise."""


def keep_key(settings: KeySettings) -> bytes:
    """
    Return the key that was chosen, or the one that is kept in the data directory.

    It is made if it is missing. Of several processes that make it at once, one
    wins, and all return its key.

    Raises:
        ConfigError: it cannot be read or made, or holds no key.
    """
    if settings.instance_key is not None:
        return settings.instance_key.reveal().encode("ascii")
    path = settings.var_dir / FILE
    try:
        if not path.exists():
            _make(path)
        text = path.read_text(encoding="ascii").strip()
        return long_key(text).reveal().encode("ascii")
    except UnicodeDecodeError as error:
        raise ConfigError(SETTING, f"{path} holds no key") from error
    except OSError as error:
        raise ConfigError(SETTING, f"the key cannot be kept: {error}") from error
    except ValueError as error:
        raise ConfigError(SETTING, f"{path}: a key {error}") from error


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        # Unlike a renaming, this never replaces a key that is in use.
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()

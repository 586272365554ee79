"""
Seal messages: encrypt and authenticate them, so that only ours are accepted.

A sealed body is a Fernet token (AES-128-CBC and HMAC-SHA256) around the JSON that
Celery would have sent. The first key seals, all keys open: so keys are changed
without losing a message, see docs/how-to/seal-messages.md.
"""

from collections.abc import Sequence
from typing import Any

from celery import Celery
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from kombu import serialization
from kombu.utils import json

SEALED = "airq-sealed"
PLAIN = "json"
SEALED_TYPE = "application/x-airq-sealed"
# Celery reads these from outside the body; what is sealed repeats them.
BOUND_HEADERS = ("task", "timelimit")


def new_key() -> str:
    """Return a random key of 256 bits, as the setting holds it."""
    return Fernet.generate_key().decode()


def use_keys(keys: Sequence[str]) -> str:
    """
    Have kombu seal with the first of *keys* and open with any of them.

    Returns:
        The name of the serializer: the plain one without keys. The keys belong to
        the process, not to one app.
    """
    if not keys:
        return PLAIN
    ring = MultiFernet([Fernet(key) for key in keys])

    def seal(content: Any) -> str:
        return ring.encrypt(json.dumps(content).encode()).decode()

    def unseal(token: str | bytes) -> Any:
        try:
            opened = ring.decrypt(token)
        except InvalidToken:
            raise ValueError("it is sealed with none of our keys") from None
        return json.loads(opened)

    serialization.register(SEALED, seal, unseal, SEALED_TYPE, "utf-8")
    return SEALED


def is_sealing(app: Celery) -> bool:
    """Say whether *app* seals its messages and accepts no others."""
    return bool(app.conf.task_serializer == SEALED)

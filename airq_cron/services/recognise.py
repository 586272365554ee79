"""Recognise a call that is repeated by its key."""

from airq_cron.domain.idempotency import HEADER, FirstCall, IdempotencyKey
from airq_cron.errors import InvalidError
from airq_cron.ports import Unit


def recognise(unit: Unit, key: IdempotencyKey | None) -> str | None:
    """
    Return what the first call with *key* made; None when this is the first.

    Raises:
        InvalidError: field `Idempotency-Key`: that call had another body.
    """
    if key is None:
        return None
    return _made(key, unit.idempotency_keys.find(key))


def remember(unit: Unit, key: IdempotencyKey | None, made: str) -> str | None:
    """
    Keep that the call with *key* makes *made*, or return what the first one made.

    To be called in the transaction that makes it, so that of two calls at once one
    makes something, and one that fails leaves its key free.

    Raises:
        InvalidError: field `Idempotency-Key`: that call had another body.
    """
    if key is None:
        return None
    now = unit.runs.now()
    return _made(key, unit.idempotency_keys.keep(key, made=made, at=now))


def _made(key: IdempotencyKey, first: FirstCall | None) -> str | None:
    if first is None:
        return None
    if first.digest != key.digest:
        raise InvalidError(
            HEADER,
            f"came before, with another body, and made {first.made};"
            " take a new key for a new call",
        )
    return first.made

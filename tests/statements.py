"""Share what SQLAlchemy has compiled among the engines of a test run.

Each test works on an engine of its own, and each engine compiles its statements anew:
a quarter of the suite's time. Statements are kept by dialect object, so dialects of
one kind count as one here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

DIALECTS = (SQLiteDialect_pysqlite, PGDialect_psycopg)
# More than the whole suite has, of both dialects.
MOST = 20_000


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let every engine that the store makes use what another has compiled."""
    kept: Any = LRUCache(MOST)

    def make(*arguments: Any, **options: Any) -> Engine:
        return create_engine(
            *arguments, **options, execution_options={"compiled_cache": kept}
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("airq_cron.store.engine.create_engine", make)
        for one in DIALECTS:
            patch.setattr(one, "__eq__", _are_of_one_kind, raising=False)
            patch.setattr(one, "__hash__", _hash_of_kind, raising=False)
        yield


def _are_of_one_kind(first: object, second: object) -> bool:
    return type(first) is type(second)


def _hash_of_kind(dialect: object) -> int:
    return hash(type(dialect))

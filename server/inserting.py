"""Rows written past the ORM, by statements that are made once.

To make an INSERT, and to have a unit of work find out what to insert, takes longer than SQLite does to carry
it out. The session does not know the rows that were written here, as if another process had written them.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, inspect
from sqlalchemy.dialects import postgresql, sqlite

from server.database import Session
from server.tables import Row


async def insert(session: Session, row: Row) -> None:
    """Write `row`."""
    await session.exec(_insert(type(row), session.get_bind().dialect.name), params=_values(row))


async def insert_all(session: Session, rows: Sequence[Row]) -> None:
    """Write `rows`, all of one table."""
    statement = _insert(type(rows[0]), session.get_bind().dialect.name)
    await session.exec(statement, params=[_values(row) for row in rows])


async def insert_new(session: Session, row: Row) -> bool:
    """Write `row` unless one with a key of its own is there already; return whether it was written."""
    statement = _insert_new(type(row), session.get_bind().dialect.name, told=True)
    # What comes back says whether it was written; a row count is not given for it on every database.
    return (await session.exec(statement, params=_values(row))).first() is not None


async def insert_all_new(session: Session, rows: Sequence[Row]) -> None:
    """Write each of `rows`, all of one table, unless one with a key of its own is there already."""
    statement = _insert_new(type(rows[0]), session.get_bind().dialect.name, told=False)
    await session.exec(statement, params=[_values(row) for row in rows])


@cache
def _insert(kind: type[Row], dialect: str) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(_table(kind))


@cache
def _insert_new(kind: type[Row], dialect: str, *, told: bool) -> Any:
    statement = _insert(kind, dialect).on_conflict_do_nothing()
    return statement.returning(*_table(kind).primary_key) if told else statement


@cache
def _table(kind: type[Row]) -> Table:
    table = inspect(kind).local_table
    assert isinstance(table, Table), "every row has a table"  # noqa: S101 - for mypy
    return table


def _values(row: Row) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in _table(type(row)).columns}

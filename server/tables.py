"""What all tables share: one registry with named constraints, and columns that mean the same everywhere.

Alembic can only change a constraint that has a name, and SQLite only what it can name; hence the naming
convention. Domains derive their tables from `Row` in their own `models.py`.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Row(SQLModel, registry=registry(metadata=METADATA)):
    """The base of every table. A row is not validated: what comes in is validated by its schema before."""


class Moment(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides. SQLite keeps no time zone, so it is given back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment: nobody can know which one it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a moment with its time zone, got {value.isoformat()}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def moment(**options: Any) -> Any:
    """Return the field of a moment; `options` are those of `sqlmodel.Field`."""
    return Field(sa_type=Moment, **options)


def document(**options: Any) -> Any:
    """Return the field of a JSON document; `options` are those of `sqlmodel.Field`."""
    # No document is NULL, which SQL can ask for; not JSON's null, which it takes for one.
    kind = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    return Field(sa_type=kind, **options)


def long_text(**options: Any) -> Any:
    """Return the field of a text without a length; `options` are those of `sqlmodel.Field`."""
    return Field(sa_type=Text, **options)

"""What moderators did, in lines that are only ever added: triggers in the migration refuse anything else."""

from datetime import datetime

from sqlmodel import Field

from server.tables import Row, long_text, moment


class AuditRow(Row, table=True):
    """One thing a moderator did, and why."""

    __tablename__ = "audit"

    id: str = Field(primary_key=True, max_length=36)
    at: datetime = moment(index=True)
    moderator_id: str = Field(foreign_key="member.id", max_length=36)
    action: str = Field(max_length=16)
    subject: str = Field(max_length=16)
    subject_id: str = Field(index=True, max_length=36)
    reason: str = long_text()

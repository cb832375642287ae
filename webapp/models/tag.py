from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base, db
from webapp.schemas.monitor import MAX_TAG_CHARS


class MonitorTag(Base):
    """A word that somebody gave a Monitor, to find it with others of its like."""

    __tablename__ = "monitor_tags"

    monitor_id: Mapped[int] = mapped_column(
        ForeignKey("monitors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tag: Mapped[str] = mapped_column(String(MAX_TAG_CHARS), primary_key=True, index=True)

    @classmethod
    def numbers(cls) -> dict[str, int]:
        """How many Monitors have each tag, by name."""
        return {row[0]: row[1] for row in db.session.execute(_NUMBERS)}


# Composed once, as the overview asks.
_NUMBERS = select(MonitorTag.tag, func.count()).group_by(MonitorTag.tag).order_by(MonitorTag.tag)

import json
from collections.abc import Mapping
from typing import NamedTuple, Self

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base, db, insert_into, wait_for_rows_at_most, writing

# Counts can wait for the next time; whoever writes them has other things to do.
PATIENCE_SECONDS = 1


class SampleKey(NamedTuple):
    """Which sample: its name, and its labels as JSON with sorted names."""

    name: str
    labels: str

    @classmethod
    def of(cls, name: str, labels: Mapping[str, str]) -> Self:
        return cls(name, json.dumps(labels, sort_keys=True, ensure_ascii=False))


class MetricSample(Base):
    """One sample of a counter or a histogram, summed over all processes that ever were."""

    __tablename__ = "metric_samples"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    labels: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float]

    @classmethod
    def add(cls, amounts: Mapping[SampleKey, float]) -> None:
        """Add to each; one that is new begins at its amount."""
        # In one order everywhere, or two processes would wait for each other's rows.
        rows = [
            {"name": key.name, "labels": key.labels, "value": amounts[key]}
            for key in sorted(amounts)
        ]
        insert = insert_into(cls).values(rows)
        summed = {"value": cls.value + insert.excluded.value}
        with writing():
            wait_for_rows_at_most(PATIENCE_SECONDS)
            db.session.execute(
                insert.on_conflict_do_update(index_elements=["name", "labels"], set_=summed)
            )

    @classmethod
    def all(cls) -> dict[SampleKey, float]:
        rows = db.session.execute(select(cls.name, cls.labels, cls.value))
        return {SampleKey(name, labels): value for name, labels, value in rows}

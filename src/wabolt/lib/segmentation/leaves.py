"""Constructors of leaves that several rooms use."""

import datetime as dt

from wabolt.lib.segmentation.conditions import Condition
from wabolt.lib.segmentation.fields import FieldSpec, Leaf
from wabolt.lib.segmentation.periods import period
from wabolt.lib.segmentation.sql import Context, Sql


def moment(column: str, *, nullable: bool = True) -> Leaf:
    """The leaf of a field of kind MOMENT over a timestamp column. `nullable`: whether the column may be NULL."""

    def leaf(condition: Condition, _spec: FieldSpec, context: Context) -> Sql:
        match condition.op, condition.value:
            case "is empty", _:
                return Sql(f"{column} IS NULL")
            case "within", _:
                return context.since(column, condition.within_days, nullable)
            case "over", _:
                return Sql(f"{column} < %s", (context.start(context.ago(condition.within_days or 0)),), nullable)
            case "during", str() as name:
                return context.between(column, *period(name, context.today), nullable)
            case "before", dt.date() as day:
                return Sql(f"{column} < %s", (context.start(day),), nullable)
            case "after", dt.date() as day:
                return Sql(f"{column} >= %s", (context.start(day + dt.timedelta(days=1)),), nullable)
            case _, dt.date() as day:
                return context.between(column, day, day, nullable)
            case _:
                raise ValueError(condition.op)

    return leaf

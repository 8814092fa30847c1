"""Evaluates a segment in plain Python over dicts. Tests compare the SQL with it.

It is simple and slow, and shares no code with the compiler.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any as Anything
from zoneinfo import ZoneInfo

from wabolt.lib.birthdays import has_year
from wabolt.lib.cities import other_spelling
from wabolt.lib.segmentation import Kind, fields
from wabolt.segments.rules import All, Any, Condition, Node, Not

Person = dict[str, Anything]
DAY = dt.timedelta(days=1)
OF_HIGHER_ROOMS = {spec.key for spec in fields() if spec.kind is Kind.TAG and spec.key != "tag"}
"""Fields of rows that the population does not contain. The rooms that register them test them."""


class Evaluator:
    def __init__(self, now: dt.datetime, tz: ZoneInfo, broadcasts: dict[str, list[int]], decimals: int = 0) -> None:
        self.decimals = decimals
        self.tz = tz
        self.today = now.astimezone(tz).date()
        self.quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
        self.broadcasts = broadcasts

    def holds(self, node: Node, person: Person) -> bool:
        match node:
            case All(children):
                return all(self.holds(child, person) for child in children)
            case Any(children):
                return any(self.holds(child, person) for child in children)
            case Not(child):
                return not self.holds(child, person)
            case Condition():
                return self.condition(node, person)

    def condition(self, condition: Condition, person: Person) -> bool:
        field, op, days = condition.field, condition.op, condition.within_days
        match field:
            case "tag":
                return self.tag(condition, person)
            case "consent marketing" | "consent service":
                return bool(person["consent"].get(field.split()[1], "none") == condition.value)
            case "has phone" | "has written" | "has abandoned cart":
                return self.flag(field, person)
            case _ if field in OF_HIGHER_ROOMS:
                return condition.op == "is empty"
            case "birthday" if op == "within":
                return person["birth"] is not None and any(
                    self.celebrates(person["birth"], self.today + DAY * ahead) for ahead in range((days or 0) + 1)
                )
            case "birthday" if op == "during":
                return person["birth"] is not None and any(
                    self.celebrates(person["birth"], day) for day in self.days_of(str(condition.value))
                )
            case "bought product" | "bought category":
                return any(self.recent(line["at"], days) for line in self.lines(condition, person))
            case "received" | "read" | "replied" | "clicked":
                return any(self.recent(at, days) for at in self.deeds(condition, person))
        return self.compare(condition, self.value(field, person))

    def value(self, field: str, person: Person) -> Anything:
        completed = [order for order in person["orders"] if order["state"] == "completed"]
        match field:
            case "orders":
                return len(completed)
            case "spent":
                return Decimal(sum(order["total"] for order in completed)).scaleb(-self.decimals)
            case "last order":
                return max((order["at"] for order in completed), default=None)
            case "first order":
                return min((order["at"] for order in completed), default=None)
            case "age":
                return self.age(person["birth"])
            case "birthday month":
                return person["birth"] and person["birth"].month
            case "birthday":
                return person["birth"]
        if "cart" in field.split() or field == "abandoned carts":
            return self.cart_value(field, person)
        if field.startswith("field."):
            stored = person["fields"].get(field.removeprefix("field."))
            return dt.date.fromisoformat(stored) if field == "field.renewal" and stored else stored
        return person[field]

    def compare(self, condition: Condition, value: Anything) -> bool:
        op, expected = condition.op, condition.value
        empty = value is None or value == ""
        match op:
            case "is empty":
                return empty
            case "is not empty":
                return not empty
            case "!=":
                return not self.compare(Condition(condition.field, "=", expected), value)
            case "not in":
                return not self.compare(Condition(condition.field, "in", expected), value)
        if empty:
            return False
        if isinstance(value, str):
            words = expected if isinstance(expected, tuple) else (expected,)
            if condition.field == "city":  # "DKI Jakarta" is another name of Jakarta
                words += tuple(name for word in words if (name := other_spelling(word)))
            return any(self.compare_text("=" if op == "in" else op, value.lower(), word) for word in words)
        if isinstance(value, dt.date):
            return self.compare_day(condition, self.day(value))
        if isinstance(value, bool):
            return value is expected
        return self.compare_number(op, Decimal(value), Decimal(str(expected)))

    def compare_text(self, op: str, value: str, expected: Anything) -> bool:
        match op:
            case "=":
                return value == expected.lower()
            case "contains":
                return expected.lower() in value
            case "starts with":
                return value.startswith(expected.lower())
        raise AssertionError(op)

    def compare_number(self, op: str, value: Decimal, expected: Decimal) -> bool:
        return {
            "=": value == expected,
            "<": value < expected,
            "<=": value <= expected,
            ">": value > expected,
            ">=": value >= expected,
        }[op]

    def days_of(self, name: str) -> list[dt.date]:
        """Every day of a period, found by testing each day of three years."""
        today = self.today
        years = [dt.date(today.year - 1, 1, 1) + DAY * n for n in range(3 * 366)]
        which, _, unit = name.rpartition(" ")
        if not which:
            return [today if name == "today" else today - DAY]
        back = 1 if which == "last" else 0
        month = today.year * 12 + today.month - back
        return {
            "week": [day for day in years if (day - today).days + today.weekday() + 7 * back in range(7)],
            "month": [day for day in years if day.year * 12 + day.month == month],
            "year": [day for day in years if day.year == today.year - back],
        }[unit]

    def compare_day(self, condition: Condition, day: dt.date) -> bool:
        if condition.op == "during":
            return day in self.days_of(str(condition.value))
        days = dt.timedelta(days=condition.within_days or 0)
        expected = condition.value if isinstance(condition.value, dt.date) else self.today
        return {
            "on": day == expected,
            "before": day < expected,
            "after": day > expected,
            "within": self.today - days <= day <= self.today,
            "within next": self.today <= day <= self.today + days,
            "over": day < self.today - days,
        }[condition.op]

    def day(self, value: dt.date) -> dt.date:
        return value.astimezone(self.tz).date() if isinstance(value, dt.datetime) else value

    def recent(self, at: dt.datetime, days: int | None) -> bool:
        return days is None or self.today - dt.timedelta(days=days) <= self.day(at) <= self.today

    def tag(self, condition: Condition, person: Person) -> bool:
        tags = {tag.lower() for tag in person["tags"]}
        match condition.op:
            case "is empty":
                return not tags
            case "is not empty":
                return bool(tags)
        return bool(tags & self.words(condition))

    def words(self, condition: Condition) -> set[str]:
        value = condition.value if isinstance(condition.value, tuple) else (str(condition.value),)
        return {word.lower() for word in value}

    def flag(self, field: str, person: Person) -> bool:
        return {
            "has phone": bool(person["phones"]),
            "has written": person["last reply"] is not None,
            "has abandoned cart": self.left_cart(person) is not None,
        }[field]

    def cart_value(self, field: str, person: Person) -> Anything:
        left, cart = self.left_cart(person), self.cart(person)
        match field:
            case "cart value":
                return Decimal(cart["total"] if cart else 0).scaleb(-self.decimals)
            case "cart left":
                return left and left["left"]
            case "cart hours":
                return int((self.quarter - left["left"]) // dt.timedelta(hours=1)) if left else 0
        return sum(cart["left"] is not None for cart in person["carts"])

    def cart(self, person: Person) -> Person | None:
        """The waiting cart that was changed last."""
        waiting = [cart for cart in person["carts"] if cart["state"] in ("open", "abandoned")]
        return max(waiting, key=lambda cart: cart["changed"], default=None)

    def left_cart(self, person: Person) -> Person | None:
        cart = self.cart(person)
        return cart if cart and cart["state"] == "abandoned" else None

    def lines(self, condition: Condition, person: Person) -> Iterator[Person]:
        for order in person["orders"]:
            for product in order["products"] if order["state"] == "completed" else ():
                names = {product["category"].lower()}
                if condition.field == "bought product":
                    names = {product["sku"].lower(), product["name"].lower()}
                if names & self.words(condition):
                    yield {"at": order["at"]}

    def deeds(self, condition: Condition, person: Person) -> Iterator[dt.datetime]:
        value = condition.value
        wanted = [value] if isinstance(value, int) else self.broadcasts.get(str(value).lower(), [])
        for message in person["messages"]:
            if condition.op != "any" and message["broadcast"] not in wanted:
                continue
            match condition.field:
                case "received" if message["state"] in ("delivered", "read"):
                    yield message["delivered_at"] or message["read_at"]
                case "read" if message["state"] == "read":
                    yield message["read_at"]
                case "clicked":
                    yield from (click["at"] for click in message["clicks"] if not click["is_bot"])
                case "replied":
                    yield from message["replies"]

    def celebrates(self, birth: dt.date, day: dt.date) -> bool:
        return self.birthday(birth, day.year) == day

    def leap(self, year: int) -> bool:
        return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)

    def age(self, birth: dt.date | None) -> int | None:
        """One year for each birthday since the birth, counted one by one."""
        if birth is None or not has_year(birth):
            return None
        if birth > self.today:
            return -1
        years = 0
        while self.birthday(birth, birth.year + years + 1) <= self.today:
            years += 1
        return years

    def birthday(self, birth: dt.date, year: int) -> dt.date:
        if (birth.month, birth.day) == (2, 29) and not self.leap(year):
            return dt.date(year, 2, 28)
        return birth.replace(year=year)

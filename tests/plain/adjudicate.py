"""The control room and the street, one candidate at a time, in the order in which they happen."""

from __future__ import annotations

from collections import Counter
from typing import Any

from glasstown import tables as t
from glasstown.consequence.knobs import Stop
from glasstown.core.keys import Key
from glasstown.sensing.knobs import Operator
from tests.plain.draws import words, yes
from tests.plain.metrics import rows_of

Row = dict[str, Any]


def in_order(candidates: t.Candidates, key: Key) -> list[Row]:
    """Candidates by minute, device and an addressed draw."""
    queue = key("queue")
    return sorted(rows_of(candidates), key=lambda c: (c["minute"], c["device"], words(queue, *address(c))[0]))


def address(c: Row) -> tuple[int, int, int, int]:
    return c["person"], c["trip"], c["device"], c["reference"]


class Room:
    """One control room: its open cases and how much it has looked at."""

    def __init__(self, operator: Operator, case_minutes: int, key: Key) -> None:
        self.operator, self.case_minutes, self.key = operator, case_minutes, key
        self.open_until: dict[int, int] = {}
        self.looked_at: Counter[int] = Counter()

    def passes_on(self, c: Row) -> bool:
        if c["minute"] < self.open_until.get(c["reference"], -1):
            return False
        if self.operator.kind == "human":
            if self.looked_at[c["minute"] // 60] >= int(self.operator.reviews_per_hour):
                return False
            self.looked_at[c["minute"] // 60] += 1
            chance = float(self.operator.confirm_true if c["mated"] else self.operator.confirm_false)
            if not yes(self.key("adjudicate"), chance, *address(c)):
                return False
        self.open_until[c["reference"]] = c["minute"] + self.case_minutes
        return True


def adjudicate(arrived: list[Row], operator: Operator, case_minutes: int, key: Key) -> list[Row]:
    """The alerts among candidates that arrive in this order."""
    room = Room(operator, case_minutes, key)
    return [c for c in arrived if room.passes_on(c)]


def settle(
    candidates: t.Candidates, wrongly_listed: list[bool], operator: Operator, case_minutes: int, stop: Stop, key: Key
) -> tuple[list[Row], dict[int, int]]:
    """The day's outcomes, and the minute at which each stopped person was stopped.

    Each candidate is taken as it comes: somebody stopped at an earlier minute is no longer in the street, the room
    passes the candidate on or not, and officers find the person or not.
    """
    room = Room(operator, case_minutes, key)
    outcomes: list[Row] = []
    stopped: dict[int, int] = {}
    for c in in_order(candidates, key):
        if c["person"] in stopped and c["minute"] > stopped[c["person"]]:
            continue
        if not room.passes_on(c):
            continue
        outcome, lost = 0, 0
        if c["person"] not in stopped and yes(key("found"), float(stop.found), *address(c)):
            stopped[c["person"]] = c["minute"]
            taken = float(stop.taken_if_true if c["mated"] else stop.taken_if_false)
            outcome = 2 if yes(key("identity-check"), taken, *address(c)) else 1
            lost = int(stop.minutes_taken if outcome == 2 else stop.minutes_cleared)
        wrongly = c["mated"] and wrongly_listed[c["reference"]]
        outcomes.append({**c, "wrongly_listed": wrongly, "outcome": outcome, "minutes_lost": lost})
    return outcomes, stopped

"""The control room and the street, one candidate at a time, in the order in which they happen."""

from __future__ import annotations

import math
from collections import Counter
from statistics import NormalDist
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
    """One control room: its open cases, who returned what and when, and how much it has looked at."""

    def __init__(
        self, operator: Operator, case_minutes: int, key: Key, agree: int = 1, within: int = 0
    ) -> None:
        self.operator, self.case_minutes, self.key = operator, case_minutes, key
        self.agree, self.within = agree, within
        self.open_until: dict[int, int] = {}
        self.looked_at: Counter[int] = Counter()
        self.last_seen: dict[int, dict[int, int]] = {}
        self.free = 0
        self.reviews: list[Row] = []
        self.waited: list[int] = []

    def passes_on(self, c: Row) -> bool:
        by = self.last_seen.setdefault(c["reference"], {})
        others = sum(c["minute"] - when <= self.within for device, when in by.items() if device != c["device"])
        by[c["device"]] = c["minute"]
        if others < self.agree - 1:
            return False
        if c["minute"] < self.open_until.get(c["reference"], -1):
            return False
        delay = 0
        if self.operator.kind == "human":
            hour, seconds = c["minute"] // 60, int(self.operator.seconds)
            if self.looked_at[hour] >= int(self.operator.reviews_per_hour):
                return False
            self.looked_at[hour] += 1
            self.reviews.append({**c, "seconds": seconds * int(self.operator.reviewers)})
            self.free = max(self.free, c["minute"] * 60) + seconds
            delay = self.free - c["minute"] * 60
            chance = confirmed(self.operator, c["mated"], self.looked_at[hour] > int(self.operator.hurried_beyond))
            if not yes(self.key("adjudicate"), chance, *address(c)):
                return False
        self.open_until[c["reference"]] = c["minute"] + self.case_minutes
        self.waited.append(delay)
        return True


def confirmed(operator: Operator, mated: bool, hurried: bool) -> float:
    """The chance of passing on a candidate, from the two of one calm person where both are equally common."""
    normal = NormalDist()
    pair = [float(operator.confirm_false), float(operator.confirm_true)]
    shift = float(operator.prevalence_effect) * math.log10(0.5 / float(operator.prevalence))
    lost = float(operator.hurried_loss) if hurried else 0.0
    if shift or lost:
        false, true = (normal.inv_cdf(p) for p in pair)
        middle, half = (true + false) / 2 - shift, (true - false) / 2 * (1 - lost)
        pair = [normal.cdf(middle - half), normal.cdf(middle + half)]
    one = pair[mated]
    if int(operator.reviewers) == 1:
        return float(f"{one:.9g}") if shift or lost else one
    both = one ** int(operator.reviewers) if float(operator.reviewers_alike) == 0 else None
    assert both is not None, "the twin knows independent people only"
    return float(f"{both:.9g}")


def adjudicate(
    arrived: list[Row], operator: Operator, case_minutes: int, key: Key, agree: int = 1, within: int = 0
) -> list[Row]:
    """The alerts among candidates that arrive in this order."""
    room = Room(operator, case_minutes, key, agree, within)
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
        half = 60 * float(stop.found_half_minutes)
        there = float(f"{float(stop.found) * 0.5 ** (room.waited[-1] / half):.9g}") if half else float(stop.found)
        goes = float(stop.intervenes_if_true if c["mated"] else stop.intervenes_if_false)
        there = yes(key("found"), there, *address(c)) and yes(key("intervenes"), goes, *address(c))
        if c["person"] not in stopped and there:
            stopped[c["person"]] = c["minute"]
            taken = float(stop.taken_if_true if c["mated"] else stop.taken_if_false)
            outcome = 2 if yes(key("identity-check"), taken, *address(c)) else 1
            lost = int(stop.minutes_taken if outcome == 2 else stop.minutes_cleared)
        wrongly = c["mated"] and wrongly_listed[c["reference"]]
        outcomes.append({**c, "wrongly_listed": wrongly, "outcome": outcome, "minutes_lost": lost})
    return outcomes, stopped

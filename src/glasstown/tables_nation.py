"""The tables that a nation leaves behind: what was counted, month by month and for whom.

As in `tables.py`, one line a column. A row of numbers says what is counted by its place in `census.SIZES`.
"""

from glasstown.core.columns import I16, I32, I64, U8, U16, Table, truth

# fmt: off

class Census(Table):
    """Everything that was counted, in the simulated part of the nation, by the groups of people it was counted for."""

    cluster: U8 = truth("u1", "cluster", "communities are dealt out to at most 64 clusters, which give the intervals")
    kind: U8 = truth("u1", "code", "0 everybody, 1 age band, 2 sex, 3 income, 4 group, 5 jurisdiction")
    part: U8 = truth("u1", "code", "which age band, sex, income, group or jurisdiction")
    column: U16 = truth("u2", "code", "what is counted; see the counts of a nation")
    amount: I64 = truth("i8", "count", "how much; rows of 0 are left out")

class MonthByMonth(Table):
    """What each month showed, in the simulated part of the nation."""

    month: I16 = truth("i2", "month", "which month, from 0")
    first_day: I16 = truth("i2", "day", "its first day")
    listed: I64 = truth("i8", "people", "on the court's list at the month's end")
    listed_wrong: I64 = truth("i8", "people", "of these, listed by mistake or left too long, at the month's end")
    listed_new: I64 = truth("i8", "people", "who came on the list in the month")
    removed: I64 = truth("i8", "people", "who came off the list in the month")
    refusals: I64 = truth("i8", "refusals", "purchases refused at closed doors in the month")
    repaid: I64 = truth("i8", "people", "who paid what they owed in the month")
    owing: I64 = truth("i8", "people", "with an unpaid judgment at the month's end")
    deeds: I64 = truth("i8", "acts", "acts in the month of which an institution could take note")
    entries: I64 = truth("i8", "entries", "entries filed by agencies in the month")

class GradeMoves(Table):
    """Grades at the start and at the end, as many people as made each move."""

    cluster: U8 = truth("u1", "cluster", "as in census")
    group: U8 = truth("u1", "code", "group, in the scenario's order")
    before: U8 = truth("u1", "code", "grade at the start, lowest first")
    after: U8 = truth("u1", "code", "grade at the end")
    people: I64 = truth("i8", "people", "how many")

class DealsPredicted(Table):
    """How many people cheated a stranger in the second half, by what was on file about them half-way."""

    cluster: U8 = truth("u1", "cluster", "as in census")
    group: U8 = truth("u1", "code", "group, in the scenario's order")
    predictor: U8 = truth("u1", "code", "0 rating, 1 judgments on file")
    value: I32 = truth("i4", "places", "place of the predictor, from the most to the least trusted")
    cheated: I64 = truth("i8", "people", "who cheated")
    honest: I64 = truth("i8", "people", "who did not")

"""The nouns of a crowd: passers-by, and counts of a day."""

from glasstown.core.columns import I16, I32, I64, U8, Bool, Table, truth

# One line a column, one blank line a table: the layout is part of the declaration.
# fmt: off


class Passers(Table):
    """Who passes the cameras of a crowd on one day and is on the list or resembles somebody on it."""

    person: I32 = truth("i4", "person", "who; the number of the first face taken of that person today")
    n_faces: U8 = truth("u1", "faces", "faces taken of that person today")
    age_band: U8 = truth("u1", "code", "0 0-17, 1 18-24, 2 25-44, 3 45-64, 4 65-79, 5 80+")
    sex: U8 = truth("u1", "code", "0 f, 1 m")
    group: U8 = truth("u1", "code", "neutral group, in the scenario's order")
    picture: Bool = truth("?", "flag", "no person but a face on an advertisement or a shirt: nobody can be stopped")


class CrowdTallies(Table):
    """Counts of one day for one kind of passer-by; they add up over days, blocks of the crowd and kinds."""

    day: I16 = truth("i2", "day", "which day")
    age_band: U8 = truth("u1", "code", "0 0-17, 1 18-24, 2 25-44, 3 45-64, 4 65-79, 5 80+")
    sex: U8 = truth("u1", "code", "0 f, 1 m")
    group: U8 = truth("u1", "code", "neutral group, in the scenario's order")
    people: I64 = truth("i8", "people", "people who passed")
    searches: I64 = truth("i8", "searches", "faces searched against the watchlist")
    mated_searches: I64 = truth("i8", "searches", "of these, faces of people on the list")
    mated_found: I64 = truth("i8", "searches", "mated searches that returned the person's own reference")
    false_found: I64 = truth("i8", "searches", "non-mated searches that returned a candidate")
    candidates: I64 = truth("i8", "candidates", "candidates returned")
    reviews: I64 = truth("i8", "reviews", "candidates that operators looked at")
    operator_seconds: I64 = truth("i8", "seconds", "time that operators spent on them")
    true_alerts: I64 = truth("i8", "alerts", "alerts on the right person")
    false_alerts: I64 = truth("i8", "alerts", "alerts on somebody else")
    stops: I64 = truth("i8", "stops", "times stopped")
    misidentified: I64 = truth("i8", "stops", "stops of the wrong person")
    wrongly_listed: I64 = truth("i8", "stops", "stops of the right person, wrongly listed")
    minutes_lost: I64 = truth("i8", "minutes", "time lost through stops of the wrong person or the wrongly listed")
    listed: I64 = truth("i8", "people", "people who passed and are rightly on the list")
    listed_found: I64 = truth("i8", "people", "of these, taken")

"""The nouns of counting: what a day comes to for each person and device, and the books of the study."""

from glasstown.core.columns import I16, I32, I64, U8, Table, known, truth

# One line a column, one blank line a table: the layout is part of the declaration.
# fmt: off

class Outings(Table):
    """What each person's day came to: one row for each person of a community, also for those who stayed at home."""
    person: I32 = truth("i4", "person", "who")
    slots: U8 = truth("u1", "bits", "bit s: a trip in slot s; bit 7: slot 1 led to an errand")
    stroll: I32 = truth("i4", "route", "the route of slot 3 where habits leave it open, else -1")
    n_unobserved: U8 = truth("u1", "trips", "trips without a capture")
    n_passes: I32 = truth("i4", "passes", "working devices whose view was crossed")
    n_captures: I32 = truth("i4", "captures", "times captured")
    n_searches: I32 = truth("i4", "searches", "captures searched against the watchlist")
    minutes_out: I16 = truth("i2", "minutes", "minutes away from home")
    minutes_viewed: I16 = truth("i2", "minutes", "minutes with a working device in view")

class DeviceDays(Table):
    """What each device did today."""
    device: I32 = known("i4", "device", "which device")
    n_captures: I32 = known("i4", "captures", "faces taken")

class Ledger(Table):
    """Each person's counts over the whole run, from which every estimate is made."""
    person: I32 = truth("i4", "person", "who")
    days: I32 = truth("i4", "days", "days lived in this run")
    weeks: I32 = truth("i4", "weeks", "whole weeks lived")
    trips: I32 = truth("i4", "trips", "trips made")
    trips_unobserved: I32 = truth("i4", "trips", "trips without a capture")
    trips_avoided: I32 = truth("i4", "trips", "trips not made because the way is watched")
    trips_prevented: I32 = truth("i4", "trips", "trips not made because of custody")
    passes: I32 = truth("i4", "passes", "working devices whose view was crossed")
    captures: I32 = truth("i4", "captures", "times captured")
    days_captured: I32 = truth("i4", "days", "days with a capture")
    weeks_captured: I32 = truth("i4", "weeks", "whole weeks with a capture")
    minutes_out: I32 = truth("i4", "minutes", "minutes away from home")
    minutes_viewed: I32 = truth("i4", "minutes", "minutes with a working device in view")
    searches: I32 = truth("i4", "searches", "captures searched against the watchlist")
    mated_searches: I32 = truth("i4", "searches", "searches while the person's own reference was active")
    mated_found: I32 = truth("i4", "searches", "of these, searches that returned that reference")
    false_found: I32 = truth("i4", "searches", "non-mated searches that returned a candidate")
    candidates: I32 = truth("i4", "candidates", "candidates returned")
    reviews: I32 = truth("i4", "reviews", "candidates about this person that operators looked at")
    operator_seconds: I32 = truth("i4", "seconds", "time that operators spent on them")
    true_alerts: I32 = truth("i4", "alerts", "alerts on the right person")
    false_alerts: I32 = truth("i4", "alerts", "alerts on somebody else")
    stops: I32 = truth("i4", "stops", "times stopped")
    misidentified: I32 = truth("i4", "stops", "stops of the wrong person")
    wrongly_listed: I32 = truth("i4", "stops", "stops of the right person, wrongly listed")
    minutes_lost: I32 = truth("i4", "minutes", "time lost through stops of the wrong person or the wrongly listed")
    listed: I32 = truth("i4", "people", "1 if rightly listed at the start")
    listed_found: I32 = truth("i4", "people", "1 if rightly listed and taken")

class Tallies(Table):
    """Counts of one day for one kind of person; they add up over days, communities and kinds."""
    day: I16 = truth("i2", "day", "which day")
    age_band: U8 = truth("u1", "code", "0 0-17, 1 18-24, 2 25-44, 3 45-64, 4 65-79, 5 80+")
    sex: U8 = truth("u1", "code", "0 f, 1 m")
    group: U8 = truth("u1", "code", "neutral group, in the scenario's order")
    people: I32 = truth("i4", "people", "how many")
    trips: I64 = truth("i8", "trips", "trips made")
    passes: I64 = truth("i8", "passes", "device views crossed")
    captures: I64 = truth("i8", "captures", "captures")
    searches: I64 = truth("i8", "searches", "searches")
    candidates: I64 = truth("i8", "candidates", "candidates")
    alerts: I64 = truth("i8", "alerts", "alerts")
    stops: I64 = truth("i8", "stops", "stops")
    wrongful_stops: I64 = truth("i8", "stops", "stops of the wrong person or the wrongly listed")
    trips_avoided: I64 = truth("i8", "trips", "trips not made because the way is watched")

class DeviceUse(Table):
    """What each device did over the run."""
    device: I32 = known("i4", "device", "which device")
    captures: I64 = known("i8", "captures", "faces taken")

class StreetUse(Table):
    """How much each street segment is walked and how observed it is."""
    segment: I32 = known("i4", "segment", "which segment")
    walks: I64 = truth("i8", "walks", "times walked in the run")
    n_devices: I32 = known("i4", "devices", "devices that see a part of it")
    viewed_dm: I32 = known("i4", "decimetres", "length seen by at least one device")

"""The nouns: every table, every column, its type, its unit, its meaning, and who may see it.

Four number spaces are never compared with each other: `person` (a row of the town), `reference` (one enrolled image),
`token` (what a sensor reads off a thing) and `dossier` (what one agency takes for one individual). A column declared
`truth` is known to the simulated world alone; one declared `known` may be seen by the system that watches it. Ids are
-1 where there is none. Distances are whole decimetres, so that sums are exact.
"""

from functools import cached_property

from glasstown.core.columns import F64, I16, I32, I64, U8, U32, U64, Bool, Table, known, truth
from glasstown.core.dealing import Dealt, dealt
from glasstown.core.kernels import whole
from glasstown.tables_books import DeviceDays, DeviceUse, Ledger, Outings, StreetUse, Tallies

# One line a column, one blank line a table: the layout is part of the declaration.
# fmt: off

MINUTE_BITS = whole(11)
AGE_BANDS = ("0-17", "18-24", "25-44", "45-64", "65-79", "80+")
AGE_FROM = (0, 18, 25, 45, 65, 80)
SEXES = ("f", "m")
OCCUPATIONS = ("none", "work", "school")
PLACE_KINDS = ("home", "work", "school", "shop", "leisure", "station")
STREET_KINDS = ("street", "arterial", "path")
DEVICE_ORIGINS = ("generated", "listed", "tagged")
PURPOSES = ("home", "work", "school", "errand", "leisure", "visit")
CONDUCT = ("trip_avoided", "trip_prevented")
OUTCOMES = ("not_found", "cleared", "taken")
APPEALS = ("pending", "granted", "refused")
DECISIONS = ("remove_from_list", "flag", "unflag")
INCOMES = ("low", "middle", "high")
DEEDS = (
    *("debt_judgment_unpaid", "traffic_offence", "jaywalking", "fare_evasion", "barking_dog", "cheated_stranger"),
    *("punctuality", "volunteering", "blood_donation", "snow_clearing", "yielding", "party_position", "award"),
)
REPORTERS = ("court", "police", "neighbour", "employer", "school", "camera")
AGENCIES = ("court", "police", "committee", "employer", "school", "carrier", "hotel", "bank", "credit_office")
LISTS = ("court", "red")
DOORS = ("flight", "fast_train", "luxury_hotel", "private_school", "job", "loan")
PERKS = ("deposit_free_rent", "heating_discount", "loan_rate", "train_ticket", "hospital_queue", "dating_match")
# Who reports each kind of conduct; which agency each door asks.
REPORTED_BY = (
    *("court", "police", "camera", "police", "neighbour", "police"),
    *("employer", "neighbour", "school", "neighbour", "camera", "employer", "employer"),
)
ASKED_BY = ("carrier", "carrier", "hotel", "school", "employer", "bank")
RECORD_CAUSES = ("right", "invented", "biased", "namesake", "mistyped", "misidentified", "stale")
RATING_CAUSES = ("conduct", "luck", "reporter_bias", "data_error")
NO_CUT = 32767
COMMUNITY_SIZE = 65_536

# ------------------------------------------------------------------ the town: truth that lasts
class People(Table):
    """The synthetic residents, one row each, households side by side."""
    person: I32 = truth("i4", "person", "who; numbers are permanent")
    household: I32 = truth("i4", "household", "who lives together; households never span communities")
    age: U8 = truth("u1", "years", "age")
    sex: U8 = truth("u1", "code", "0 f, 1 m")
    group: U8 = truth("u1", "code", "neutral group, in the scenario's order")
    home: I32 = truth("i4", "place", "where the person lives")
    occupation: U8 = truth("u1", "code", "0 none, 1 work, 2 school")
    anchor: I32 = truth("i4", "place", "where the person works or learns, -1 for none")

class Tokens(Table):
    """Things that a sensor can read off a person: here one row for each person, with or without a phone."""
    token: I32 = known("i4", "token", "the identifier as a sensor would read it, -1 for no phone")
    person: I32 = truth("i4", "person", "who carries it")

class Places(Table):
    """Where people live, work, learn, shop and meet."""
    place: I32 = truth("i4", "place", "where; numbers are permanent")
    node: I32 = truth("i4", "node", "the junction from which it is reached")
    x_dm: I32 = truth("i4", "decimetres", "east of the town's origin")
    y_dm: I32 = truth("i4", "decimetres", "north of the town's origin")
    kind: U8 = truth("u1", "code", "0 home, 1 work, 2 school, 3 shop, 4 leisure, 5 station")
    weight: I32 = truth("i4", "parts", "how much it attracts, or how many homes it holds")

class Nodes(Table):
    """Junctions and street ends."""
    node: I32 = known("i4", "node", "which; equal to the row")
    x_dm: I32 = known("i4", "decimetres", "east of the town's origin")
    y_dm: I32 = known("i4", "decimetres", "north of the town's origin")

class Streets(Table):
    """Street segments between two nodes, walkable both ways."""
    segment: I32 = known("i4", "segment", "which; equal to the row")
    node_a: I32 = known("i4", "node", "where it starts")
    node_b: I32 = known("i4", "node", "where it ends")
    length_dm: I32 = known("i4", "decimetres", "its length, at least 1")
    kind: U8 = known("u1", "code", "0 street, 1 arterial, 2 path")

class StreetPoints(Table):
    """The shape of each segment: its points from node_a to node_b, segments in order."""
    segment: I32 = known("i4", "segment", "which segment")
    x_dm: I32 = known("i4", "decimetres", "east of the town's origin")
    y_dm: I32 = known("i4", "decimetres", "north of the town's origin")

class Routes(Table):
    """Walks between two nodes that people make again and again; walked backward on the way home."""
    route: I32 = truth("i4", "route", "which; equal to the row")
    origin: I32 = truth("i4", "node", "where it starts")
    destination: I32 = truth("i4", "node", "where it ends")
    first: I64 = truth("i8", "row", "its first row in steps")
    n_steps: I32 = truth("i4", "segments", "how many segments it has")
    length_dm: I32 = truth("i4", "decimetres", "its length")
    minutes: I16 = truth("i2", "minutes", "how long it takes, at least 1")
    ride: Bool = truth("?", "flag", "too far to walk: ridden")

class Steps(Table):
    """The segments of all routes, in walking order."""
    segment: I32 = truth("i4", "segment", "which segment")
    forward: Bool = truth("?", "flag", "walked from node_a to node_b")

class Habits(Table):
    """What each person's days are made of: the routes they use (-1 none) and when."""
    person: I32 = truth("i4", "person", "who")
    route_anchor: I32 = truth("i4", "route", "home to work or school")
    route_chain: I32 = truth("i4", "route", "work or school to an errand on the way home")
    route_errand: I32 = truth("i4", "route", "that errand to home")
    route_leisure: I32 = truth("i4", "route", "home to the usual errand or leisure place; -2 any route today")
    route_visit: I32 = truth("i4", "route", "home to a second usual place")
    start_minute: I16 = truth("i2", "minute of day", "usual arrival at work or school")
    stay_minutes: I16 = truth("i2", "minutes", "usual time spent there")

class Rates(Table):
    """How often people go out: thresholds by occupation, weekdays (first three rows) and weekends (last three)."""
    attend: U64 = truth("u8", "threshold", "goes to work or school today")
    chain: U64 = truth("u8", "threshold", "does an errand on the way home")
    leisure: U64 = truth("u8", "threshold", "goes out to the first usual place")
    visit: U64 = truth("u8", "threshold", "goes out to the second usual place")

class Standing(Table):
    """What has happened to each person that still matters today."""
    person: I32 = truth("i4", "person", "who")
    held_until_day: I16 = truth("i2", "day", "in custody before this day (0: free)")
    avoids_until_day: I16 = truth("i2", "day", "avoids watched streets before this day (0: does not)")

# ------------------------------------------------------------------ what watches
class Devices(Table):
    """Devices that see. Ids are permanent: a safeguard switches a device off, it never renumbers."""
    device: I32 = known("i4", "device", "which; equal to the row")
    kind: U8 = known("u1", "code", "0 camera")
    origin: U8 = known("u1", "code", "0 generated, 1 listed in a file, 2 tagged in the extract")
    x_dm: I32 = known("i4", "decimetres", "east of the town's origin")
    y_dm: I32 = known("i4", "decimetres", "north of the town's origin")
    direction_deg: I16 = known("i2", "degrees", "where it looks, clockwise from north; -1 all round")
    field_deg: I16 = known("i2", "degrees", "width of the field of view")
    range_dm: I32 = known("i4", "decimetres", "how far it sees")
    certainty_percent: U8 = truth("u1", "percent", "how surely it exists and sees a street")
    direction_known: Bool = truth("?", "flag", "the direction was published, not assumed")
    alive: Bool = truth("?", "flag", "exists and was not dead for good")
    searching: Bool = known("?", "flag", "its captures are searched against the watchlist")

class ListedCameras(Table):
    """Cameras as a file or a map extract lists them, before the town makes devices of them."""
    lon: F64 = known("f8", "degrees", "longitude, WGS 84")
    lat: F64 = known("f8", "degrees", "latitude, WGS 84")
    camera_type: U8 = known("u1", "code", "0 not said, 1 fixed, 2 dome, 3 panning")
    direction_deg: I16 = known("i2", "degrees", "where it looks, clockwise from north; -1 not said")
    indoor: Bool = known("?", "flag", "said to watch an inside")
    vague: Bool = known("?", "flag", "neither its type nor what it watches is said")

class Posts(Table):
    """Where devices stand and which stretch of which segment they see."""
    device: I32 = known("i4", "device", "which device")
    segment: I32 = known("i4", "segment", "which segment it sees")
    from_day: I16 = known("i2", "day", "first day")
    to_day: I16 = known("i2", "day", "first day no more (32767: for good)")
    from_minute: I16 = known("i2", "minute of day", "first minute")
    to_minute: I16 = known("i2", "minute of day", "first minute no more")
    from_dm: I32 = known("i4", "decimetres", "where the stretch in view begins, from node_a")
    to_dm: I32 = known("i4", "decimetres", "where it ends")
    nearest_dm: I32 = known("i4", "decimetres", "shortest distance from the device to the stretch")

class References(Table):
    """The watchlist: one row for each enrolled reference."""
    reference: I32 = known("i4", "reference", "which; equal to the row")
    person: I32 = truth("i4", "person", "whom it shows, -1 for somebody who does not live here")
    wrongly_listed: Bool = truth("?", "flag", "listed by mistake, or no longer sought")
    harder: I16 = truth("i2", "1/1024 probit", "how much harder it is to match, for good; 32767 at no threshold")
    active: Bool = known("?", "flag", "searched today")

class Likeness(Table):
    """Who is enrolled and who merely looks like somebody enrolled: drawn once and for good."""
    person: I32 = truth("i4", "person", "who")
    enrolled: I32 = truth("i4", "reference", "the reference that shows this person, -1 for none")
    lookalike: I32 = truth("i4", "reference", "the first reference this person resembles, -1 for none")
    n_alike: U8 = truth("u1", "references", "how many references this person resembles")

# ------------------------------------------------------------------ one day
class Trips(Table):
    """Trips between two activities, sorted by person and slot."""
    person: I32 = truth("i4", "person", "who travels")
    trip: U8 = truth("u1", "slot", "the slot of the day it fills; a trip not made leaves its slot empty")
    route: I32 = truth("i4", "route", "along which route")
    backward: Bool = truth("?", "flag", "walked from destination to origin")
    purpose: U8 = truth("u1", "code", "0 home, 1 work, 2 school, 3 errand, 4 leisure, 5 visit")
    depart_minute: I16 = truth("i2", "minute of day", "when it starts")
    travel_minutes: I16 = truth("i2", "minutes", "how long it takes")
    stay_minutes: I16 = truth("i2", "minutes", "time spent at the place reached, 0 at home")
    until_minute: I16 = truth("i2", "minute of day", "cut from the minute after this one (32767: not cut)")

class Activities(Table):
    """Time spent at places away from home, worked out from the trips when asked for."""
    person: I32 = truth("i4", "person", "who")
    purpose: U8 = truth("u1", "code", "as in trips")
    from_minute: I16 = truth("i2", "minute of day", "arrival")
    to_minute: I16 = truth("i2", "minute of day", "leaving")

class Conduct(Table):
    """What people did or left undone that the study counts."""
    person: I32 = truth("i4", "person", "who")
    trip: U8 = truth("u1", "slot", "which trip")
    kind: U8 = truth("u1", "code", "0 trip avoided, 1 trip prevented by custody")

class Exposures(Table):
    """What each trip was exposed to; one row for each row of trips."""
    person: I32 = truth("i4", "person", "who")
    trip: U8 = truth("u1", "slot", "which trip")
    n_passes: I16 = truth("i2", "passes", "working devices whose view was crossed")
    n_captures: I16 = truth("i2", "captures", "times captured")
    n_searches: I16 = truth("i2", "searches", "captures searched against the watchlist")
    minutes_viewed: I16 = truth("i2", "minutes", "different minutes with a working device in view")

class Captures(Table):
    """Faces taken by devices: at most one for each device and trip."""
    person: I32 = truth("i4", "person", "whose face it is")
    trip: U8 = truth("u1", "slot", "on which trip")
    device: I32 = known("i4", "device", "which device")
    minute: I16 = known("i2", "minute of day", "when")

class Faces(Table):
    """All faces taken today, one integer each, before they are handed over: their order may say whose they are."""
    packed: U32 = known("u4", "code", "device * 2048 + minute of day")

    @cached_property
    def by_device(self) -> Dealt:
        """Which devices took faces, how many each, and when (see `SeenDevices`, `SeenMinutes`): not whose they are."""
        return dealt(self.packed, MINUTE_BITS)

class Searches(Table):
    """The system's own log: searches and candidates by device."""
    device: I32 = known("i4", "device", "which device")
    n_searches: I32 = known("i4", "searches", "captures searched today")
    n_candidates: I32 = known("i4", "candidates", "candidates returned today")

class Candidates(Table):
    """What the machine returns: captures whose comparison score reached the decision threshold."""
    person: I32 = truth("i4", "person", "whose face it was")
    trip: U8 = truth("u1", "slot", "on which trip")
    mated: Bool = truth("?", "flag", "the reference does show this person")
    device: I32 = known("i4", "device", "which device")
    minute: I16 = known("i2", "minute of day", "when")
    reference: I32 = known("i4", "reference", "whom the machine takes it for")

class Findings(Table):
    """What each task made of a capture: a reference or a label, -1 for neither."""
    capture: I32 = known("i4", "row", "which capture of the day")
    task: U8 = known("u1", "code", "0 watchlist search")
    reference: I32 = known("i4", "reference", "the reference returned")
    label: I16 = known("i2", "code", "the label given")

class Alerts(Table):
    """Candidates that an operator passed on to somebody who can act; each opens a case."""
    person: I32 = truth("i4", "person", "whose face it was")
    trip: U8 = truth("u1", "slot", "on which trip")
    mated: Bool = truth("?", "flag", "true alert: the reference does show this person")
    device: I32 = known("i4", "device", "which device")
    minute: I16 = known("i2", "minute of day", "when")
    reference: I32 = known("i4", "reference", "whom the system takes the person for")

class Reviews(Table):
    """Candidates that operators looked at, whatever they made of them."""
    person: I32 = truth("i4", "person", "whose face it was")
    trip: U8 = truth("u1", "slot", "on which trip")
    mated: Bool = truth("?", "flag", "the reference does show this person")
    device: I32 = known("i4", "device", "which device")
    minute: I16 = known("i2", "minute of day", "when")
    reference: I32 = known("i4", "reference", "whom the machine takes it for")
    seconds: I32 = known("i4", "seconds", "time of operators spent on it")

class Outcomes(Table):
    """What followed each alert in the street."""
    person: I32 = truth("i4", "person", "whose face it was, whoever was looked for")
    trip: U8 = truth("u1", "slot", "on which trip")
    mated: Bool = truth("?", "flag", "the reference does show this person")
    wrongly_listed: Bool = truth("?", "flag", "the right person, who should not have been listed")
    device: I32 = known("i4", "device", "which device raised the alert")
    minute: I16 = known("i2", "minute of day", "when")
    reference: I32 = known("i4", "reference", "whom the system takes the person for")
    outcome: U8 = known("u1", "code", "0 not found again, 1 stopped and cleared, 2 stopped and taken")
    minutes_lost: I16 = truth("i2", "minutes", "time the person lost")

class Sanctions(Table):
    """What was imposed on whom."""
    person: I32 = truth("i4", "person", "on whom")
    reference: I32 = known("i4", "reference", "as whom")
    kind: U8 = known("u1", "code", "0 custody")
    rightful: Bool = truth("?", "flag", "the right person, rightly listed")
    until_day: I16 = known("i2", "day", "free again on this day")

class Appeals(Table):
    """Complaints by people who were wrongly taken."""
    person: I32 = truth("i4", "person", "who appeals")
    reference: I32 = known("i4", "reference", "against which reference")
    filed_day: I16 = known("i2", "day", "when filed")
    due_day: I16 = known("i2", "day", "when decided")
    result: U8 = known("u1", "code", "0 pending, 1 granted, 2 refused")

class Responses(Table):
    """How people changed their ways today."""
    person: I32 = truth("i4", "person", "who")
    kind: U8 = truth("u1", "code", "0 avoids watched streets")
    until_day: I16 = truth("i2", "day", "until this day")

# ------------------------------------------------------------------ what the system sees and keeps
class SeenDevices(Table):
    """Devices that took faces today, as the system has them: faces that it cannot name."""
    device: I32 = known("i4", "device", "which device, in order")
    n_captures: I32 = known("i4", "captures", "how many faces it took")

class SeenMinutes(Table):
    """When they took them: the captures of the first of `SeenDevices` from the earliest on, then those of the next."""
    minute: I16 = known("i2", "minute of day", "when")

class SeenAlerts(Table):
    """Alerts as the system has them."""
    device: I32 = known("i4", "device", "which device")
    minute: I16 = known("i2", "minute of day", "when")
    reference: I32 = known("i4", "reference", "whom the system takes the person for")

class SeenOutcomes(Table):
    """Reports from the street as the system has them."""
    device: I32 = known("i4", "device", "which device")
    minute: I16 = known("i2", "minute of day", "when")
    reference: I32 = known("i4", "reference", "as whom the person was treated")
    outcome: U8 = known("u1", "code", "0 not found again, 1 cleared, 2 taken")

class Footage(Table):
    """Captures as they are stored: a device and a minute, kept until they are due to be forgotten."""
    day: I16 = known("i2", "day", "when")
    device: I32 = known("i4", "device", "which device")
    minute: I16 = known("i2", "minute of day", "when")

class Sightings(Table):
    """Alerts filed under the individual the system takes them for."""
    dossier: I32 = known("i4", "dossier", "whose file")
    day: I16 = known("i2", "day", "when")
    device: I32 = known("i4", "device", "which device")
    minute: I16 = known("i2", "minute of day", "when")

class Dossiers(Table):
    """What one agency takes for one individual; here one file for each reference and control room."""
    dossier: I32 = known("i4", "dossier", "which; equal to the row")
    reference: I32 = known("i4", "reference", "the reference it was opened for")
    rating: I64 = known("i8", "2**-16 points", "what the rules make of it so far")
    n_sightings: I32 = known("i4", "sightings", "alerts on file that are still kept")
    flagged: Bool = known("?", "flag", "rating below the alert threshold")

class Decisions(Table):
    """What the system decides about its files and its watchlist."""
    dossier: I32 = known("i4", "dossier", "about which file")
    reference: I32 = known("i4", "reference", "about which reference")
    decision: U8 = known("u1", "code", "0 remove from the list, 1 flag, 2 unflag")

COUNTED = (Outings, DeviceDays, Ledger, Tallies, DeviceUse, StreetUse)

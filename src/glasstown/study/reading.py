"""What is read off a life, and what its scenario rules out."""

from __future__ import annotations

from glasstown.core.estimates import Estimate
from glasstown.metrics.conservation import Inconsistent
from glasstown.metrics.moments import estimates
from glasstown.scenario import Scenario
from glasstown.sensing.knobs import Recognition
from glasstown.study.life import Life

FALSE = ("false_alerts", "false_alerts_per_1000_searches", "fpir", "misidentified")
TRUE = ("true_alerts", "wrongly_listed", "listed_found", "listed_found_share")
STOPS = (
    "stops",
    "wrongful_stops",
    "misidentified",
    "wrongly_listed",
    "wrongful_stops_per_100k",
    "minutes_lost",
    "listed_found",
    "listed_found_share",
)


def read_off(life: Life, scenario: Scenario) -> list[Estimate]:
    """Estimate every metric of a life; what the scenario rules out is zero without an interval.

    Raises
    ------
    Inconsistent
        If something happened that the scenario rules out.
    """
    ruled_out = cannot_happen(scenario)
    found = estimates(life.moments, tuple(scenario.town.groups), scenario.days, ruled_out)
    for estimate in found:
        if estimate.name in ruled_out and estimate.value:
            raise Inconsistent(f"{estimate.name} is {estimate.value:g}, which the scenario rules out")
    return found


def cannot_happen(scenario: Scenario) -> frozenset[str]:
    """Name the metrics that a scenario's knobs hold at zero, however often it is lived.

    An empty watchlist returns no candidates, a false match rate of 0 no wrong ones, and where nobody is looked for
    nobody is stopped: there chance leaves nothing to be uncertain about. Before a crowd every camera captures and
    searches; in a town none does where the knobs are 0.
    """
    sensing, after = scenario.sensing, scenario.consequence
    recognition, watchlist = sensing.recognition, sensing.watchlist
    captured = float(sensing.cameras.capture) > 0 and float(recognition.searching) > 0
    searched = captured or scenario.town.kind == "crowd"
    listed = searched and (watchlist.everybody or int(watchlist.size) > 0)
    passing = float(scenario.town.listed_present) + float(scenario.town.listed_per_1000)
    residents = watchlist.everybody or float(watchlist.residents_per_1000) + passing > 0
    false = listed and float(recognition.fmr) > 0
    true = listed and residents and (float(recognition.fnmr) < 1 or _made_easier(recognition))
    looked_at = sensing.operator.kind == "off" or int(sensing.operator.reviews_per_hour) > 0
    reviewed = (false or true) and sensing.operator.kind != "off" and looked_at
    alerted = (false or true) and looked_at
    intervenes = float(after.stop.intervenes_if_true) + float(after.stop.intervenes_if_false) > 0
    stopped = alerted and intervenes and float(after.stop.found) > 0
    taken = stopped and float(after.stop.taken_if_true) + float(after.stop.taken_if_false) > 0
    shaken = stopped and float(after.response.avoids) > 0
    avoids = after.response.kind == "avoid" and (after.response.flagged or shaken)
    ruled_out: set[str] = set()
    for possible, names in (
        (searched, ("searches", "people_searched")),
        (listed and residents, ("mated_missed",)),
        (reviewed, ("reviews", "operator_minutes")),
        (false or true, ("candidates",)),
        (false, FALSE),
        (true, TRUE),
        (alerted, ("alerts", "true_alerts", *FALSE[:2])),
        (stopped, STOPS),
        (taken and int(after.custody_days) > 0, ("trips_prevented",)),
        (avoids, ("trips_avoided",)),
    ):
        if not possible:
            ruled_out.update(names)
    return frozenset(ruled_out)


def _made_easier(recognition: Recognition) -> bool:
    """Say whether anything makes some matches easier than `fnmr` says."""
    shifts = (float(shift) for name, shift in recognition if name.startswith("harder_"))
    return any(shift < 0 for shift in shifts) or any(float(times) < 1 for times in recognition.fnmr_by_group.values())

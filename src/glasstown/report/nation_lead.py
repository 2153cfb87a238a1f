"""What the report of a nation says first: what is simulated, and the few numbers that matter most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glasstown import tables as t
from glasstown.catalogue.compiled import rules
from glasstown.core.estimates import Estimate
from glasstown.report.lead import Statement, as_sentence
from glasstown.report.words import NBSP, few, known, limits, near, plural, whole
from glasstown.scenario import Scenario
from glasstown.town.nation import sample_of

_DEBT = t.DEEDS.index("debt_judgment_unpaid")
ROWS = ("age", "sex", "income", "group", "jurisdiction")
_KINDS = ("city", "nation")


class Told:
    """The estimates of one run, by name, grouping and group.

    Parameters
    ----------
    metrics : sequence of Estimate
        In the order of the run; one that is missing reads as undefined.
    """

    def __init__(self, metrics: Sequence[Estimate]) -> None:
        self.all = tuple(metrics)
        self._found = {(e.name, e.by, e.group): e for e in self.all}

    def __call__(
        self, name: str, by: str | tuple[str, ...] | None = None, group: str | tuple[str, ...] | None = None
    ) -> Estimate:
        """Return one estimate."""
        missing = Estimate(name, "", by, group, None, None, None, None, None, 0)
        return self._found.get((name, by, group), missing)

    def value(self, name: str, by: str | None = None, group: str | None = None) -> float:
        """Return one value, 0 where it is undefined."""
        return self(name, by, group).value or 0.0

    def groups(self, name: str) -> list[Estimate]:
        """Return one quantity by age, sex, income, group and jurisdiction."""
        return [e for by in ROWS for e in self.all if e.name == name and e.by == by]


def size(scenario: Scenario) -> str:
    """Say how many people live in how many jurisdictions, how few stand for them, and for how long."""
    people, days, one_in = scenario.town.people, scenario.days, sample_of(scenario.town)
    places = len(scenario.town.jurisdictions)
    where = f" in {places} jurisdictions" if places > 1 else ""
    part = f" (one in {whole(one_in)} simulated)" if one_in > 1 else ""
    return f"{_people(people)}{part}{where}, {whole(days)} {plural(days, 'day', 'days')}"


def kind_of_place(scenario: Scenario) -> str:
    """Name the kind of place that a run is about: several jurisdictions are a nation, one may be a city."""
    places = tuple(scenario.town.jurisdictions)
    if len(places) > 1:
        return "nation"
    return places[0] if places and places[0] in _KINDS else "place"


def statements(metrics: Sequence[Estimate], scenario: Scenario) -> list[Statement]:
    """Say the few numbers that matter most: each a sentence, with its counts and its interval behind it."""
    r = Told(metrics)
    said = [_setting(r, scenario)]
    if r.value("ever_listed"):
        said += [_listed(r, scenario), _refused(r, scenario), _wrong(r), _repaid(r)]
    elif r.value("refusals"):
        said += [_refused(r, scenario)]
    if r("rating_variance_share", "cause", "conduct").value is not None:
        said += [_measures(r), _graded(r)]
    said += [_predicts(r), _approved(r)]
    return [(lead, fine.strip()) for lead, fine in said if lead]


def _setting(r: Told, scenario: Scenario) -> Statement:
    judgement, town = scenario.judgement, scenario.town
    named = (judgement.rulebooks.get(place, judgement.rulebook) for place in town.jurisdictions)
    names = {part.strip() for name in named for part in name.split("+")}
    books = ", ".join(f"“{name}”" for name in sorted(names - {"none"}))
    simulated = r("approval_true").n
    if names == {"none"}:
        lead = f"Nobody rates or lists anybody: {size(scenario)}."
    else:
        lead = f"{size(scenario)}, judged by {books}."
    one_in, adults = whole(sample_of(town)), plural(simulated, "adult", "adults")
    part = f"One in {one_in} people was simulated, {whole(simulated)} {adults}; "
    part += f"counts are scaled to the whole {kind_of_place(scenario)}."
    if one_in == "1":
        part = f"Everybody was simulated, {whole(simulated)} {adults}."
    share = float(scenario.records.integration)
    walls = (
        "Jurisdictions know nothing of each other."
        if share == 0
        else f"Of what one keeps, {few(share)} is known in others."
    )
    return lead, f"{part} {walls if len(town.jurisdictions) > 1 else ''}".strip()


def _listed(r: Told, scenario: Scenario) -> Statement:
    stock, flow, off = r("listed_stock"), r("listed_flow"), r("removed")
    judgement = scenario.judgement
    named = {judgement.rulebook, *judgement.rulebooks.values()}
    courts = any(rules(name, judgement.written).court.triggers[_DEBT] for name in named)
    name = "court's list" if courts else "list"
    there = f"{_persons(stock)} {_is(stock)} on the {name} at the end"
    lead = as_sentence(f"{there}; {_of_them(flow)} came on and {_of_them(off)} came off")
    ever, days = r("ever_listed"), r("days_listed")
    fine = f"Ever on it: {_persons(ever, 'different ')}{_days(days)}. "
    return lead, fine + _each_within(
        ("on it at the end", stock), ("came on", flow), ("came off", off), ("ever on it", ever), ("days", days)
    )


def _refused(r: Told, scenario: Scenario) -> Statement:
    refusals, people, each = r("refusals"), r("people_refused"), r("refusals_per_person_refused")
    if not refusals.value:
        return "No purchase was refused.", _why_none(scenario)
    bought = f"{about(refusals)} {'purchase was' if about(refusals) == '1' else 'purchases were'} refused"
    lead = f"{bought}, to {_persons(people, 'different ')}: refusals are not people."
    fine = f"A refused person was refused {few(each.value or 0, 2)} times on average ({_people(each.n)} simulated). "
    return lead, fine + _each_within(("purchases", refusals), ("people", people), ("times each", each))


def _why_none(scenario: Scenario) -> str:
    judgement = scenario.judgement
    named = (judgement.rulebooks.get(place, judgement.rulebook) for place in scenario.town.jurisdictions)
    books = [rules(name, judgement.written) for name in named]
    if not any(of.closes.any() or of.court.closes.any() for of in books):
        return "The rules close no door."
    if not any(float(share) for share in scenario.records.sharing.values()):
        return "No agency passes on what it has on file, so that no door knows of the list."
    return "Rules close doors and agencies share what they have on file, but nobody came to a door that knew of it."


def _wrong(r: Told) -> Statement:
    wrong, share = r("wrongly_listed"), r("wrongly_listed_share")
    doors = r("doors_closed_per_wrong_record")
    if share.value is None:
        return "", ""
    of = near(1000 * share.value, _times(share.low), _times(share.high))
    lead = f"Of 1,000 people on the list, {of} should not be on it."
    fine = as_sentence(f"{_persons(wrong)}, by mistake or left on it too long") + " "
    if doors.value is not None:
        fine += f"One wrong record closed {few(doors.value, 2)} different doors ({whole(doors.n)} records simulated). "
    return lead, fine + _each_within(("of 1,000 on the list", share, 1000), ("people in all", wrong), ("doors", doors))


def _repaid(r: Told) -> Statement:
    repaid, listed = r("repaid"), r("repaid", "listed", "yes")
    while_listed = f"{_of_them(listed)} of them while on the list"
    fine = "Not an effect of the list: how many pay without one is said under “Benefit and harm”. "
    paid = f"Judgments were paid {_often(repaid)}, {while_listed}" if repaid.value else "No judgment was paid"
    return (
        as_sentence(paid),
        fine + _each_within(("paid", repaid), ("while on the list", listed)),
    )


def _measures(r: Told) -> Statement:
    parts = {cause: r("rating_variance_share", "cause", cause) for cause in t.RATING_CAUSES}
    said = {cause: f"{few(100 * (e.value or 0), 2)}" for cause, e in parts.items()}
    lead = f"Of 100 parts of what sets ratings apart, {said['conduct']} are conduct"
    lead += f" and {said['luck']} luck, that is, being seen or not."
    fine = f"Biased reporters: {said['reporter_bias']}; errors of the data: {said['data_error']}. "
    return lead, fine + _each_within(
        *(("conduct", parts["conduct"], 100), ("luck", parts["luck"], 100)),
        *(("biased reporters", parts["reporter_bias"], 100), ("errors of the data", parts["data_error"], 100)),
        unit="of 100",
    )


def _graded(r: Told) -> Statement:
    wrong, back = r("misrated_share"), r("grade_turned_back")
    if wrong.value is None:
        return "", ""
    of = near(1000 * wrong.value, _times(wrong.low), _times(wrong.high))
    lead = f"Of 1,000 rated people, {of} have a grade that they would not have without errors and biased reporters."
    fine = f"Counted over {whole(wrong.n)} people. "
    if back.value is not None:
        fine += f"For each 1,000 of them a grade changed and then changed back {few(10 * back.value, 2)} times. "
    return lead, fine + _each_within(("wrong grades", wrong, 1000), ("changed back", back, 10), unit="of 1,000")


def _predicts(r: Told) -> Statement:
    rating, record = (r("cheating_predicted", "predictor", name) for name in ("rating", "record"))
    if record.value is None:
        return "", ""
    plain = f"a plain record of judgments points to the right one {few(100 * record.value, 2)} times in 100"
    said = f"among adults {plain}, a coin 50 times."
    counted = f"{whole(record.n)} of {whole(r('approval_true').n)} adults (a plain record)"
    if rating.value is not None:
        rated = f"among rated people a rating does {few(100 * rating.value, 2)} times"
        said = f"among adults {plain}, {rated}, a coin 50 times."
        counted += f" and {whole(rating.n)} of {whole(r('misrated_share').n)} rated people (a rating)"
    lead = f"Of one person who cheats a stranger and one who does not, {said}"
    fine = f"Counted over {counted} who cheated in the second half, by what was on file half-way. "
    ends = _each_within(("a plain record", record, 100), ("a rating", rating, 100), unit="times in 100")
    return lead, fine + ends


def _approved(r: Told) -> Statement:
    true, stated = r("approval_true"), r("approval_stated")
    if true.value is None or stated.value is None or not stated.value:
        return "", ""
    informed, other = r("approval_informed"), r("approval_uninformed")
    fine = f"Counted over {whole(true.n)} adults. "
    if informed.value is not None and other.value is not None:
        both, one = few(100 * informed.value, 2), few(100 * other.value, 2)
        fine += f"Of 100 who know both sides {both} support it, of 100 others {one}. "
    fine += _each_within(
        *(("would say so", stated, 100), ("do", true, 100)),
        *(("of those who know both sides", informed, 100), ("of others", other, 100)),
        unit="of 100",
    )
    said, think = few(100 * stated.value, 2), few(100 * true.value, 2)
    return f"{said} of 100 adults would say in a survey that they support the system; {think} do.", fine


def _people(n: int) -> str:
    return f"{whole(n)} {plural(n, 'person', 'people')}"


def _persons(e: Estimate, which: str = "") -> str:
    """Write how many people: "no people", "1 person", "269 different people"."""
    return f"{about(e)} {which}{'person' if about(e) == '1' else 'people'}"


def _often(e: Estimate) -> str:
    """Write how often something happened: "once", "269 times"."""
    return "once" if about(e) == "1" else f"{about(e)} times"


def _is(e: Estimate) -> str:
    return "is" if about(e) == "1" else "are"


def _of_them(e: Estimate) -> str:
    """Write a count that has no noun after it."""
    return about(e) if e.value else "none"


def _times(value: float | None) -> float | None:
    return None if value is None else 1000 * value


def about(e: Estimate) -> str:
    """Write a count with the digits that its interval supports."""
    return "no" if not e.value else near(e.value, e.low, e.high)


def _days(e: Estimate) -> str:
    """Say for how long each was on the list, which is a mean."""
    if e.value is None:
        return ""
    return f", each for {few(e.value)} {plural(e.value, 'day', 'days')} of the run on average"


def _each_within(*named: tuple[str, Estimate] | tuple[str, Estimate, float], unit: str = "") -> str:
    """Write the intervals of several numbers as one sentence, each after the words that say whose it is.

    Parameters
    ----------
    *named : tuples of str, Estimate and, optionally, float
        The words, the estimate, and what it is multiplied by.
    unit : str
        What all of the ends are counted in, where that is one thing.
    """
    said = [f"{label} {ends}" for label, e, *scale in named if (ends := _ends(e, *scale))]
    counted = f", {unit}" if unit else ""
    return f"95{NBSP}% {plural(len(said), 'interval', 'intervals')}{counted}: {'; '.join(said)}." if said else ""


def _ends(e: Estimate, scale: float = 1.0) -> str:
    said = limits(e, scale) if known(e) else "not known"
    ranged = limits(replace(e, low=e.range_low, high=e.range_high), scale)
    return f"{said} (range {ranged})" if said and ranged else said


def within(e: Estimate) -> str:
    """Write the interval of a count as a sentence."""
    ends = limits(e)
    return f"95{NBSP}% interval {ends}." if ends else ""

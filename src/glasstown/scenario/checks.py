"""What must hold across a whole scenario, beyond each number's own bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import glasstown.catalogue as catalogue
from glasstown.core.documents import KeyPath
from glasstown.core.errors import did_you_mean
from glasstown.core.flaws import Flaw
from glasstown.core.growth import Growth
from glasstown.core.quantity import Quantity
from glasstown.scenario import books
from glasstown.scenario.model import Scenario

# As in tables.py, which brings NumPy along and would double the time to load a scenario; a test compares them.
AGE_BANDS = ("0-17", "18-24", "25-44", "45-64", "65-79", "80+")
SEXES = ("f", "m")
INCOMES = ("low", "middle", "high")
AGENCIES = ("court", "police", "committee", "employer", "school", "carrier", "hotel", "bank", "credit_office")
MOST_IN_A_TOWN = 20_000_000
MOST_IMAGES = 50
SUM_WITHIN = 1e-9
RECOGNITION = ("sensing", "recognition")


def checks(scenario: Scenario) -> Iterator[Flaw]:
    """Find what contradicts itself: shares, names of groups, sizes, sources of streets and cameras."""
    town = scenario.town
    yield from _shares(("town", "groups"), town.groups)
    yield from _shares(("town", "ages"), town.ages)
    yield from _shares(("town", "household_sizes"), town.household_sizes)
    yield from _names(("town", "ages"), town.ages, AGE_BANDS, "age band")
    for size in town.household_sizes:
        if not (size.isascii() and size.isdigit() and 1 <= int(size) <= 12):
            path = ("town", "household_sizes", size)
            yield Flaw(path, f"a household has 1 to 12 people, not '{size}'")
    recognition, watchlist = scenario.sensing.recognition, scenario.sensing.watchlist
    for section, knobs, name in (
        (RECOGNITION, recognition, "fmr_by_group"),
        (RECOGNITION, recognition, "fnmr_by_group"),
        (("sensing", "watchlist"), watchlist, "listed_by_group"),
    ):
        given: dict[str, Quantity] = getattr(knobs, name)
        strange = [f"'{group}'" for group in given if group not in town.groups]
        if strange:
            yield Flaw(
                (*section, name),
                f"{', '.join(strange)} not among the groups of town.groups ({', '.join(town.groups)})",
                f"write {name} for your groups, or {{}} to treat them alike",
                cause=("town", "groups"),
            )
    yield from _names((*RECOGNITION, "fmr_by_sex"), recognition.fmr_by_sex, SEXES, "sex")
    yield from _names((*RECOGNITION, "fmr_by_age"), recognition.fmr_by_age, AGE_BANDS, "age band")
    shared = (recognition.misses_by_person, recognition.misses_by_day, recognition.misses_by_place)
    if sum(map(_high, shared)) > 1.0:
        what = "what misses share by person, day and place is more than the whole"
        yield Flaw((*RECOGNITION, "misses_by_person"), what, "let the three add up to 1 at most, their high ends too")
    if _high(recognition.pictures) > 0 and town.kind != "crowd":
        what = f"pictures pass only where town.kind is 'crowd', not '{town.kind}'"
        yield Flaw((*RECOGNITION, "pictures"), what, "leave it out; whoever walks through a town is a person")
    if _low(watchlist.images) < 1:
        yield Flaw(("sensing", "watchlist", "images"), "a listed person has at least one image", "write images: 1")
    if _high(watchlist.images) > MOST_IMAGES:
        what = f"a listed person has at most {MOST_IMAGES} images, not {_high(watchlist.images):,.0f}"
        yield Flaw(("sensing", "watchlist", "images"), what, f"write images: {MOST_IMAGES} or fewer")
    if _low(recognition.published_size) < 1:
        what = f"a threshold is published for a gallery of at least 1, not {_low(recognition.published_size):,.0f}"
        yield Flaw((*RECOGNITION, "published_size"), what, "write the size to which fmr belongs, or leave it out")
    for path, least, most, what in (
        (("sensing", "operator", "reviewers"), 1, 9, "a candidate is looked at by 1 to 9 people"),
        (("sensing", "agree"), 1, 50, "1 to 50 cameras must agree"),
    ):
        number = scenario.sensing.agree if path[-1] == "agree" else scenario.sensing.operator.reviewers
        if not least <= _low(number) <= _high(number) <= most:
            yield Flaw(path, f"{what}, not {number.value:,.0f}", f"write {path[-1]}: 1")
    yield from _agree(scenario)
    yield from _watchlist(scenario)
    yield from _nation(scenario)
    yield from _crowd(scenario)
    yield from _sources(scenario)
    cameras = scenario.sensing.cameras
    if town.kind == "mixed" and _high(cameras.mixed_mean) > 0 and _low(cameras.half_distance) < 1:
        path = ("sensing", "cameras", "half_distance")
        what = "chances that vary around 'mixed_mean' need a half_distance of at least 1 metre, not "
        yield Flaw(path, f"{what}{_low(cameras.half_distance):g}", "leave it out: any other gives the same chances")
    if _high(cameras.dawn_minute) > _low(cameras.dusk_minute):
        path = ("sensing", "cameras")
        hint = "minutes are counted from midnight"
        yield Flaw((*path, "dawn_minute"), "dawn comes after dusk", hint, (*path, "dusk_minute"))


def _rulebook(path: KeyPath, named: str, own: Iterable[str]) -> Iterator[Flaw]:
    known = ("none", *catalogue.names("rulebooks"), *own)
    for name in books.parts_of(named):
        if name not in known:
            hint = f"{did_you_mean(name, known)} A file is named with its folder or ending: ./{name}.yaml"
            yield Flaw(path, f"the catalogue has no rulebook '{name}'", hint)


def _shares(path: KeyPath, shares: dict[str, Quantity]) -> Iterator[Flaw]:
    ranged = [name for name, share in shares.items() if share.low is not None]
    for name in ranged:
        yield Flaw((*path, name), "a share of a whole has no range", "write the share alone")
    total = sum(share.value for share in shares.values())
    if shares and not abs(total - 1.0) <= SUM_WITHIN:
        yield Flaw(path, f"the shares must add up to 1, but add up to {total:.10g}")


def _names(path: KeyPath, given: dict[str, Quantity], known: tuple[str, ...], what: str) -> Iterator[Flaw]:
    for name in given:
        if name not in known:
            yield Flaw((*path, name), f"'{name}' is no {what}", did_you_mean(name, known))


def _agree(scenario: Scenario) -> Iterator[Flaw]:
    """Find more cameras that must agree than there are, where their number is known."""
    cameras, crowd = scenario.sensing.cameras, scenario.town.kind == "crowd"
    if cameras.kind != "generated" or scenario.town.kind == "nation":
        return
    there, key = (cameras.count, "count") if crowd else (cameras.most, "most")
    if _high(scenario.sensing.agree) > _low(there) >= 1:
        number = f"{_low(there):,.0f} camera{'s' if _low(there) > 1 else ''}"
        must = f"{_high(scenario.sensing.agree):,.0f} cameras must agree"
        what = f"{must} and there are {number}: nothing could be an alert"
        yield Flaw(("sensing", "agree"), what, "write fewer, or more cameras", ("sensing", "cameras", key))


def _watchlist(scenario: Scenario) -> Iterator[Flaw]:
    watchlist = scenario.sensing.watchlist
    if watchlist.everybody and scenario.sensing.recognition.system != "custom":
        yield Flaw(
            ("sensing", "watchlist", "everybody"),
            "with everybody enrolled fmr is a chance for each search, which no named system publishes",
            "write recognition: {system: custom, fmr: , fnmr: }",
            (*RECOGNITION, "system"),
        )


def _sources(scenario: Scenario) -> Iterator[Flaw]:
    kind = scenario.sensing.cameras.kind
    if kind in ("file", "tagged") and scenario.town.kind != "streets":
        yield Flaw(
            ("sensing", "cameras", "kind"),
            f"cameras of kind '{kind}' stand on real streets, but town.kind is '{scenario.town.kind}'",
            "write town: {kind: streets}, or cameras: {kind: generated}",
            ("town", "kind"),
        )


def _nation(scenario: Scenario) -> Iterator[Flaw]:
    town, nation = scenario.town, scenario.town.kind == "nation"
    if not nation:
        if town.kind != "crowd" and town.people > MOST_IN_A_TOWN:
            what = f"a town of kind '{town.kind}' has at most {MOST_IN_A_TOWN:,} people, not {town.people:,}"
            yield Flaw(("town", "people"), what, "write kind: nation for more")
        return
    yield from _shares(("town", "jurisdictions"), town.jurisdictions)
    yield from _shares(("town", "incomes"), town.incomes)
    yield from _names(("town", "incomes"), town.incomes, INCOMES, "income")
    if town.sample > town.people:
        yield Flaw(("town", "sample"), f"one in {town.sample:,} of {town.people:,} people is nobody")
    if scenario.judgement.lists.court.initial.value > (town.counted_among or town.people):
        yield Flaw(("judgement", "lists", "court", "initial"), "more people are listed than there are")
    growth = scenario.judgement.lists.court.growth
    if growth:
        try:
            Growth.of({day: float(count) for day, count in growth.items()})
        except ValueError as error:
            hint = "write the counts by date, such as {2014-03-10: 87079, 2014-07-23: 203000}"
            yield Flaw(("judgement", "lists", "court", "growth"), str(error), hint)
    own = scenario.judgement.written
    yield from books.flaws(own)
    yield from _rulebook(("judgement", "rulebook"), scenario.judgement.rulebook, own)
    for name, book in scenario.judgement.rulebooks.items():
        yield from _rulebook(("judgement", "rulebooks", name), book, own)
        if name not in town.jurisdictions:
            hint = did_you_mean(name, tuple(town.jurisdictions))
            yield Flaw(("judgement", "rulebooks", name), f"'{name}' is no jurisdiction", hint)
    for name in scenario.records.sharing:
        here, to, there = name.partition(" to ")
        if not to or here not in AGENCIES or there not in AGENCIES or here == there:
            what = f"'{name}' does not say which agency shares with which other"
            yield Flaw(("records", "sharing", name), what, f"write 'court to carrier'; agencies: {', '.join(AGENCIES)}")
    for who in ("court", "police", "neighbour", "employer", "school", "camera"):
        yield from _names(
            ("sensing", "reports", who, "bias"),
            getattr(scenario.sensing.reports, who).bias,
            tuple(town.groups),
            "group",
        )
    by_group = scenario.consequence.redress.by_group
    yield from _names(("consequence", "redress", "by_group"), by_group, tuple(town.groups), "group")


def _crowd(scenario: Scenario) -> Iterator[Flaw]:
    town = scenario.town
    if town.kind != "crowd":
        return
    if _low(town.faces) < 1:
        what = "its lower end takes no face" if int(town.faces) else "missing key 'faces'"
        path = ("town", "faces") if int(town.faces) else ("town",)
        yield Flaw(path, what, "write how many faces are taken in a day, as in faces: 50000")
        return
    if scenario.sensing.cameras.kind not in ("none", "generated"):
        what = f"cameras of kind '{scenario.sensing.cameras.kind}' stand on streets, and a crowd has none"
        yield Flaw(("sensing", "cameras", "kind"), what, "leave it out, or write kind: none")
    if _low(scenario.sensing.cameras.count) < 1:
        yield Flaw(("sensing", "cameras", "count"), "no camera takes a face", "write at least 1, or kind: none")
    if not _high(town.from_minute) < _low(town.to_minute):
        what, hint = "the hours must end after they begin, on the same day", "minutes are counted from midnight"
        yield Flaw(("town", "to_minute"), what, hint, ("town", "from_minute"))
    if scenario.sensing.cameras.kind != "none":
        yield from _listed_in_a_crowd(scenario)


def _listed_in_a_crowd(scenario: Scenario) -> Iterator[Flaw]:
    town, size = scenario.town, _low(scenario.sensing.watchlist.size)
    for faces in sorted({_low(town.faces), _high(town.faces)}):
        people = faces / _high(town.faces_per_person)
        # A range may reach beyond the list: a draw from it that does is cut to the list's length.
        present = _low(town.listed_present) + _low(town.listed_per_1000) * faces / 1000
        if present > min(size, people):
            most = f"the list has {size:,.0f}" if size < people else f"only about {people:,.0f} people walk by"
            key = "listed_present" if float(town.listed_present) else "listed_per_1000"
            cause = ("sensing", "watchlist", "size") if size < people else ("town", "faces")
            yield Flaw(("town", key), f"{present:,.0f} people on the list cannot walk by: {most}", "write fewer", cause)
            return


def _low(quantity: Quantity) -> float:
    return quantity.value if quantity.low is None else quantity.low


def _high(quantity: Quantity) -> float:
    return quantity.value if quantity.high is None else quantity.high

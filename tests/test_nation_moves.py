"""People of a nation who move, and what stays behind; and what else is counted of entries and ratings.

Smallest error noticed: one entry, one record, one person; a share off by 0.02 where it says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import glasstown.metrics.nation_end as nation_end
from glasstown import census as c
from glasstown import counts as q
from glasstown import tables as t
from glasstown.core.chance import cumulative, elsewhere
from glasstown.judgement import ratings
from glasstown.metrics.nation import blank_tally
from glasstown.study.nation import NATION, Plan
from tests.budget import agrees
from tests.nations import both, court, deeds, law, lived, loud, nation, plan, rated, total
from tests.plain import months as plain


def test_an_appeal_leaves_alone_what_a_mover_left_behind() -> None:
    """A wrong entry of -50 in the old file, a new one at 1,000: after the pardon it is still at 1,000."""
    rating, touched, pardon = np.full(1, 1_000, np.int32), np.zeros(1, np.uint8), np.ones(1, np.uint8)
    none, worth = np.zeros(1, np.int32), np.full(1, -50, np.int32)
    heard = np.full(1, c.INVENTED, np.uint8), none - 1, none.copy()
    filed_from = np.array([0, 1, 1, 1], np.int64)
    for opened, after in ((1, 1_000), (0, 1_000), (-1, 1_050)):
        files = np.full(1, opened, np.int16)
        ratings.strike(pardon, heard, none.copy(), filed_from, 2, none.copy(), worth.copy(), files, rating, touched)
        assert rating.tolist() == [after]


def test_a_mistake_that_a_mover_leaves_behind_is_right_again_at_once() -> None:
    """All are listed by mistake, and nobody appeals: each record is put right in the month after its person moves.

    One record that nobody looks at again would show.
    """
    changes = {
        "judgement.lists.court.initial": 8_000,
        "judgement.lists.court.initial_wrong": 1,
        "town.jurisdictions": {"north": 0.5, "south": 0.5},
        "town.life.moves_per_year": 1.0,
        "town.life.deaths": 0,
    }
    life = lived(nation(**changes), replace(rated(rates=False), court=court(national=False)))
    started, stays = total(life, "listed_start"), total(life, "listed_end")
    late = int(life.counted.series[-1, c.SERIES.index("removed")])
    assert started - stays - late > 3_000
    assert total(life, "righted", c.NAMESAKE) == started - stays - late


def test_a_third_of_the_people_move_where_a_third_are_said_to() -> None:
    """One jurisdiction has nine tenths of the people: as many leave their own as the knobs say, and never arrive in it.

    Noticed: a share of movers off by 0.02, or a share of acts away from home off by 0.02.
    """
    changes = {
        "town.people": 30_000,
        "town.jurisdictions": {"large": 0.9, "small": 0.1},
        "town.life.moves_per_year": 0.4,
        "town.life.away": 0.3,
        "town.deeds.volunteering.per_year": 1.0,
    }
    ready = plan(nation(**changes), rated(rates=False))
    here, acts, away = ready.empty(), 0, 0
    moved, people_ = 0, 0
    for community in ready.chosen:
        here = ready.lived(int(community), here)
        people_ += int(here.tally.rows[0, q.PEOPLE])
        moved += int(here.tally.rows[0, q.MOVED])
    agrees(moved, people_, 1 - np.exp(-0.4), notices=0.02)
    still = plan(nation(**{**changes, "town.life.moves_per_year": 0}), rated(rates=False))
    for community in still.chosen:
        here = still.lived(int(community), here)
        done = int(here.acts_from[-1])
        acts += done
        away += int((here.deeds.place[:done] != here.who.home[here.deeds.doer[:done]]).sum())
    agrees(away, acts, 0.3, notices=0.02)


def test_places_elsewhere_are_drawn_by_their_shares() -> None:
    """Home is left out, the others come in proportion; where there is none people stay. Noticed: 0.02 of a share."""
    shares, n = [0.5, 0.2, 0.0, 0.3], 40_000
    running = cumulative(shares)
    bits = np.random.default_rng(5).integers(0, 1 << 32, n).astype(np.uint64)
    for home in range(4):
        found = np.bincount([elsewhere(running, home, x) for x in bits], minlength=4)
        assert found[home] == 0
        others = sum(shares) - shares[home]
        for k in set(range(4)) - {home}:
            if shares[k]:
                agrees(int(found[k]), n, shares[k] / others, notices=0.02)
            else:
                assert found[k] == 0
        by_hand = [plain.elsewhere(int(x) / 2**32, shares, home) for x in bits[:500]]
        assert [elsewhere(running, home, x) for x in bits[:500]] == by_hand
    assert elsewhere(cumulative([1.0]), 0, np.uint64(7)) == 0


def test_months_count_what_agencies_filed() -> None:
    """The census, the order of filing and the months tell of as many entries; one report that was left out would show.

    The census counts a report when it is made, the months when it arrives: the difference is what is still under way.
    """
    ready = plan(loud(**{"consequence.redress.files": 0, "sensing.reports.neighbour.late": 0.5}), both())
    here, left_out, under_way = ready.empty(), 0, 0
    for community in ready.chosen:
        here = ready.lived(int(community), here)
        dossier, to = here.entries.dossier, int(here.filed_from[-1])
        filed = int((dossier[here.filed[:to]] >= 0).sum())
        waits = int((dossier[here.waiting[: here.n_waiting[0]]] >= 0).sum())
        counted = int(here.tally.rows[0, q.ENTRIES : q.ENTRIES + c.N_CAUSES].sum())
        assert int(here.tally.series[:, c.SERIES.index("entries")].sum()) == filed == counted - waits
        left_out += to - filed
        under_way += waits
    assert left_out > 20
    assert under_way > 5


def test_a_report_comes_a_month_later_as_often_as_is_said() -> None:
    """A share of 0.5 that comes a month later is 0.5, again and again; an error of a millionth would show."""
    late = plan(loud(sensing__reports__police__late=0.5), both()).months[0].reporting.late / 2**32
    of_police = late[t.REPORTERS.index("police")]
    assert of_police[:4].tolist() == pytest.approx([0.5, 0.75, 0.875, 0.9375], abs=1e-6)


@pytest.mark.parametrize("times", [((3, 2), (3, 2)), ((9, 0), (2, 4))])
def test_points_of_conduct_are_taken_back_as_they_were_given(times: tuple[tuple[int, int], tuple[int, int]]) -> None:
    """People move between two rulebooks with points and times of their own, everything is noted, and files come along.

    Then conduct is the whole of every rating, up to the rounding of sixteenths, and no entry brings points for longer
    than where the file is now. One entry of one point would show.
    """
    changes: dict[str, Any] = {"town.jurisdictions": {"north": 0.5, "south": 0.5}, "town.life.moves_per_year": 1.0}
    changes |= {f"town.deeds.{name}.per_year": 3 for name in ("traffic_offence", "volunteering")}
    changes |= {"records.integration": 1}
    first, second = (
        rated(
            points=deeds(traffic_offence=-bad, volunteering=good).astype(np.int32),
            expiry_months=deeds(traffic_offence=offence, volunteering=deed).astype(np.int32),
        )
        for (bad, good), (offence, deed) in zip(((5, 2), (9, 4)), times, strict=True)
    )
    second = replace(second, name="other")
    scenario = nation(**changes, judgement__rulebooks={"south": "red-list"})
    ready = Plan.of(scenario, 7, law({"none": first, "red-list": second}))
    here, moved = ready.empty(), 0
    for community in ready.chosen[:6]:
        here = ready.lived(int(community), here)
        points = here.twins.conduct / 2**16
        assert points == pytest.approx(here.files.rating - 1_000, abs=0.01)
        moved += int(here.tally.rows[0, q.MOVED])
        filed = here.filed[: here.filed_from[-1]]
        age = len(ready.months) - 1 - np.repeat(np.arange(len(ready.months)), np.diff(here.filed_from))
        lasts = ready.by.expiry[here.files.seat[here.entries.dossier[filed]], here.entries.deed[filed]]
        assert not here.worth[filed][age >= lasts].any()
    assert moved > 500


def test_ratings_beyond_what_is_told_apart_are_one_tie() -> None:
    """Six ratings half-way: each in its place, those outside at the ends. One point would show."""
    n, base = 6, np.array([1_000], np.int32)
    who, files, lot, twins = (c.blank(kind, n) for kind in (c.Residents, c.Files, c.Lots, c.Twins))
    who.age[:], files.covered[:], twins.early[:] = 2, 1, [-500, -128, -127, 0, 127, 9_000]
    tally, cells = blank_tally(16, 1, 1), np.zeros((q.cells_of(1, 16), q.N_COUNTS), np.int64)
    bands = base - 9_999, base + 9_999, np.zeros((1, 16), np.int32), np.ones(1, np.int32)
    nation_end.close_ratings(n, who, files, lot, twins, tally, cells, base, *bands, np.ones(1, np.uint8))
    found = tally.deals[0, 0, ::-1, 0]
    assert np.flatnonzero(found).tolist() == [0, 1, 128, 255]
    assert found[found > 0].tolist() == [2, 1, 1, 2]


def test_ties_are_those_among_rated_people() -> None:
    """Half of the people live where nobody rates: they are in no tie, and in no prediction from ratings."""
    changes: dict[str, Any] = {"town.jurisdictions": {"north": 0.5, "south": 0.5}}
    changes |= {"town.deeds.cheated_stranger.per_year": 0.5, "judgement.rulebooks": {"south": "red-list"}}
    rules = {"none": rated(), "red-list": replace(rated(rates=False), name="other")}
    life = NATION.live(nation(**changes), 7, law(rules))
    rated_people = total(life, "rated")
    assert 0.4 < rated_people / total(life, "adults") < 0.6
    assert life.counted.deals[:, :, 0].sum() == rated_people
    assert life.counted.deals[:, :, 1].sum() == total(life, "adults")

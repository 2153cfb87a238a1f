"""Who is on the lists of a nation, for how long, and what becomes of it where people move.

Smallest error noticed: one person, or one month of a listing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glasstown import census as c
from glasstown import months
from glasstown import tables as t
from glasstown.judgement.rules import ListRules
from tests.nations import deeds, nation, plan, rated
from tests.plain import nation as plain

AWARD = t.DEEDS.index("award")


def red(**changes: object) -> ListRules:
    """Return a red list of people with awards that opens every perk, within its own jurisdiction."""
    kept = replace(
        ListRules.none(),
        kept=True,
        triggers=deeds(award=1) > 0,
        opens=np.ones(len(t.PERKS), np.bool_),
        national=False,
    )
    return replace(kept, **changes)


# ------------------------------------------------------------------ the red list
@pytest.mark.parametrize("rates", [False, True])
@pytest.mark.parametrize("expires", [0, 3])
def test_an_entry_on_the_red_list_ends_when_it_has_had_its_time(rates: bool, expires: int) -> None:
    """Awards list, with a rating that never moves or without one: everybody is listed since when the twin says."""
    scenario = nation(**{"town.deeds.award.per_year": 1.0})
    rules = rated(rates=rates, red=red(expires_months=expires))
    ready, listed, again = plan(scenario, rules), 0, 0
    n_months = len(ready.months)
    here = ready.empty()
    for community in ready.chosen[:2]:
        here = ready.lived(int(community), here)
        filed: dict[int, list[int]] = {}
        for k in range(n_months):
            for row in here.filed[here.filed_from[k] : here.filed_from[k + 1]]:
                if here.entries.deed[row] == AWARD and here.files.covered[here.entries.dossier[row]]:
                    filed.setdefault(int(here.entries.dossier[row]), []).append(k)
        found = here.files.red[: ready.size].tolist()
        by_hand = [plain.red_since(filed.get(i, ()), n_months, expires) for i in range(ready.size)]
        assert found == [c.NEVER if since is None else since for since in by_hand]
        listed += sum(since is not None for since in by_hand)
        again += sum(since is not None and since > filed[i][0] for i, since in enumerate(by_hand))
    assert listed > 200
    assert (again > 50) == (expires > 0)


def test_whoever_is_worthy_of_the_red_list_is_on_it_anew_a_month_after_the_entry_ended() -> None:
    """Everybody starts in the grade that lists, and no rating moves: on for three months, off in one, on again."""
    rules = rated(red=red(triggers=deeds() > 0, from_rating=1_000, to_rating=100_000, expires_months=3))
    ready = plan(nation(**{"town.ages": {"0-17": 0.5, "25-44": 0.5}}), rules)
    here, seen = ready.empty(), list[set[int]]()
    months.begin(0, ready.size, here, ready.start, ready.by, ready.keys)
    grown = here.files.covered[: ready.size] > 0
    for now in ready.months[:6]:
        assert months.month(0, ready.size, here, now, ready.by, ready.keys)
        seen.append(set(here.files.red[: ready.size][grown].tolist()))
        assert set(here.files.red[: ready.size][~grown].tolist()) == {c.NEVER}, "whom no rulebook covers is not listed"
    assert seen == [{0}, {0}, {0}, {c.NEVER}, {4}, {4}]

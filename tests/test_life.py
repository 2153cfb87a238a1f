"""What a life leaves behind when a town has several communities.

Smallest error noticed: one row of a shared table that is there twice or not at all.
"""

from __future__ import annotations

import numpy as np

from glasstown import tables as t
from glasstown.study.life import live_once
from tests.worlds import LOUD, SEED, communities_of, town


def test_a_shared_watchlist_is_told_once() -> None:
    """Also after references came off it, which each community learns of by itself."""
    scenario = town(people=300, days=3, changes=LOUD)
    with communities_of(80):
        life = live_once(scenario, SEED)
    decisions = life.rows["decisions"]
    assert len(set(decisions.community.tolist())) > 1, "references came off the list in more than one community"
    references = life.tables["references"]
    assert isinstance(references, t.References)
    assert np.array_equal(references.reference, np.arange(int(scenario.sensing.watchlist.size)))
    assert not references.active.all()


def test_with_everybody_enrolled_each_community_tells_its_own() -> None:
    changes = {
        "sensing.watchlist.everybody": True,
        "sensing.recognition.system": "custom",
        "sensing.recognition.fmr": 0.001,
        "sensing.recognition.fnmr": 0.1,
    }
    with communities_of(80):
        life = live_once(town(people=300, days=1, changes=changes), SEED)
    references = life.tables["references"]
    assert isinstance(references, t.References)
    assert np.array_equal(references.person, np.arange(300))

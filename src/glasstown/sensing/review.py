"""What an operator makes of a candidate: how well faces are told apart, and what rarity, haste and company change.

An operator who confirms the right person with chance H and the wrong one with chance F tells them apart by d' =
z(H) - z(F) probits and leans towards "no" by c = -(z(H) + z(F)) / 2, where z turns a chance into probits. Haste
takes from d'; rarity adds to c.

Source
------
Signal detection with two normal distributions of equal width: Macmillan & Creelman 2005, Detection Theory, chapters
1-2. That rare targets are missed more often: Wolfe, Horowitz & Kenner 2005, Nature 435, 439.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

from glasstown.core.chance import thresholds
from glasstown.core.columns import U64
from glasstown.core.once import once_each
from glasstown.sensing.fusion import at_least
from glasstown.sensing.knobs import Operator

_LEAST, _MOST = 1e-9, 1.0 - 1e-9


@final
@dataclass(frozen=True)
class Skill:
    """How an operator confirms: the right person with `confirm_true`, the wrong one with `confirm_false`."""

    confirm_true: float
    confirm_false: float

    def rarer(self, prevalence: float, effect: float) -> Skill:
        """Return the skill where a share of candidates is right: each tenfold rarer, `effect` probits more "no".

        None at all counts as one in a thousand million.
        """
        if effect == 0.0:
            return self
        return self._moved(1.0, effect * math.log10(0.5 / max(prevalence, _LEAST)))

    def hurried(self, lost: float) -> Skill:
        """Return the skill in haste: the share `lost` of what tells faces apart is gone."""
        return self if lost == 0.0 else self._moved(1.0 - lost, 0.0)

    def both(self, people: int, together: float) -> Skill:
        """Return the skill of several people who must all confirm, whose judgements are correlated by `together`."""
        if people <= 1:
            return self
        true, false = (float(at_least(people, [p] * people, together)) for p in (self.confirm_true, self.confirm_false))
        return Skill(true, false)

    def _moved(self, apart_times: float, leaning: float) -> Skill:
        from scipy.special import ndtr, ndtri

        if self.confirm_true in (0.0, 1.0) and self.confirm_false in (0.0, 1.0):
            return self
        high, low = float(ndtri(self._inside(self.confirm_true))), float(ndtri(self._inside(self.confirm_false)))
        middle, half = (high + low) / 2.0 - leaning, (high - low) / 2.0 * apart_times
        return Skill(float(ndtr(middle + half)), float(ndtr(middle - half)))

    @staticmethod
    def _inside(p: float) -> float:
        return min(max(p, _LEAST), _MOST)


def skill(operator: Operator, hurried: bool = False) -> Skill:
    """Return how a control room confirms, calm or hurried, all its people taken together."""
    one = Skill(float(operator.confirm_true), float(operator.confirm_false))
    one = one.rarer(float(operator.prevalence), float(operator.prevalence_effect))
    one = one.hurried(float(operator.hurried_loss) if hurried else 0.0)
    return one.both(int(operator.reviewers), float(operator.reviewers_alike))


@once_each
def codes(operator: Operator) -> U64:
    """Turn the room's chances into thresholds: wrong and right person, calm and then hurried."""
    calm, hasty = skill(operator), skill(operator, hurried=True)
    chances = (calm.confirm_false, calm.confirm_true, hasty.confirm_false, hasty.confirm_true)
    # Nine digits, so that the last bit of a library's function never reaches a decision.
    return thresholds([min(float(f"{p:.9g}"), 1.0) for p in chances])

"""The quantities of dealings with strangers: what seeing a rating prevents, and what it costs honest people."""

from __future__ import annotations

from glasstown.metrics.nation_quantity import Quantity

# What strangers see before they deal.
SEEN = ("nothing", "rating", "record")


def _seen(name: str, unit: str, says: str) -> Quantity:
    says = f"{says}; in all, where they see ratings."
    return Quantity(name, unit, says, "count", (f"{name}[0]",), by="seen", words=SEEN[1:], each=name)


DEALINGS: tuple[Quantity, ...] = (
    Quantity("deals", "deals", "So many deals between strangers in the second half of the run.", "count", ("deals",)),
    Quantity(
        "cheated_deals_share",
        "share",
        "Of these deals this share ends in cheating, by what strangers see; in all, where they see nothing.",
        "share",
        ("deals_cheated[0]",),
        ("deals",),
        by="seen",
        words=SEEN,
        each="deals_cheated",
    ),
    _seen("cheating_prevented", "deals", "So many deals did not end in cheating because strangers saw this"),
    _seen("honest_deals_lost", "deals", "So many deals with honest people were not made because strangers saw this"),
    _seen("deposits_asked", "deals", "So many times strangers asked for a deposit because they saw this"),
    _seen("honest_refused", "people", "So many people who cheated nobody were refused by strangers who saw this"),
    Quantity(
        "honest_deals_lost_per_cheat_prevented",
        "deals per deal",
        "For one cheated deal less, so many honest ones are not made; in all, where strangers see ratings.",
        "mean",
        ("honest_deals_lost[0]",),
        ("cheating_prevented[0]",),
        by="seen",
        words=SEEN[1:],
        each="honest_deals_lost",
        below_each="cheating_prevented",
    ),
)

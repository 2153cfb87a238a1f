"""How the words after a command are read: an option that takes one value is given once, and numbers are numbers."""

from __future__ import annotations

import copy
import math
import re
from typing import Any, final

import typer
from typer.core import TyperCommand, TyperOption

from glasstown.core.errors import Problem

_LOADS_LITTLE = ("list", "new", "facts", "cite")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")


@final
class Command(TyperCommand):
    """A command that refuses an option of one value if it is given two different ones.

    Every command of the program is of this class: `app.command(cls=Command)`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words, as the library does, after looking whether one of them would be passed over."""
        for option, values in self._given(ctx, args):
            other = next((value for value in values if value != values[0]), values[0])
            if other != values[0]:
                raise Problem(
                    f"it is given twice: {values[0]}, and {other}",
                    where=option.opts[0],
                    why="one of the two would be passed over without a word.",
                    todo="leave one of them out.",
                )
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Do what the command does, if the libraries that it needs can be loaded."""
        from glasstown.core.rations import check_room_to_load

        if self.name not in _LOADS_LITTLE:
            check_room_to_load()
        return super().invoke(ctx)

    def _given(self, ctx: Any, args: list[str]) -> list[tuple[TyperOption, list[str]]]:
        """Return the options of one value with all the values that are given for each."""
        collecting = TyperCommand(self.name, params=[_collecting(param) for param in self.params])
        found, _, _ = collecting.make_parser(ctx).parse_args(args=list(args))
        return [
            (param, found[param.name])
            for param in self.params
            if isinstance(param, TyperOption) and not param.multiple and not param.is_flag and param.name in found
        ]


def _collecting(param: Any) -> Any:
    """Return an option that takes any number of values; an argument as it is."""
    if not isinstance(param, TyperOption):
        return param
    several = copy.copy(param)
    several.multiple = True
    return several


def whole_option(letter: str, says: str) -> Any:
    """Describe an option that takes a whole number; `letter` stands for it in the help."""
    return typer.Option(parser=_whole, metavar=letter, help=says)


def number_option(letter: str, says: str) -> Any:
    """Describe an option that takes a number; `letter` stands for it in the help."""
    return typer.Option(parser=_number, metavar=letter, help=says)


def _whole(given: Any) -> int:
    try:
        return int(given)
    except ValueError:
        found = _read(given)
    instead = "write it in digits, such as 7."
    if found is not None:
        ends = dict.fromkeys((math.floor(found), math.ceil(found)))
        instead = f"write {' or '.join(map(str, ends))}."
    raise typer.BadParameter(f"expected a whole number, found '{given:.40}': {instead}")


def _number(given: Any) -> float:
    found = _read(given)
    if found is None:
        raise typer.BadParameter(f"expected a number, found '{given:.40}': write it in digits, such as 0.6.")
    return found


def _read(given: Any) -> float | None:
    """Read a finite number; digits in groups, as in 10,000, are one."""
    try:
        found = float(given.replace(",", "") if _GROUPED.fullmatch(str(given)) else given)
    except ValueError:
        return None
    return found if math.isfinite(found) else None

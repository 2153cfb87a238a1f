"""The promise that no records of individuals are read, kept at the door."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from glasstown.core.errors import Problem

PROMISE = "glasstown never reads records of individuals: its people are invented from aggregates."

# Names of columns that hold one person's data; `name` and `id` count only in rows, not as keys of a scenario.
PERSONAL = frozenset(
    """
    birth_date birthdate birthday date_of_birth dob born forename firstname first_name given_name surname lastname
    last_name family_name full_name fullname phone phone_number mobile telephone msisdn imei imsi mac mac_address
    email e_mail address home_address plate plate_number number_plate license_plate licence_plate registration
    passport passport_number national_id id_number ssn social_security_number tax_id person_id face face_id
    fingerprint iban card_number
    """.split()
)
IN_ROWS = PERSONAL | {"name", "id", "person", "gender", "sex", "age"}
TABLES = (".csv", ".tsv", ".xls", ".xlsx", ".parquet", ".arrow", ".feather", ".sqlite", ".db")


def plain(word: object) -> str:
    """Write a column's name in one way: small letters and underscores."""
    return re.sub(r"[\s./-]+", "_", str(word).strip().strip("\"'").lower())


def personal(words: Iterable[object]) -> list[str]:
    """Return the names that are columns of personal data."""
    return [str(word) for word in words if plain(word) in PERSONAL]


def _about_people(columns: Iterable[object]) -> bool:
    """Tell whether rows with these columns are about people: one telling column, or two that go together."""
    words = {plain(c) for c in columns}
    return bool(words & PERSONAL) or len(words & IN_ROWS) > 1


def refuse_table(text: str, where: str, suffix: str) -> None:
    """Refuse a file of rows where a scenario is expected, before it is read as YAML.

    Raises
    ------
    Problem
        With the promise as the reason if a column holds personal data.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    columns = [c.strip().strip("\"'") for c in re.split(r"[,;\t|]", first)]
    word = r"[\w .-]+"
    header = len(columns) > 1 and all(re.fullmatch(word, c) for c in columns)
    if header and (suffix in TABLES or _about_people(columns)):
        _refuse(columns, f"{where}:1")
    if suffix in TABLES:
        raise Problem("this is a table, not a scenario", where=where, todo="Give a YAML file.")


def refuse_rows(tree: Any, where: str) -> None:
    """Refuse lists of rows with personal columns, wherever in the document they stand."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        children: list[Any] = []
        if isinstance(node, dict):
            children = list(cast(dict[str, Any], node).values())
        elif isinstance(node, list):
            children = cast(list[Any], node)
            for row in children:
                if isinstance(row, dict) and _about_people(cast(dict[str, Any], row)):
                    _refuse(list(cast(dict[str, Any], row)), where)
        stack.extend(children)


def _refuse(columns: list[str], where: str) -> None:
    todo = "Give a scenario: a YAML file that describes a town and a system ('glasstown new FILE')."
    if not _about_people(columns):
        shown = ", ".join(columns[:5])
        raise Problem(f"this is a table, not a scenario (columns {shown})", where=where, todo=todo)
    named = ", ".join([c for c in columns if plain(c) in IN_ROWS][:5])
    raise Problem(f"this file has rows about people (columns {named})", where=where, why=PROMISE, todo=todo)

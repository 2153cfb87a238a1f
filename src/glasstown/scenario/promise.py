"""The promise that no records of individuals are read, kept at the door."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from glasstown.core.documents import Document, KeyPath
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
_TODO = "Give a scenario: a YAML file that describes a town and a system ('glasstown new FILE')."
TABLES = (".csv", ".tsv", ".xls", ".xlsx", ".parquet", ".arrow", ".feather", ".sqlite", ".db")


def _plain(word: object) -> str:
    """Write a column's name in one way: small letters and underscores."""
    return re.sub(r"[\s./-]+", "_", str(word).strip().lower())


def about_people(columns: Iterable[object]) -> bool:
    """Tell whether columns hold data of individuals: one telling name, or two that go together."""
    words = {_plain(column) for column in columns}
    return bool(words & PERSONAL) or len(words & IN_ROWS) > 1


def refuse_table(text: str, where: str, suffix: str) -> None:
    """Refuse a file of rows where a scenario is expected, before it is read as YAML.

    Raises
    ------
    Problem
        With the promise as the reason if the columns are about people.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    columns = [c.strip().strip("\"'") for c in re.split(r"[,;\t|]", first)]
    header = len(columns) > 1 and all(re.fullmatch(r"[\w .-]+", c) for c in columns)
    if header and about_people(columns):
        _refuse(columns, f"{where}:1")
    if suffix in TABLES:
        raise Problem("this is a table, not a scenario", where=where, todo=_TODO)


def refuse_rows(document: Document) -> None:
    """Refuse lists of rows about people, wherever in a document they stand.

    Raises
    ------
    Problem
        With the promise as the reason.
    """
    stack: list[tuple[KeyPath, Any]] = [((), document.tree)]
    while stack:
        path, node = stack.pop()
        if isinstance(node, dict):
            stack += [((*path, key), part) for key, part in cast(dict[str, Any], node).items()]
        elif isinstance(node, list):
            rows = list(enumerate(cast(list[Any], node)))
            for place, row in rows:
                if isinstance(row, dict) and about_people(cast(dict[str, Any], row)):
                    _refuse(list(cast(dict[str, Any], row)), document.at((*path, place)))
            stack += [((*path, place), row) for place, row in rows]


def _refuse(columns: list[str], where: str) -> None:
    named = ", ".join([column for column in columns if _plain(column) in IN_ROWS][:5])
    raise Problem(f"this file has rows about people (columns {named})", where=where, why=PROMISE, todo=_TODO)

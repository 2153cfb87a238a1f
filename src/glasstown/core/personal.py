"""Which names of columns speak of an individual: one list for every file that the program reads."""

from __future__ import annotations

import re

# Each says by itself that a row is about one person.
PERSONAL = frozenset(
    """
    birth_date birthdate birthday date_of_birth dob born forename firstname first_name given_name surname lastname
    last_name family_name full_name fullname nickname vorname nachname prenom apellido apellidos
    phone phone_number mobile telephone msisdn imei imsi mac mac_address email e_mail address home_address
    plate plate_number number_plate license_plate licence_plate registration
    passport passport_number national_id citizen_id id_number ssn social_security_number tax_id nin cpf dni
    person_id patient_id face face_id faceprint fingerprint biometric_id iban card_number
    nationality ethnicity ethnic_group ethnic_origin
    """.split()
)
ELSEWHERE = frozenset("имя фамилия телефон адрес 姓名 名字 身份证".split())
# A place and a device have these too.
OF_PLACES = frozenset("address registration".split())

_WORDS = re.compile(
    r"names?|(first|last|full|user|nick)names?|(sur|fore)names?|birth.*|.*birth|dob|born|age|sex|gender|ethnic.*"
    r"|nationality|e?mails?|(tele)?phones?|(tele)?phone_?n.*|(number|licen[cs]e)?plates?|persons?|people|residents?"
    r"|citizens?|suspects?|faces?|faceid|faceprints?|biometric.*|fingerprints?|passport.*|ssn|imei|imsi|mac|msisdn|iban"
    r"|mobiles?|home|users?|patients?|customers?|students?|drivers?|employees?|visitors?|nin|cpf|dni"
    r"|(vor|nach)namen?|prenoms?|nombres?|apellidos?"
)
_IDS = frozenset("national person citizen tax social card number no face".split())
_THINGS = frozenset("camera device street road city place station site layer file".split())
_JOINED = frozenset(name.replace("_", "") for name in PERSONAL)


def spelled(name: object) -> str:
    """Bring a column's name to one spelling: lower case, words joined by underscores."""
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", str(name).strip())
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def personal(name: object) -> bool:
    """Tell whether a column's name says by itself that a row is about one person, however it is written."""
    return spelled(name).replace("_", "") in _JOINED or str(name).strip().lower() in ELSEWHERE


def describes_people(name: object) -> bool:
    """Tell whether a column's name speaks of people where rows should be about places and devices.

    Limits: other languages than English are known by a few words only.
    """
    plain = spelled(name)
    words = set(plain.split("_"))
    if words & _THINGS and words & {"name", "names", "id", "number"}:
        words -= {"name", "names", "id"}
    said = ("id" in words and bool(words & _IDS)) or any(_WORDS.fullmatch(word) for word in words)
    return said or (personal(name) and plain not in OF_PLACES)

"""The promise of ETHICS.md, kept by a machine. Every check is also run on a planted offence, and must see it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable
from pathlib import Path

import pytest

from glasstown.core.errors import Problem
from glasstown.core.personal import OF_PLACES, PERSONAL
from glasstown.scenario import load
from glasstown.scenario.promise import PROMISE
from glasstown.sensing.camera_files import read_cameras
from tests.repository import LOCKS, ROOT, called, canonical, declared, files, imported, locked, modules, project

# Distributions and modules that see, hear, listen to radio, read packets or learn to recognise.
SENSES = {
    canonical(name)
    for name in """
    opencv-python opencv-python-headless opencv-contrib-python cv2 dlib face-recognition face-recognition-models
    insightface deepface facenet-pytorch mtcnn retina-face mediapipe ultralytics supervision easyocr paddleocr
    pytesseract openalpr picamera picamera2 imageio imageio-ffmpeg moviepy av ffmpeg-python pyav decord pillow pil
    scikit-image skimage torch torchvision torchaudio tensorflow keras jax flax onnx onnxruntime openvino tflite-runtime
    transformers timm safetensors whisper openai-whisper faster-whisper vosk speechrecognition speechbrain
    pyannote-audio librosa soundfile sounddevice pyaudio webrtcvad resemblyzer scapy pyshark dpkt pcapy pypcap libpcap
    netfilterqueue gnuradio pyrtlsdr rtlsdr soapysdr pyhackrf bluepy bleak pybluez bluetooth wifi pywifi pyserial serial
    pyusb usb smartcard pyscard nfcpy mfrc522 telethon pyrogram
    """.split()
}
NETWORK = set(
    """
    socket ssl http.client http.server urllib.request urllib3 requests httpx aiohttp ftplib smtplib poplib imaplib
    telnetlib xmlrpc socketserver asyncio websockets websocket paramiko grpc zmq pycurl sentry_sdk posthog boto3
    """.split()
)
PICKLES = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib.load", "numpy.load"}
OPTIMISERS = {
    "scipy.optimize", "optuna", "nevergrad", "deap", "pymoo", "cvxpy", "skopt", "hyperopt", "pyomo", "ortools", "pulp",
}  # fmt: skip
READERS = set(
    """
    read_table read_parquet read_csv read_excel read_sql read_feather read_ipc ParquetFile ParquetDataset loadtxt
    genfromtxt fromfile memmap
    """.split()
)
RUN_FOLDERS = ("report", "study")
GATES = ("api.py", "cli.py", "__main__.py", "scenario", "catalogue", "prepare.py")
ROWS = re.compile(r"\b(People|Habits|Standing|Likeness|Ledger|DataFrame|RecordBatch|pyarrow\.Table|pa\.Table)\b")
ROW_NAMES = {"population", "persons", "residents", "individuals", "people_file", "population_file", "rows"}

WORDS = {
    r"(?<!comparison[_ -])(?<!credit )(?<!social )scores?": "comparison_score or rating",
    r"accura(cy|te|tely)": "the rate and its denominator",
    r"hit[_ -]?rates?": "tpir",
    r"suspects?|suspected|offenders?|criminals?|impostors?": "person, listed person, non_mated",
    r"target(ed|s)? (person|people|individuals?|group)s?": "person",
    r"agents?": "person",
    r"debias(ed|ing)?|unbiased": "the rates by group",
    r"proportionate(ly)?(?!.* judge)": "scope, extent and intensity; people judge",
    r"dystopian?|orwellian": "what happened, to how many",
    r"(people|persons?)[_ ]scanned\w*": "people searched; faces of a crowd",
    r"\w*journeys?\w*": "trip",
}
# Where the words themselves are the subject: the guide, the promise, and the columns that are refused.
ABOUT_WORDS = {"docs/words.md", "ETHICS.md", "docs/benchmarks.md", "src/glasstown/core/personal.py"}


def forbidden(names: Iterable[str], those: Collection[str]) -> list[str]:
    """Return the dotted names that are, or lie below, one of those."""
    return sorted(n for n in names if any(n == bad or n.startswith(f"{bad}.") for bad in those))


def senses(names: Iterable[str]) -> list[str]:
    """Return the distributions or modules that could sense people."""
    return sorted(n for n in names if canonical(n.partition(".")[0]) in SENSES)


def made_people(text: str) -> list[str]:
    """Return the places where a module makes rows of the People table."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and re.fullmatch(r"(\w+\.)*People(\.of)?", ast.unparse(node.func)):
            found.append(f"line {node.lineno}: {ast.unparse(node.func)}")
    return found


def takes_rows(text: str) -> list[str]:
    """Return the public functions of a module that take rows of people."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            annotation = ast.unparse(argument.annotation) if argument.annotation else ""
            counts = argument.arg == "people" and re.search(r"\b(int|People = )\b", annotation)
            if argument.arg in ROW_NAMES or (ROWS.search(annotation) and not counts):
                found.append(f"{node.name}({argument.arg}: {annotation})")
    return found


def ill_chosen(text: str) -> list[str]:
    """Return the words to avoid that a text uses, with the line and what to say instead."""
    found: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        for word, better in WORDS.items():
            # A verdict counts as a part of a name too.
            alone = "a-z" if word.startswith("proportionate") else r"\w-"
            hit = re.search(rf"(?<![{alone}])({word})(?![{alone}])", line, re.IGNORECASE)
            if hit:
                found.append(f"line {number}: '{hit.group()}' (say: {better})")
    return found


def test_no_dependency_can_sense_people() -> None:
    assert not senses(declared(project()))
    for lock in LOCKS:
        assert not senses(locked(lock.read_text(encoding="utf-8")))


def test_no_import_can_sense_people() -> None:
    assert not {str(path): bad for path, text in modules() if (bad := senses(imported(text)))}


def test_a_sensing_library_would_be_noticed() -> None:
    planted = {"project": {"dependencies": ["numpy", "OpenCV_Python[x]>=4"]}, "dependency-groups": {"test": ["scapy"]}}
    assert senses(declared(planted)) == ["opencv-python", "scapy"]
    assert senses(locked("insightface==1.0 \\\n    --hash=sha256:00\nnumpy==2.0\n")) == ["insightface"]
    assert senses(imported("def f():\n    import cv2.data\n")) == ["cv2.data"]
    assert senses(imported("from importlib import import_module\nimport_module('face_recognition')")) == [
        "face_recognition"
    ]


def test_no_import_can_reach_the_network() -> None:
    assert not {str(path): bad for path, text in modules() if (bad := forbidden(imported(text), NETWORK))}


def test_a_connection_would_be_noticed() -> None:
    assert forbidden(imported("from urllib import request, parse"), NETWORK) == ["urllib.request"]
    assert forbidden(imported("import http.client as c"), NETWORK) == ["http.client"]
    assert not forbidden(imported("import urllib.parse\nimport html"), NETWORK)


def unpickles(text: str) -> list[str]:
    """Return the ways in which a module could read pickled files."""
    numpy_load = re.findall(r"\b(?:np|numpy|joblib)\.load\(|allow_pickle\s*=\s*True", text)
    return forbidden(imported(text), PICKLES) + numpy_load


def test_no_file_is_unpickled() -> None:
    assert not {str(path): bad for path, text in modules() if (bad := unpickles(text))}


def test_a_pickle_would_be_noticed() -> None:
    assert unpickles("import pickle")
    assert unpickles("x = np.load(p, allow_pickle=True)")
    assert not unpickles("import json\nx = json.load(f)")


def test_nothing_is_optimised() -> None:
    """Calibration, which fits published facts, will have its own door; nothing else looks for an optimum."""
    found = {str(path): bad for path, text in modules() if (bad := forbidden(imported(text), OPTIMISERS))}
    assert not found
    commands = re.findall(r"^def (\w+)", (ROOT / "src/glasstown/cli.py").read_text(encoding="utf-8"), re.MULTILINE)
    assert commands
    assert not [c for c in commands if re.search(r"optimi[sz]e|maximi[sz]e|best|search|find|tune|place", c)]


def test_an_optimiser_would_be_noticed() -> None:
    assert forbidden(imported("from scipy.optimize import minimize"), OPTIMISERS)
    assert forbidden(imported("from scipy import optimize"), OPTIMISERS)
    assert not forbidden(imported("from scipy.sparse import csgraph"), OPTIMISERS)


def test_only_the_town_makes_people() -> None:
    found = {str(path): made_people(text) for path, text in modules()}
    assert any(found[path] for path in found if path.startswith("town/"))
    assert not {path: bad for path, bad in found.items() if bad and not path.startswith("town/")}


def test_people_made_elsewhere_would_be_noticed() -> None:
    assert made_people("p = t.People.of(person=ids)") == ["line 1: t.People.of"]
    assert made_people("from glasstown.tables import People\np = People(1, 2)") == ["line 2: People"]
    assert not made_people("p = t.People.concat([a, b])\nq = a.take(x)")


def test_no_way_in_for_rows_of_people() -> None:
    texts = {path: text for path, text in modules() if path.parts[0] in GATES}
    assert len(texts) > 5
    assert not {str(path): bad for path, text in texts.items() if (bad := takes_rows(text))}
    readers = {path: sorted(called(text) & READERS) for path, text in modules() if path.parts[0] not in RUN_FOLDERS}
    assert not {str(path): bad for path, bad in readers.items() if bad}


def test_a_way_in_would_be_noticed() -> None:
    assert takes_rows("def run(scenario: str, people: t.People) -> Run: ...") == ["run(people: t.People)"]
    assert takes_rows("def load(*, population: Path | None = None): ...")
    assert takes_rows("class Run:\n    def add(self, frame: pd.DataFrame): ...")
    assert not takes_rows("def run(people: int | None = None, streets: str = ''): ...\ndef _f(p: People): ...")
    assert called("import pandas as pd\npd.read_csv('people.csv')") & READERS


@pytest.mark.parametrize("header", ["name,age", "birth_date,sex", "age;Phone", "plate,home", "id,age,sex", "IMEI,day"])
@pytest.mark.parametrize("suffix", ["csv", "yaml"])
def test_personal_columns_are_refused(tmp_path: Path, header: str, suffix: str) -> None:
    file = tmp_path / f"people.{suffix}"
    file.write_text(f"{header}\n" + ",".join("1" for _ in header.split(",")) + "\n", encoding="utf-8")
    with pytest.raises(Problem) as caught:
        load(file)
    assert PROMISE in str(caught.value)
    assert caught.value.code == 2


@pytest.mark.parametrize("column", [*sorted(PERSONAL - OF_PLACES), "dateOfBirth", "Card Number", "姓名"])
def test_one_list_of_personal_columns_is_refused_in_scenarios_and_beside_cameras(tmp_path: Path, column: str) -> None:
    """A word that one door knows and the other does not would let rows of individuals in by that other door."""
    cameras, scenario = tmp_path / "cameras.csv", tmp_path / "scenario.yaml"
    cameras.write_text(f"lon,lat,{column}\n24.93,60.17,x\n", encoding="utf-8")
    with pytest.raises(Problem, match="describes people"):
        read_cameras(cameras)
    scenario.write_text(f"schema: 1\ntown:\n  rows:\n  - {{day: 1, {column}: x}}\n", encoding="utf-8")
    with pytest.raises(Problem, match="rows about people"):
        load(scenario)


@pytest.mark.parametrize("pair", ["user, home", "drivers, age", "id, name", "nombre, id"])
def test_two_columns_that_speak_of_people_make_rows_about_them(tmp_path: Path, pair: str) -> None:
    first, second = pair.split(", ")
    file = tmp_path / "scenario.yaml"
    file.write_text(f"schema: 1\ntown:\n  rows:\n  - {{{first}: 1, {second}: x}}\n", encoding="utf-8")
    with pytest.raises(Problem, match=rf"columns {first}, {second}"):
        load(file)


@pytest.mark.parametrize("column", ["name", "birth_date", "phone", "plate", "person_id"])
def test_personal_columns_are_refused_beside_cameras(tmp_path: Path, column: str) -> None:
    file = tmp_path / "cameras.csv"
    file.write_text(f"lon,lat,{column}\n24.93,60.17,x\n", encoding="utf-8")
    with pytest.raises(Problem) as caught:
        read_cameras(file)
    assert column in str(caught.value)


def test_words() -> None:
    read = {f.relative_to(ROOT).as_posix(): f for f in files() if f.suffix in {".py", ".yaml", ".md", ".toml", ".cff"}}
    ours = {
        name: file.read_text(encoding="utf-8")
        for name, file in read.items()
        if name not in ABOUT_WORDS and not name.startswith(("tests/", "benchmarks/", ".ci/"))
    }
    assert len(ours) > 30
    assert not {name: bad for name, text in ours.items() if (bad := ill_chosen(text))}


def test_an_ill_chosen_word_would_be_noticed() -> None:
    assert ill_chosen("def f(score: float): ...")
    assert ill_chosen("Its accuracy is 99 %.")
    assert ill_chosen("x\nThe suspects were stopped.")[0].startswith("line 2: 'suspects'")
    assert ill_chosen("each agent walks")
    assert ill_chosen("the hit rate")
    assert ill_chosen("targeted people")
    assert ill_chosen("the stops were proportionate")
    assert ill_chosen("id: proportionate-sanctions")
    assert ill_chosen("proportionate_sanctions = True")
    assert ill_chosen("judgement.rulebook: court-blacklist-proportionate")
    assert ill_chosen('"people_scanned_per_true_alert",')
    assert ill_chosen("journeys: F64")
    assert not ill_chosen("disproportionate")
    assert not ill_chosen("whether that is proportionate, people must judge")
    assert not ill_chosen("comparison_score comparison scores underscore scoreboard; a credit score; make target")

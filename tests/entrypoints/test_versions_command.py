"""Versions on the command line: listed, used, rolled back, handed on; nonsense ends with its code."""

import json
from pathlib import Path

import pytest

from backend.adapters.version_folder import VersionFolder
from backend.entrypoints.command_line import run
from backend.usecases.keep_versions import Word, heads, try_out
from tests.core.learnt import BASE, learnt, version

Output = pytest.CaptureFixture[str]
ONE = version(1).id


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VersionFolder:
    """That of this test's own home, with a version on trial."""
    monkeypatch.setenv("SUPERFACE_HOME", str(tmp_path / "home"))
    made = VersionFolder(tmp_path / "home" / "learnt")
    try_out(version(1), learnt(1), made, Word("training", "learnt", 1000.0))
    return made


def in_use(shelf: VersionFolder) -> dict[str, str]:
    return {region: found.current for region, found in heads(BASE, "", shelf).items()}


def test_versions_are_listed_in_words_and_in_json(shelf: VersionFolder, capsys: Output) -> None:
    assert run(["versions", "list"]) == 0
    said = capsys.readouterr().out
    assert f"{ONE} Everybody 1: 150 answers by Ann, Bob; on {BASE}" in said
    assert "upper face, candidate: no fresh pair was rated yet" in said
    assert run(["versions", "list", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["versions"]
    assert (told["id"], told["regions"][0]["state"]) == (ONE, "candidate")
    assert run(["versions", "list", "--profile", "Bob"]) == 0
    assert capsys.readouterr().out == "nothing was learnt yet\n"


def test_one_half_of_the_face_is_used_and_rolled_back(shelf: VersionFolder, capsys: Output) -> None:
    assert run(["versions", "use", ONE, "--region", "upper", "--by", "Ann"]) == 0
    assert in_use(shelf) == {"upper": ONE, "lower": ""}
    assert "upper face, current: it is in use, by Ann" in capsys.readouterr().out
    assert run(["versions", "rollback", ONE]) == 0
    assert in_use(shelf) == {"upper": "", "lower": ""}
    assert run(["versions", "retire", ONE]) == 0
    assert heads(BASE, "", shelf)["lower"].candidate == ""


def test_a_version_is_handed_on_unless_its_base_cannot_run_there(
    shelf: VersionFolder, tmp_path: Path, capsys: Output
) -> None:
    file = tmp_path / "smile.superface"
    assert run(["versions", "export", ONE, str(file)]) == 0
    assert shelf.look_into(file)[0].id == ONE
    assert run(["versions", "import", str(file), "--json"]) == 5
    assert "which is not here" in json.loads(capsys.readouterr().out.splitlines()[-1])["message"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["use"], 2), (["export", ONE], 2), (["list", ONE], 2), (["rollback", ONE], 2),
        (["use", "f" * 32], 5), (["import", "nowhere.superface"], 2),
    ],
)  # fmt: skip
def test_what_makes_no_sense_ends_with_its_code_and_changes_nothing(
    shelf: VersionFolder, arguments: list[str], code: int
) -> None:
    assert run(["versions", *arguments]) == code
    assert in_use(shelf) == {"upper": "", "lower": ""}


def test_a_damaged_version_is_named_and_the_others_are_listed(
    shelf: VersionFolder, tmp_path: Path, capsys: Output
) -> None:
    try_out(version(2), learnt(2), shelf, Word("training", "learnt", 1001.0))
    file = tmp_path / "home" / "learnt" / "versions" / f"{ONE}.json"
    file.write_text(file.read_text().replace("Ann", "Eve"))
    assert run(["versions", "list"]) == 0
    said = capsys.readouterr().out
    assert version(2).id in said
    assert "was changed or damaged" in said
    assert run(["versions", "use", ONE]) == 5


def test_without_ratings_training_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    pytest.importorskip("torch", reason="needs torch: see README.md")
    monkeypatch.setenv("SUPERFACE_HOME", str(tmp_path / "home"))
    assert run(["train", "--model", "mediapipe-baseline"]) == 2
    assert run(["train", "--model", "superface-base"]) in (5, 9)  # 5: where its weights were not built
    assert "superface:" in capsys.readouterr().err

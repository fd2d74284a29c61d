import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from backend.adapters.sql_ratings import SqlRatings
from backend.core.formats.rating_json import LONGEST_LINE, fact_from_line, fact_to_line
from backend.core.ratings import Fact, Outcome, Wanted
from backend.entrypoints import ratings_command
from backend.entrypoints.command_line import run
from tests.core.rated import an_id, rating, retraction, rig_sight

Output = pytest.CaptureFixture[str]


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqlRatings:
    """That of this test's own home."""
    monkeypatch.setenv("SUPERFACE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SUPERFACE_RATINGS_URL", raising=False)
    return SqlRatings(tmp_path / "home" / "ratings.sqlite")


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def facts_in(store: SqlRatings) -> list[str]:
    return [fact_to_line(fact) for fact in store.read()]


SOME: list[Fact] = [
    rating(1),
    rating(2, outcome=Outcome.BOTH_BAD),
    rating(3, outcome=Outcome.TIE),
    rig_sight(1),
    retraction(rating(4)),
    rating(4),
]


def test_what_is_exported_can_be_imported_elsewhere_and_is_the_same(
    record: SqlRatings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    record.append(SOME)
    file = tmp_path / "ratings.jsonl"
    assert run(["ratings", "export", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: 6 lines\n"
    monkeypatch.setenv("SUPERFACE_RATINGS_URL", f"sqlite:///{tmp_path}/other.sqlite")
    for _ in range(2):
        assert run(["ratings", "import", str(file)]) == 0
        assert facts_in(SqlRatings(tmp_path / "other.sqlite")) == facts_in(record)
    assert capsys.readouterr().out == f"{file}: 6 kept, 0 refused\n" * 2


def test_each_bad_line_is_named_and_the_others_are_kept(
    record: SqlRatings, tmp_path: Path, capsys: Output
) -> None:
    file = tmp_path / "ratings.jsonl"
    bad = ["{", "", fact_to_line(rating(1, outcome=Outcome.B)), "x" * (LONGEST_LINE + 5)]
    good = [fact_to_line(rating(number)) for number in range(1, 71)]
    file.write_text("\n".join(["\ufeff" + good[0], *bad, *good[1:]]), encoding="utf-8")
    with file.open("ab") as more:
        more.write(b"\n\xff\xfe\n")
    assert run(["ratings", "import", str(file), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["kept"] == 70
    assert facts_in(record) == good
    reasons = {each["line"]: each["reason"] for each in told["refused"]}
    assert list(reasons) == [2, 4, 5, 75]
    for line, reason in ((2, "no JSON"), (4, an_id(1)), (5, "characters"), (75, "utf-8")):
        assert reason in reasons[line]
    run(["ratings", "import", str(file)])
    assert "line 2: no JSON" in capsys.readouterr().err


def test_an_import_that_breaks_off_has_kept_what_it_said_and_goes_on(
    record: SqlRatings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ratings.jsonl"
    wanted = [fact_to_line(rating(number)) for number in range(80)]
    file.write_text("\n".join(wanted))

    def interrupted(line: bytes, after: Callable[[bytes], Fact] = ratings_command._fact) -> Fact:
        if an_id(70).encode() in line:
            raise KeyboardInterrupt
        return after(line)

    with monkeypatch.context() as patched:
        patched.setattr(ratings_command, "_fact", interrupted)
        assert run(["ratings", "import", str(file)]) == 130
    assert facts_in(record) == wanted[:64]
    assert run(["ratings", "import", str(file)]) == 0
    assert facts_in(record) == wanted


def test_training_forms_leave_out_what_was_taken_back(record: SqlRatings, tmp_path: Path) -> None:
    record.append(SOME)
    found = {}
    for form in ("dpo", "kto", "regression"):
        file = tmp_path / form
        assert run(["ratings", "export", str(file), "--form", form]) == 0
        found[form] = [json.loads(line) for line in lines_of(file)]
    assert [row["rating"] for row in found["dpo"]] == [rating(1).id]
    assert [row["label"] for row in found["kto"]] == [True, False, False, False]
    assert found["regression"] == []


def doubtful() -> list[Fact]:
    """Ann presses the left key only."""
    return [
        rating(
            number, shown_order=(number % 2, 1 - number % 2), outcome=Outcome.B if number % 2 else Outcome.A
        )
        for number in range(20)
    ]


def test_training_forms_bring_what_a_rater_counts(record: SqlRatings, tmp_path: Path) -> None:
    bob = replace(rating(99), rater="Bob")
    record.append([*doubtful(), bob])
    file = tmp_path / "dpo.jsonl"
    assert run(["ratings", "export", str(file), "--form", "dpo"]) == 0
    weights = {(row["rater"], row["weight"]) for row in map(json.loads, lines_of(file))}
    assert weights == {("Ann", 0.0), ("Bob", 1.0)}
    assert record.count(Wanted(rater="Ann")) == 20, "a rater is never deleted"


def test_the_report_says_it_in_words_and_numbers(record: SqlRatings, capsys: Output) -> None:
    record.append([*doubtful(), retraction(rating(0))])
    assert run(["ratings", "report"]) == 0
    said = capsys.readouterr().out
    assert "19 ratings stand, of 20 that were given." in said
    assert "the left one was chosen 19 of 19 times" in said
    assert "Took 2.5 s for an answer" in said
    assert run(["ratings", "report", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ratings"] == 19
    assert (told["raters"][0]["rater"], told["raters"][0]["weight"]) == ("Ann", 0.0)


def test_the_report_names_the_rigs_from_which_nothing_can_be_learnt_yet(
    record: SqlRatings, capsys: Output
) -> None:
    record.append([rating(1), rig_sight(1), rating(2, rig="strange"), rating(3, rig="strange")])
    assert run(["ratings", "report"]) == 0
    said = capsys.readouterr().out
    assert "2 of them were given on the rig strange" in said
    assert "rig-1" not in said
    run(["ratings", "report", "--json"])
    assert json.loads(capsys.readouterr().out)["not_learnable_yet"] == {"strange": 2}


def test_a_report_of_nothing_is_no_error(record: SqlRatings, capsys: Output) -> None:
    assert run(["ratings", "report"]) == 0
    assert capsys.readouterr().out == "0 ratings stand, of 0 that were given.\n"


@pytest.mark.parametrize("arguments", [["export"], ["import"], ["report", "file.jsonl"]])
def test_a_file_is_asked_for_where_one_is_needed(
    record: SqlRatings, arguments: list[str], capsys: Output
) -> None:
    assert run(["ratings", *arguments]) == 2
    assert "file" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_or_written_is_named(
    record: SqlRatings, tmp_path: Path, capsys: Output
) -> None:
    assert run(["ratings", "import", str(tmp_path / "gone.jsonl")]) == 2
    assert run(["ratings", "import", str(tmp_path)]) == 2
    assert run(["ratings", "export", str(tmp_path / "no" / "folder.jsonl")]) == 6
    assert "gone.jsonl" in capsys.readouterr().err


def test_a_damaged_record_has_an_exit_code_of_its_own_and_leaves_an_old_export(
    record: SqlRatings, tmp_path: Path, capsys: Output
) -> None:
    file = tmp_path / "ratings.jsonl"
    file.write_text("from yesterday\n")
    (tmp_path / "home" / "ratings.sqlite").write_text("These are only words.\n" * 400)
    assert run(["ratings", "export", str(file), "--json"]) == 8
    assert json.loads(capsys.readouterr().out)["error"] == "ratings_unreadable"
    assert lines_of(file) == ["from yesterday"]


def test_an_export_is_there_whole_or_not_at_all(
    record: SqlRatings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.append(SOME)
    file = tmp_path / "ratings.jsonl"
    file.write_text("from yesterday\n")

    def broken(fact: Fact) -> str:
        if fact.id == rating(3).id:
            raise KeyboardInterrupt
        return fact_to_line(fact)

    monkeypatch.setattr(ratings_command, "fact_to_line", broken)
    assert run(["ratings", "export", str(file)]) == 130
    assert lines_of(file) == ["from yesterday"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "ratings.jsonl"]


def test_every_exported_line_is_a_fact(record: SqlRatings, tmp_path: Path) -> None:
    record.append(SOME)
    file = tmp_path / "ratings.jsonl"
    run(["ratings", "export", str(file)])
    assert [fact_from_line(line).id for line in lines_of(file)] == [fact.id for fact in SOME]

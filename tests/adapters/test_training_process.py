"""A trainer in a process of its own: heard line by line, ended when nobody wants it, and gone on with."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("safetensors")

from backend.adapters import training_process
from backend.adapters.frozen_file import write_frozen
from backend.adapters.training_process import RUNS_KEPT, TrainingProcess
from backend.errors import DiskFull, NothingToLearn, TrainingError
from backend.ports import Trained, never
from tests.training.answering import rated

ENDLESS = """
import json, sys, time
for number in range(1000):
    print(json.dumps({"tried": f"lower: {number}"}), flush=True)
    time.sleep(0.02)
"""


@pytest.fixture
def trainer(tmp_path: Path) -> TrainingProcess:
    return TrainingProcess(tmp_path / "training", write_frozen)


def instead(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Of our trainer."""
    monkeypatch.setattr(training_process, "COMMAND", (sys.executable, "-c", script))


def tried(told: list[Any]) -> list[str]:
    return [line["tried"] for line in told if not isinstance(line, Trained) and "tried" in line]


def test_what_is_tried_is_heard_and_a_correction_comes_out(trainer: TrainingProcess) -> None:
    told = list(trainer.train(rated(300), never))
    assert len(tried(told)) > 20
    outcome = told[-1]
    assert isinstance(outcome, Trained)
    assert outcome.learnt
    assert set(outcome.report["halves"]) == {"upper", "lower"}
    assert len(outcome.data) == 64


@pytest.mark.skipif(os.name == "nt", reason="Windows kills at once")
def test_cancelled_it_keeps_what_it_worked_out_and_goes_on_from_there(trainer: TrainingProcess) -> None:
    heard: list[Any] = []
    for line in trainer.train(rated(300), lambda: len(heard) >= 5):
        heard.append(line)
    assert not isinstance(heard[-1], Trained)
    rest = list(trainer.train(rated(300), never))
    assert isinstance(rest[-1], Trained)
    assert not set(tried(heard)) & set(tried(rest))


def test_nobody_who_listens_is_the_end_of_it(
    trainer: TrainingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, "import os; print(os.getpid(), flush=True)\n" + ENDLESS)
    told = trainer.train(rated(30), never)
    process: Any = next(told)
    told.close()
    if os.name != "nt":
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)


def test_too_little_is_said_in_the_trainers_words(trainer: TrainingProcess) -> None:
    with pytest.raises(NothingToLearn, match="at least 20 are needed") as refusal:
        list(trainer.train(rated(10), never))
    assert refusal.value.advice


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("raise MemoryError('no room left')", "no room left"),
        ("import os; os._exit(9)", "status 9: it said nothing"),
        ("pass", "what was learnt cannot be read"),
    ],
)
def test_a_trainer_that_breaks_is_told_with_what_it_said_last(
    trainer: TrainingProcess, monkeypatch: pytest.MonkeyPatch, script: str, complaint: str
) -> None:
    instead(monkeypatch, script)
    with pytest.raises(TrainingError, match=complaint):
        list(trainer.train(rated(30), never))


def test_only_the_last_few_are_kept(
    trainer: TrainingProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(monkeypatch, "import sys; sys.exit(3)")
    for count in range(20, 20 + RUNS_KEPT + 3):
        with pytest.raises(NothingToLearn):
            list(trainer.train(rated(count), never))
    assert len(list((tmp_path / "training").iterdir())) == RUNS_KEPT


def test_a_disk_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "training").write_text("a file")
    with pytest.raises(DiskFull):
        list(TrainingProcess(tmp_path / "training", write_frozen).train(rated(30), never))

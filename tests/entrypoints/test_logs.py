import json
import logging

import numpy as np
import pytest

from backend.entrypoints.logs import LONGEST, JsonLines


def line(**extra: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "room", "levelname": "INFO", "msg": "done", **extra})
    return dict(json.loads(JsonLines().format(record)))


def test_a_line_is_one_object_with_what_the_call_gave() -> None:
    told = line(call="retarget", seconds=1.5, frames=30)
    assert (told["room"], told["message"], told["level"]) == ("room", "done", "info")
    assert (told["call"], told["seconds"], told["frames"]) == ("retarget", 1.5, 30)
    assert str(told["time"]).endswith("+00:00")


@pytest.mark.parametrize("name", ["token", "Token", "authorization"])
def test_a_token_never_gets_in(name: str) -> None:
    assert "secret" not in json.dumps(line(**{name: "secret"}))


@pytest.mark.parametrize("frame", [b"\xff\xd8 jpeg", np.zeros((48, 64, 3), np.uint8), [1, 2, 3]])
def test_a_frame_never_gets_in(frame: object) -> None:
    assert line(frame=frame)["frame"] == f"<{type(frame).__name__}>"


def test_long_text_is_cut() -> None:
    assert len(str(line(path="x" * 5000)["path"])) == LONGEST + 1


def test_an_error_brings_its_traceback_in_the_same_line() -> None:
    try:
        raise LookupError("gone")
    except LookupError as err:
        text = JsonLines().format(logging.makeLogRecord({"exc_info": (type(err), err, err.__traceback__)}))
    assert "\n" not in text
    assert "LookupError: gone" in json.loads(text)["traceback"]

"""The calm moments that agree are found, wherever they lie, and told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.curves import CHANNEL_COUNT, COEFFICIENT_COUNT, Floats
from backend.core.faces import Prediction
from backend.core.frame_rows import FrameRow
from backend.ports import never
from backend.usecases.face_reader import Seen
from backend.usecases.found_rest import SAMPLES, Moment, found_rest, rest_among
from backend.usecases.retarget_order import RetargetOrder
from protos import arkit
from tests.usecases.fakes import FakeClip, FakeWork, picture

COLUMNS = COEFFICIENT_COUNT + 1


class Reading:
    """Its descriptions are 52 coefficients, and what it doubts of all of them."""

    model_id, wants_rest = "reading", True

    def predict(self, descriptions: Floats, rest: Floats | None = None) -> list[Prediction]:
        shown = descriptions if rest is None else np.clip(descriptions - rest, 0, 1)
        ones = np.ones(COEFFICIENT_COUNT, np.float32)
        doubts = descriptions[:, -1]
        return [Prediction(s[:-1], ones * d, ones, ones > 0) for s, d in zip(shown, doubts, strict=True)]


def moment(seconds: float, doubt: float = 0.0, yaw: float = 0.0, **shown: float) -> Moment:
    description = np.zeros(COLUMNS, np.float32)
    for name, value in shown.items():
        description[arkit.INDEX[name]] = value
    description[-1] = doubt
    angles = np.zeros(CHANNEL_COUNT, np.float32)
    angles[arkit.INDEX["headYaw"]] = yaw
    ones, nothing = np.ones(CHANNEL_COUNT), np.zeros(CHANNEL_COUNT)
    row = FrameRow(angles, ones, ones.astype(np.bool_), nothing, np.zeros(3))
    return seconds, Seen(description, row, Prediction(nothing, nothing, ones, ones > 0))


TALKING = [moment(t, jawOpen=0.3 + 0.01 * t, mouthSmileLeft=0.2) for t in range(30)]


def test_the_calm_moments_are_taken_wherever_they_lie() -> None:
    calm = [moment(12.1 + t, browInnerUp=0.05) for t in range(9)]
    found = rest_among([*TALKING[:12], *calm, *TALKING[12:]], Reading())
    assert 12 < found.moment.seconds < 22
    assert found.description[arkit.INDEX["jawOpen"]] == 0.0
    assert found.description[arkit.INDEX["browInnerUp"]] == pytest.approx(0.05)


def test_calm_moments_that_disagree_with_the_others_are_left_out() -> None:
    calm = [moment(t, mouthPressLeft=0.1) for t in range(6)]
    odd = [moment(90, eyeBlinkLeft=0.1), moment(91, tongueOut=0.1)]
    found = rest_among([*TALKING[:24], *odd, *calm], Reading())
    assert found.moment.seconds < 6
    assert found.description[arkit.INDEX["tongueOut"]] == 0.0


def test_a_covered_face_is_not_taken_for_a_calm_one() -> None:
    covered = [moment(t, doubt=0.2) for t in range(12)]
    calm = [moment(40 + t, browInnerUp=0.1) for t in range(12)]
    assert rest_among([*covered, *TALKING[:24], *calm], Reading()).moment.seconds >= 40


def test_a_head_turned_away_is_not_asked_where_others_face_the_camera() -> None:
    turned = [moment(t, yaw=0.8) for t in range(20)]
    facing = [moment(50 + t, jawOpen=0.2) for t in range(5)]
    assert rest_among([*turned, *facing], Reading()).moment.seconds >= 50
    assert rest_among(turned, Reading()).moment.seconds < 20


def test_disagreement_is_told_as_uncertainty() -> None:
    sure = rest_among([moment(t) for t in range(20)], Reading())
    random = np.random.default_rng(1).random((20, 2))
    unsure = rest_among([moment(t, jawOpen=a, cheekPuff=b) for t, (a, b) in enumerate(random)], Reading())
    assert sure.moment.uncertainty == 0.0
    assert unsure.moment.uncertainty > 0.001


@given(shown=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60))
def test_some_moment_is_always_found_and_its_rest_lies_among_what_was_shown(shown: list[float]) -> None:
    moments = [moment(t, jawOpen=value) for t, value in enumerate(shown)]
    found = rest_among(moments, Reading())
    assert found.moment.seconds in range(len(shown))
    assert min(shown) <= found.description[arkit.INDEX["jawOpen"]] <= max(shown)


def test_the_remark_names_the_moment() -> None:
    (_, seen) = moment(0.0)
    assert "0:03.2" in rest_among([(3.2, seen)], Reading()).moment.remark
    assert "2:05.0" in rest_among([(125.04, seen)], Reading()).moment.remark


@pytest.mark.parametrize(("frames", "rate"), [(10, 30.0), (48, 30.0), (3000, 30.0), (3000, 10.0)])
def test_few_pictures_are_looked_at_all_over_the_range(frames: int, rate: float) -> None:
    work, seconds = FakeWork(), frames / rate
    clip = FakeClip([picture(0.9)] * (frames - 1) + [picture(0.1)], rate)
    order = RetargetOrder(start=seconds / 2)
    assert found_rest(order, clip, work.tools(), never) is not None
    (tracker,) = work.trackers
    assert len(tracker.sizes) == min(SAMPLES, frames // 2)
    assert min(tracker.times) == pytest.approx(seconds / 2)
    assert max(tracker.times) == pytest.approx(seconds, abs=seconds / 2 / SAMPLES + 1 / rate)
    assert clip.open_readers == 0


def test_nothing_is_found_without_a_face_or_once_nobody_wants_it() -> None:
    assert found_rest(RetargetOrder(), FakeClip([picture(face=False)] * 9), FakeWork().tools(), never) is None
    assert found_rest(RetargetOrder(), FakeClip([picture()] * 9), FakeWork().tools(), lambda: True) is None

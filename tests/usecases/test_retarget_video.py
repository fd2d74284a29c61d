import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from backend.core.calibration import Calibration
from backend.core.curves import COEFFICIENT_COUNT, ExpressionCurves, Floats, joined
from backend.core.faces import Face, Prediction
from backend.core.framing import Crop
from backend.errors import ClipUnreadable, DiskFull, NoFace, RequestInvalid
from backend.ports import ClipFacts, never
from backend.usecases import retarget_video as module
from backend.usecases.face_reader import FaceTools
from backend.usecases.retarget_order import Cleanup, CurveChunk, Event, Progress, RetargetOrder, Summary
from tests.usecases.fakes import (
    HEIGHT,
    RATE,
    WIDTH,
    FakeCalibrations,
    FakeClip,
    FakePredictor,
    FakeReadings,
    FakeWork,
    picture,
    ticking,
)

PLAIN = Cleanup(
    smoothing=0.0, couple_mouth_close=False, resolve_antagonists=False, keep_in_range=False, hold_seconds=0.1
)


def retarget(
    clip: FakeClip,
    order: RetargetOrder | None = None,
    work: FakeWork | None = None,
    calibrations: FakeCalibrations | None = None,
    step: float = 0.001,
    readings: FakeReadings | None = None,
) -> list[Event]:
    return list(
        module.retarget_video(
            order or RetargetOrder(cleanup=PLAIN),
            clip,
            (work or FakeWork()).tools,
            calibrations or FakeCalibrations(),
            ticking(step),
            never,
            readings or FakeReadings(),
        )
    )


def curves_of(events: list[Event]) -> ExpressionCurves:
    return joined(event.curves for event in events if isinstance(event, CurveChunk))


def summary_of(events: list[Event]) -> Summary:
    assert isinstance(events[-1], Summary)
    return events[-1]


def ramp(frames: int) -> list[np.ndarray]:
    return [picture(value=number / frames) for number in range(frames)]


def test_facts_come_first_and_the_summary_last() -> None:
    events = retarget(FakeClip(ramp(100)))
    assert isinstance(events[0], ClipFacts)
    assert isinstance(events[1], Progress)
    assert summary_of(events) == Summary(100, 0, (), (), "ab" * 32)


def test_a_bad_range_is_known_before_the_model_is_loaded() -> None:
    def load_tools() -> FaceTools:
        raise AssertionError("not needed")

    with pytest.raises(RequestInvalid):
        list(
            module.retarget_video(
                RetargetOrder(start=9.0),
                FakeClip(ramp(3)),
                load_tools,
                FakeCalibrations(),
                ticking(0.1),
                never,
                FakeReadings(),
            )
        )


def test_every_frame_becomes_a_row_at_its_time() -> None:
    events = retarget(FakeClip(ramp(100)))
    curves = curves_of(events)
    np.testing.assert_allclose(curves.times, np.arange(100) / RATE)
    np.testing.assert_allclose(curves.channel("cheekPuff"), np.arange(100) / 100, atol=0.003)
    chunks = [event for event in events if isinstance(event, CurveChunk)]
    assert [chunk.first_frame for chunk in chunks] == np.cumsum([0, *map(len, (c.curves for c in chunks))])[
        :-1
    ].tolist()


@pytest.mark.parametrize("chunk_frames", [1, 7, 1000])
def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch, chunk_frames: int) -> None:
    random = np.random.default_rng(3)
    clip = FakeClip([picture(value, face=value > 0.1) for value in random.random(90)])
    order = RetargetOrder()
    usual = curves_of(retarget(clip, order))
    monkeypatch.setattr(module, "CHUNK_FRAMES", chunk_frames)
    other = curves_of(retarget(clip, order, step=0.0))
    np.testing.assert_array_equal(usual.values, other.values)
    np.testing.assert_array_equal(usual.observed, other.observed)


def test_a_range_counts_from_its_in_point() -> None:
    events = retarget(FakeClip(ramp(90)), RetargetOrder(start=1.0, end=2.0, cleanup=PLAIN))
    curves = curves_of(events)
    assert len(curves) == 30
    assert curves.times[0] == pytest.approx(0.0)
    assert curves.channel("cheekPuff")[0] == pytest.approx(30 / 90, abs=0.003)
    assert isinstance(events[0], ClipFacts)
    assert (events[0].frames, events[0].seconds) == (30, pytest.approx(1.0))


def test_a_range_beyond_the_clip_is_refused() -> None:
    with pytest.raises(RequestInvalid, match=r"10 s.*3\.00 s"):
        retarget(FakeClip(ramp(90)), RetargetOrder(start=10.0))


def test_a_lost_face_is_held_decays_and_is_told() -> None:
    pictures = [picture(0.8)] * 30 + [picture(face=False)] * 30 + [picture(0.8)] * 30
    events = retarget(FakeClip(pictures))
    curves, summary = curves_of(events), summary_of(events)
    puff = curves.channel("cheekPuff")
    assert puff[31] == pytest.approx(0.8, abs=0.01)
    assert puff[58] == pytest.approx(0.0, abs=0.01)
    assert not curves.observed[30:60].any()
    assert summary.frames_without_face == 30
    assert summary.lost == ((pytest.approx(1.0), pytest.approx(2.0)),)


def test_a_face_lost_at_the_end_is_told() -> None:
    summary = summary_of(retarget(FakeClip([picture()] * 30 + [picture(face=False)] * 15)))
    assert summary.lost == ((pytest.approx(1.0), pytest.approx(1.5)),)


def test_a_face_that_comes_late_loses_no_rows() -> None:
    events = retarget(FakeClip([picture(face=False)] * 100 + [picture()] * 20))
    assert len(curves_of(events)) == 120


def test_no_face_at_all_is_an_error_and_no_curves_are_sent() -> None:
    events: list[Event] = []
    run = module.retarget_video(
        RetargetOrder(), FakeClip([picture(face=False)] * 200), FakeWork().tools, FakeCalibrations(),
        ticking(0.001), never, FakeReadings())  # fmt: skip
    with pytest.raises(NoFace, match="200 frames") as refusal:
        events.extend(run)
    assert refusal.value.advice
    assert not [event for event in events if isinstance(event, CurveChunk)]


def test_nothing_readable_in_the_range_is_an_error() -> None:
    clip = FakeClip(ramp(10))
    clip_without = FakeClip(clip.pictures)
    clip_without.frames = lambda *_: (frame for frame in ())  # type: ignore[method-assign, assignment]
    with pytest.raises(ClipUnreadable):
        retarget(clip_without)


def test_several_faces_are_remarked() -> None:
    pictures = [picture(faces=3)] + [picture()] * 9
    assert "3 faces" in summary_of(retarget(FakeClip(pictures))).remarks[0]
    named = RetargetOrder(face=(0.2, 0.3))
    assert "position named" in summary_of(retarget(FakeClip(pictures), named)).remarks[0]


def test_the_named_position_reaches_the_tracker_through_crop_and_mirror() -> None:
    work = FakeWork()
    order = RetargetOrder(face=(0.6, 0.25), crop=Crop(0.5, 0.0, 1.0, 0.5), mirrored=True)
    retarget(FakeClip(ramp(3)), order, work)
    assert work.trackers[0].position == pytest.approx((0.8, 0.5))
    assert set(work.trackers[0].sizes) == {(WIDTH // 2, HEIGHT // 2)}


def test_the_predictor_sees_the_whole_picture_the_right_way_round() -> None:
    seen: list[tuple[tuple[int, ...], float]] = []

    class Looking(FakePredictor):
        def describe(self, faces: Sequence[Face], pictures: Sequence[np.ndarray]) -> np.ndarray:
            for face, given in zip(faces, pictures, strict=True):
                seen.append((given.shape, float(face.landmarks[:, 0].mean())))
            return np.zeros((len(faces), 1), np.float32)

    order = RetargetOrder(crop=Crop(0.5, 0.0, 1.0, 1.0), mirrored=True)
    retarget(FakeClip(ramp(3)), order, FakeWork(predictor=Looking()))
    assert {shape for shape, _ in seen} == {(HEIGHT, WIDTH, 3)}
    assert seen[0][1] == pytest.approx(WIDTH / 4, abs=1.0)  # right in the footage, left once it is turned


def test_a_rest_that_was_found_is_told_with_its_moment() -> None:
    work = FakeWork(predictor=FakePredictor(wants_rest=True))
    found = summary_of(retarget(FakeClip(ramp(60)), RetargetOrder(), work))
    assert found.rest is not None
    assert 0 <= found.rest.seconds < 1
    assert found.rest.remark in found.remarks
    named = summary_of(retarget(FakeClip(ramp(60)), RetargetOrder(neutral_seconds=(0.5,)), work))
    assert named.rest is None


def test_a_neutral_that_is_named_reads_zero_whatever_the_predictor_makes_of_it() -> None:
    class Gaping(FakePredictor):
        def predict(self, descriptions: Floats, rest: Floats | None = None) -> list[Prediction]:
            return [
                replace(one, mean=0.7 * one.mean + np.float32(0.3))
                for one in super().predict(descriptions, rest)
            ]

    def jaw_open(order: RetargetOrder, wants_rest: bool = True) -> float:
        work = FakeWork(predictor=Gaping(wants_rest))
        curves = curves_of(retarget(FakeClip([picture(0.0)] * 40), order, work))
        return float(curves.channel("jawOpen").max())

    assert jaw_open(RetargetOrder()) == pytest.approx(0.3, abs=1e-3)
    named = RetargetOrder(neutral_seconds=(0.2,))
    assert jaw_open(named) == pytest.approx(0.0, abs=1e-3)
    assert jaw_open(named, wants_rest=False) == pytest.approx(0.3, abs=1e-3)  # it has its own way with a rest


def test_a_face_that_is_cropped_away_is_refused() -> None:
    with pytest.raises(RequestInvalid, match="cropped away"):
        retarget(FakeClip(ramp(3)), RetargetOrder(face=(0.1, 0.1), crop=Crop(0.5, 0.5, 1.0, 1.0)))


def test_what_was_wrong_with_the_footage_is_in_the_summary() -> None:
    clip = FakeClip(ramp(30), remarks=("it ends early",))
    assert summary_of(retarget(clip)).remarks == ("it ends early",)


def test_an_error_of_the_clip_comes_out_after_what_was_read() -> None:
    clip = FakeClip(ramp(100), error=ClipUnreadable("broken off"))
    events: list[Event] = []
    run = module.retarget_video(
        RetargetOrder(cleanup=PLAIN),
        clip,
        FakeWork().tools,
        FakeCalibrations(),
        ticking(0.001),
        never,
        FakeReadings(),
    )
    with pytest.raises(ClipUnreadable, match="broken off"):
        events.extend(run)
    assert len(curves_of(events)) > 50
    assert clip.open_readers == 0


def test_the_neutral_is_subtracted_and_kept_for_the_performer() -> None:
    store = FakeCalibrations()
    clip = FakeClip([picture(0.2)] * 30 + [picture(0.6)] * 30)
    first = RetargetOrder(neutral_seconds=(0.1, 0.5), performer="Ann", cleanup=PLAIN)
    puff = curves_of(retarget(clip, first, calibrations=store)).channel("cheekPuff")
    assert puff[0] == pytest.approx(0.0, abs=0.01)
    assert puff[59] == pytest.approx(0.4, abs=0.01)
    later = RetargetOrder(performer="Ann", cleanup=PLAIN)
    np.testing.assert_array_equal(
        curves_of(retarget(clip, later, calibrations=store)).channel("cheekPuff"), puff
    )


def test_an_unknown_performer_is_remarked() -> None:
    events = retarget(FakeClip(ramp(5)), RetargetOrder(performer="Bob"))
    assert "'Bob'" in summary_of(events).remarks[0]


def test_a_neutral_of_another_model_is_not_used() -> None:
    store = FakeCalibrations({"Ann": Calibration(np.ones(1, np.float32), np.zeros(6, np.float32), "another")})
    events = retarget(
        FakeClip([picture(0.3)] * 5), RetargetOrder(performer="Ann", cleanup=PLAIN), None, store
    )
    np.testing.assert_allclose(curves_of(events).values[:, :COEFFICIENT_COUNT], 0.3, atol=0.01)
    assert "another model" in summary_of(events).remarks[0]


def test_a_neutral_frame_without_a_face_is_refused() -> None:
    clip = FakeClip([picture(face=False)] + [picture()] * 9)
    with pytest.raises(RequestInvalid, match="neutral"):
        retarget(clip, RetargetOrder(neutral_seconds=(0.0,)))


def test_some_neutral_frames_without_a_face_are_remarked() -> None:
    clip = FakeClip([picture(face=False)] + [picture()] * 9)
    events = retarget(clip, RetargetOrder(neutral_seconds=(0.0, 0.2)))
    assert "1 of 2 neutral frames" in summary_of(events).remarks[0]


def test_a_neutral_frame_beyond_the_clip_is_refused() -> None:
    with pytest.raises(RequestInvalid, match="neutral frame is at 9 s"):
        retarget(FakeClip(ramp(5)), RetargetOrder(neutral_seconds=(9.0,)))


def test_cancelling_ends_the_work_without_a_summary() -> None:
    clip, gone = FakeClip(ramp(2000)), threading.Event()
    run = module.retarget_video(
        RetargetOrder(),
        clip,
        FakeWork().tools,
        FakeCalibrations(),
        ticking(0.001),
        gone.is_set,
        FakeReadings(),
    )
    events = [next(run) for _ in range(5)]
    gone.set()
    events += run
    assert not isinstance(events[-1], Summary)
    assert clip.given < 1000
    assert clip.open_readers == 0


def test_closing_the_stream_ends_the_reading_thread() -> None:
    clip = FakeClip(ramp(2000))
    before = threading.active_count()
    run = module.retarget_video(
        RetargetOrder(), clip, FakeWork().tools, FakeCalibrations(), ticking(0.001), never, FakeReadings()
    )
    for _ in range(5):
        next(run)
    run.close()  # type: ignore[attr-defined]
    assert clip.open_readers == 0
    assert threading.active_count() == before


def test_pictures_are_not_read_far_ahead() -> None:
    clip = FakeClip(ramp(2000))
    run = module.retarget_video(
        RetargetOrder(), clip, FakeWork().tools, FakeCalibrations(), ticking(0.001), never, FakeReadings()
    )
    rows = 0
    while not rows:
        event = next(run)
        rows = len(event.curves) if isinstance(event, CurveChunk) else 0
    assert clip.given <= 2 * module.CHUNK_FRAMES + module.PICTURES_AHEAD
    run.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "fields",
    [
        {"start": -1.0},
        {"start": float("nan")},
        {"start": 2.0, "end": 1.0},
        {"end": float("inf")},
        {"face": (1.2, 0.5)},
        {"neutral_seconds": (-1.0,)},
    ],
)
def test_an_order_that_makes_no_sense_cannot_be(fields: dict[str, object]) -> None:
    with pytest.raises(RequestInvalid):
        RetargetOrder(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fields", [{"smoothing": 1.1}, {"hold_seconds": -1.0}, {"decay_seconds": float("nan")}]
)
def test_a_clean_up_that_makes_no_sense_cannot_be(fields: dict[str, float]) -> None:
    with pytest.raises(RequestInvalid):
        Cleanup(**fields)  # type: ignore[arg-type]


def neutral_times(events: list[Event]) -> list[str]:
    return [remark for remark in summary_of(events).remarks if "at rest" in remark]


def test_a_rest_is_found_where_the_model_wants_one_and_none_is_named() -> None:
    clip = FakeClip([picture(0.6)] * 60 + [picture(0.2)] * 60)
    events = retarget(clip, RetargetOrder(cleanup=PLAIN), FakeWork(predictor=FakePredictor(wants_rest=True)))
    puff = curves_of(events).channel("cheekPuff")
    assert puff[10] == pytest.approx(0.4, abs=0.01)
    assert puff[110] == pytest.approx(0.0, abs=0.01)
    (remark,) = neutral_times(events)
    assert "name a neutral frame" in remark


def test_a_model_that_wants_no_rest_gets_none_that_nobody_named() -> None:
    events = retarget(FakeClip([picture(0.3)] * 60))
    np.testing.assert_allclose(curves_of(events).channel("cheekPuff"), 0.3, atol=0.01)
    assert neutral_times(events) == []


def test_a_named_or_kept_rest_goes_before_a_found_one() -> None:
    store, work = FakeCalibrations(), FakeWork(predictor=FakePredictor(wants_rest=True))
    clip = FakeClip([picture(0.1)] * 30 + [picture(0.3)] * 30)
    named = RetargetOrder(neutral_seconds=(1.5,), performer="Ann", cleanup=PLAIN)
    for order in (named, RetargetOrder(performer="Ann", cleanup=PLAIN)):
        events = retarget(clip, order, work, store)
        assert curves_of(events).channel("cheekPuff")[45] == pytest.approx(0.0, abs=0.01)
        assert neutral_times(events) == []


def test_a_found_rest_is_not_kept_for_the_performer() -> None:
    store, work = FakeCalibrations(), FakeWork(predictor=FakePredictor(wants_rest=True))
    events = retarget(FakeClip([picture(0.3)] * 60), RetargetOrder(performer="Ann"), work, store)
    assert store.kept == {}
    assert ["no neutral is stored" in remark for remark in summary_of(events).remarks] == [True, False]


def test_a_clip_without_a_face_is_said_to_be_one_also_where_a_rest_is_wanted() -> None:
    with pytest.raises(NoFace):
        retarget(
            FakeClip([picture(face=False)] * 60), work=FakeWork(predictor=FakePredictor(wants_rest=True))
        )


BELIEVING = FakePredictor(wants_rest=True, believes=True)


def test_what_is_believed_is_kept_by_clip_and_model_also_of_a_part_of_it() -> None:
    readings = FakeReadings()
    retarget(
        FakeClip(ramp(90)),
        RetargetOrder(start=1.0, end=2.0),
        FakeWork(predictor=BELIEVING),
        readings=readings,
    )
    kept = readings.kept["ab" * 32, "fake"]
    np.testing.assert_allclose(kept.seconds, 1.0 + np.arange(30) / RATE)
    assert kept.belief.active.shape == (30, COEFFICIENT_COUNT)
    assert kept.rest.active.shape == (COEFFICIENT_COUNT,)


def test_a_predictor_without_a_belief_leaves_nothing_to_learn_from() -> None:
    readings = FakeReadings()
    retarget(FakeClip(ramp(90)), work=FakeWork(predictor=FakePredictor(wants_rest=True)), readings=readings)
    assert readings.kept == {}


def test_what_cannot_be_kept_is_a_remark_and_the_take_is_there_all_the_same() -> None:
    full = FakeReadings(error=DiskFull("the disk is full"))
    events = retarget(FakeClip(ramp(90)), work=FakeWork(predictor=BELIEVING), readings=full)
    assert any("cannot be learnt from: the disk is full" in remark for remark in summary_of(events).remarks)
    assert len(curves_of(events)) == 90


def test_a_retarget_that_is_cancelled_keeps_what_it_has_read() -> None:
    readings, gone = FakeReadings(), threading.Event()
    run = module.retarget_video(
        RetargetOrder(), FakeClip(ramp(2000)), FakeWork(predictor=BELIEVING).tools, FakeCalibrations(),
        ticking(0.001), gone.is_set, readings,
    )  # fmt: skip
    for _ in range(8):
        next(run)
    gone.set()
    assert list(run) is not None
    assert 0 < len(readings.kept["ab" * 32, "fake"].seconds) < 1000

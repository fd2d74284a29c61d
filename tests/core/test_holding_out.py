from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from backend.core.holding_out import BLOCK_SECONDS, FOLDS, GAP_SECONDS, HELD_OUT, fold, split, unit
from backend.core.ratings import Correction, Outcome, Rating
from tests.core.rated import an_id, rating, take

clip_names = st.sets(st.text(min_size=1, max_size=4), min_size=1, max_size=9)
times = st.floats(0, 600)


def at(number: int, seconds: float, clip: str = "one clip") -> Rating:
    return rating(number, clip=clip, seconds=(seconds,))


@given(clip_names.filter(lambda clips: len(clips) >= 4), times, times)
def test_of_four_clips_or_more_each_lies_in_one_fold_and_none_is_empty(
    clips: set[str], one: float, other: float
) -> None:
    folds = {clip: fold(clip, (one,), clips) for clip in clips}
    assert folds == {clip: fold(clip, (other,), clips) for clip in clips}
    assert set(folds.values()) == set(range(FOLDS))


@given(clip_names.filter(lambda clips: len(clips) < 4), times, times)
def test_of_fewer_clips_moments_in_two_folds_lie_a_gap_apart(
    clips: set[str], one: float, other: float
) -> None:
    clip = min(clips)
    folds = {fold(clip, (one,), clips), fold(clip, (other,), clips)} - {None}
    assert len(folds) < 2 or abs(one - other) >= GAP_SECONDS - 1e-9
    assert folds <= set(range(FOLDS))


def test_blocks_are_three_seconds_long_and_take_turns() -> None:
    seconds = [n / 10 for n in range(640)]
    folds = [fold("clip", (time,), {"clip"}) for time in seconds]
    runs = [folds[start : start + 40] for start in range(0, 640, 40)]
    for run in runs:
        assert (len(set(run[:31])), set(run[31:])) == (1, {None})
    assert BLOCK_SECONDS == 3.0
    turns = [run[0] for run in runs]
    assert sorted(turns[:FOLDS]) == list(range(FOLDS))
    assert turns == turns[:FOLDS] * 4


def test_where_a_clip_begins_hangs_on_its_name() -> None:
    starts = {fold(name, (0.0,), {name}) for name in "abcdefghijkl"}
    assert starts == set(range(FOLDS))


@given(clip_names, times, times)
def test_what_shares_a_unit_shares_a_fold(clips: set[str], one: float, other: float) -> None:
    clip = min(clips)
    units = [unit(clip, (time,), clips) for time in (one, other)]
    folds = [fold(clip, (time,), clips) for time in (one, other)]
    assert [each is None for each in units] == [each is None for each in folds]
    if units[0] == units[1]:
        assert folds[0] == folds[1]
    if len(clips) >= 4:
        assert units == [clip, clip]


def test_a_loop_across_two_blocks_or_into_a_gap_lies_nowhere() -> None:
    inside = fold("clip", (1.0, 1.5, 2.0), {"clip"})
    assert inside == fold("clip", (1.0,), {"clip"}) is not None
    assert fold("clip", (2.9, 3.2), {"clip"}) is None
    assert fold("clip", (2.9, 4.1), {"clip"}) is None


def test_repeats_swaps_and_corrections_lie_where_their_frame_lies() -> None:
    values = take(3).coefficients
    for seconds in (0.5, 4.5, 8.5, 12.5):
        first = at(1, seconds)
        others = [
            replace(first, id=an_id(2), repeat_of=first.id, shown_order=(1, 0)),
            replace(first, id=an_id(3), candidates=first.candidates[::-1], outcome=Outcome.B),
            replace(first, id=an_id(4), correction=Correction(0, values, values)),
        ]
        learnt, held = split([first, *others])
        assert sorted([len(learnt), len(held)]) == [0, 4]


def test_learnt_and_held_out_share_nothing_and_gaps_are_in_neither() -> None:
    some = [at(n, n / 4) for n in range(200)]
    learnt, held = split(some)
    assert not {each.id for each in learnt} & {each.id for each in held}
    assert learnt
    assert held
    assert {each.seconds[0] % 4 <= BLOCK_SECONDS for each in learnt + held} == {True}
    assert all(fold(each.clip, each.seconds, {each.clip}) == HELD_OUT for each in held)


def test_an_answer_changes_nobodys_place() -> None:
    some = [at(n, n / 2) for n in range(64)]
    other = [replace(each, outcome=Outcome.TIE, rater="Bob") for each in some]
    assert [each.id for each in split(some)[1]] == [each.id for each in split(other)[1]]


def test_nothing_is_split_into_nothing() -> None:
    assert split([]) == ([], [])

"""Live Link Face CSV: every kind of file that is about, there and back, and what damaged ones say."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.core.curves import CHANNEL_COUNT, ExpressionCurves, curves_from_values
from backend.core.formats.live_link_csv import CsvError, LiveLinkTake, live_link_csv, read_live_link_csv
from protos import arkit

EMOTIONS = ("Angry", "Disgusted", "Fearful", "Happy", "Neutral", "Sad", "Surprised")
NTSC = 30000 / 1001
RATES = (24000 / 1001, 24.0, 25.0, NTSC, 30.0, 60000 / 1001, 60.0)


def take(rows: int = 90, rate: float = 30.0) -> ExpressionCurves:
    """Every channel has its own values, so that a swapped column shows."""
    rng = np.random.default_rng(rows)
    return curves_from_values(rng.uniform(0.01, 0.99, (rows, CHANNEL_COUNT)).astype(np.float32), rate)


def table(curves: ExpressionCurves, names: list[str], count: str | None = None) -> str:
    """A CSV with these columns in this order; a name that is no channel gets zeros."""
    columns = [
        curves.channel(channel) if (channel := arkit.arkit_name(name)) else np.zeros(len(curves))
        for name in names
    ]
    stamps = [line.split(",")[0] for line in live_link_csv(curves).splitlines()[1:]]
    rows = [
        ",".join([stamp, count or str(len(names)), *(f"{value:.10f}" for value in values)])
        for stamp, values in zip(stamps, np.array(columns).T, strict=True)
    ]
    return "\n".join([",".join(["Timecode", "BlendshapeCount", *names]), *rows])


def ticking(ticks: list[str], values: float = 0.5) -> str:
    """A CSV with these timecodes after 10:00:."""
    header = live_link_csv(take(1)).splitlines()[0]
    cells = ",".join(CHANNEL_COUNT * [str(values)])
    return "\n".join([header, *(f"10:00:{tick},61,{cells}" for tick in ticks)])


@pytest.mark.parametrize("rate", RATES)
@given(rows=st.integers(1, 200), start=st.none() | st.integers(0, 86_399), data=st.data())
def test_there_and_back(rate: float, rows: int, start: float | None, data: st.DataObject) -> None:
    some = data.draw(arrays(np.float32, (rows, 4), elements=st.floats(-2, 2, width=32)))
    curves = take(rows, rate)
    curves.values[:, [0, 17, 53, 60]] = some
    back = read_live_link_csv(live_link_csv(curves, start))
    np.testing.assert_allclose(back.curves.values, curves.values, atol=1e-9)
    assert back.missing == []
    assert back.unknown == []
    if start is None or rows > rate:  # otherwise nothing in the file tells its rate
        assert back.rate == pytest.approx(rate, rel=2e-3)  # one row cannot tell 29.97 from 30
        np.testing.assert_allclose(back.curves.times, curves.times, atol=2e-3 / rate)


def test_written_again_the_file_is_the_same() -> None:
    first = live_link_csv(take(), start_seconds=4000.5)
    again = read_live_link_csv(first)
    assert live_link_csv(again.curves, again.start_seconds) == first


def test_a_variable_frame_rate_keeps_its_times() -> None:
    steps = np.random.default_rng(4).uniform(0.9, 1.1, 90) / 30
    curves = replace(take(90), times=np.cumsum(steps) - steps[0])
    np.testing.assert_allclose(
        read_live_link_csv(live_link_csv(curves)).curves.times, curves.times, atol=1e-4
    )


def test_the_header_is_that_of_the_app() -> None:
    header = live_link_csv(take(1)).splitlines()[0]
    assert header.startswith("Timecode,BlendshapeCount,EyeBlinkLeft,EyeLookDownLeft,")
    assert ",JawForward,JawRight,JawLeft,JawOpen," in header
    assert header.endswith(",RightEyeYaw,RightEyePitch,RightEyeRoll")
    assert header.count(",") == 62


@pytest.mark.parametrize(
    ("rows", "rate"), [(10, 30.0), (29, 24.0), (300, 60.0), (5, 60.0), (250, 240.0), (12, NTSC)]
)
def test_faceit_finds_the_rate(rows: int, rate: float) -> None:
    """Faceit's rule: 1 + the largest FF in the first 200 rows."""
    stamps = [line.split(",")[0] for line in live_link_csv(take(rows, rate)).splitlines()[1:201]]
    assert 1 + max(int(re.split(r"[:.]", stamp)[3]) for stamp in stamps) == round(rate)


@pytest.mark.parametrize("spelling", ["BlendshapeCount", "BlendShapeCount", "blendshapecount"])
def test_case_does_not_matter(spelling: str) -> None:
    text = live_link_csv(take()).replace("BlendshapeCount", spelling)
    head, _, body = text.partition("\n")
    for header in (head, head.lower(), head.upper()):
        np.testing.assert_allclose(
            read_live_link_csv(f"{header}\n{body}").curves.values, take().values, atol=1e-9
        )


@pytest.mark.parametrize(
    "names",
    [
        list(arkit.CHANNELS),  # camelCase
        [arkit.live_link_name(arkit.partner(name)) for name in arkit.CHANNELS],  # right eye first
        [arkit.live_link_name(name) for name in reversed(arkit.CHANNELS)],
        [*arkit.CHANNELS, *EMOTIONS],  # 68 of NeuroSync
    ],
)
def test_columns_are_read_by_name(names: list[str]) -> None:
    read = read_live_link_csv(table(take(), names))
    np.testing.assert_allclose(read.curves.values, take().values, atol=1e-9)
    assert read.curves.observed.all()
    assert read.unknown == [name for name in names if name in EMOTIONS]


@pytest.mark.parametrize("absent", [arkit.POSE, (*arkit.POSE, "tongueOut")])  # 52 and 51 columns
def test_missing_columns_are_named_and_not_observed(absent: tuple[str, ...]) -> None:
    read = read_live_link_csv(table(take(), [name for name in arkit.CHANNELS if name not in absent]))
    assert read.missing == [name for name in arkit.CHANNELS if name in absent]
    assert any(all(name in remark for name in absent) for remark in read.remarks)
    for name in arkit.CHANNELS:
        assert read.curves.observed[:, arkit.INDEX[name]].all() == (name not in absent)


def test_unknown_columns_are_listed() -> None:
    read = read_live_link_csv(table(take(), [*arkit.CHANNELS, *EMOTIONS]))
    assert any("Surprised" in remark for remark in read.remarks)


def test_of_a_column_that_stands_twice_the_first_is_read() -> None:
    curves = take()
    read = read_live_link_csv(table(curves, [*arkit.CHANNELS, "JawOpen"]))
    assert read.unknown == ["JawOpen"]
    np.testing.assert_allclose(read.curves.channel("jawOpen"), curves.channel("jawOpen"), atol=1e-9)


def test_a_wrong_count_is_told_and_the_values_are_read() -> None:
    read = read_live_link_csv(table(take(), list(arkit.CHANNELS), count="68"))
    assert any("68" in remark and "61" in remark for remark in read.remarks)
    np.testing.assert_allclose(read.curves.values, take().values, atol=1e-9)


def test_a_head_that_never_turns_is_told_and_not_observed() -> None:
    curves = take()
    curves.values[:, 52:55] = 0
    read = read_live_link_csv(live_link_csv(curves))
    assert any("head rotation was switched off" in remark for remark in read.remarks)
    assert not read.curves.observed[:, 52:55].any()
    assert read.curves.observed[:, 55:].all()


def test_values_in_percent_are_told() -> None:
    curves = take()
    assert any(
        "percent" in r
        for r in read_live_link_csv(live_link_csv(curves.with_values(curves.values * 100))).remarks
    )


def test_an_ordinary_take_calls_for_no_remark() -> None:
    assert read_live_link_csv(live_link_csv(take())).remarks == []


def test_ticks_of_a_sixtieth_at_30_frames_a_second() -> None:
    read = read_live_link_csv(ticking([f"{s:02d}:{f:02d}.651" for s in range(3) for f in range(1, 60, 2)]))
    assert read.rate == 30.0
    np.testing.assert_allclose(np.diff(read.curves.times), 1 / 30)


def test_dropped_frames_stay_gaps_in_time() -> None:
    read = read_live_link_csv(
        ticking([f"{s:02d}:{f:02d}.000" for s in range(3) for f in range(30) if f != 7])
    )
    assert read.rate == 30.0
    assert any(remark.startswith("3 frames are missing") for remark in read.remarks)
    assert read.curves.seconds == pytest.approx(3.0)


def test_rows_and_timecode_that_disagree_are_told() -> None:
    every_other = [f"{s:02d}:{f:02d}.000" for s in range(5) for f in (*range(10), *range(10, 30, 2))]
    read = read_live_link_csv(ticking(every_other))
    assert any("a full second holds 20 rows" in remark for remark in read.remarks)


def test_within_one_second_the_rate_is_a_guess_and_says_so() -> None:
    read = read_live_link_csv(ticking([f"00:{f:02d}.000" for f in range(4, 28)]))
    assert read.rate == 30.0
    assert any("guess" in remark for remark in read.remarks)


def test_a_take_may_run_past_midnight() -> None:
    read = read_live_link_csv(live_link_csv(take(90), start_seconds=86_399.0))
    np.testing.assert_allclose(read.curves.times, take(90).times, atol=1e-6)


def test_timecode_in_whole_frames_and_drop_frame_spelling() -> None:
    assert read_live_link_csv(ticking([f"{s:02d};{f:02d}" for s in range(3) for f in range(25)])).rate == 25.0


def test_a_given_rate_stretches_time_and_keeps_gaps() -> None:
    text = ticking([f"{s:02d}:{f:02d}.000" for s in range(3) for f in range(30) if f != 7])
    read = read_live_link_csv(text, rate=60.0)
    assert read.rate == 60.0
    assert read.curves.seconds == pytest.approx(1.5)
    np.testing.assert_allclose(np.diff(read.curves.times)[6], 2 / 60)


@pytest.mark.parametrize(
    "broken",
    [lambda t: t.replace("Timecode", "When"), lambda t: re.sub(r"\n[0-9:.]+,", "\n00:00:00:00.000,", t)],
)
def test_without_a_usable_clock_the_rate_must_be_given(broken) -> None:
    text = broken(live_link_csv(take()))
    with pytest.raises(CsvError, match="Give the frame rate"):
        read_live_link_csv(text)
    read = read_live_link_csv(text, rate=30.0)
    np.testing.assert_allclose(read.curves.times, take().times, atol=1e-9)
    assert any("spaced evenly" in remark for remark in read.remarks)


def damaged(line: int, column: str, cell: str) -> str:
    rows = [row.split(",") for row in live_link_csv(take(10)).splitlines()]
    rows[line - 1][rows[0].index(column)] = cell
    return "\n".join(",".join(row) for row in rows)


@pytest.mark.parametrize("cell", ["NaN", "inf", "", "open", "1e300", "-1e39", "0.5.1"])
def test_a_cell_that_is_no_number_is_named(cell: str) -> None:
    with pytest.raises(CsvError, match=f"Line 5: column 'JawOpen' has '{cell}'") as caught:
        read_live_link_csv(damaged(5, "JawOpen", cell))
    assert caught.value.line == 5
    assert caught.value.advice


def test_a_timecode_that_is_none_is_named() -> None:
    with pytest.raises(CsvError, match="Line 3: 'soon' is no timecode"):
        read_live_link_csv(damaged(3, "Timecode", "soon"))


def test_a_row_of_another_width_is_named() -> None:
    rows = live_link_csv(take(10)).splitlines()
    for wrong in (rows[4] + ",0.5", rows[4].rpartition(",")[0]):
        with pytest.raises(CsvError, match=r"Line 5: 6[24] cells where the header has 63"):
            read_live_link_csv("\n".join([*rows[:4], wrong, *rows[5:]]))


def test_a_last_line_cut_off_in_mid_write_is_left_out() -> None:
    text = live_link_csv(take(10))
    read = read_live_link_csv(text[:-200])
    assert len(read.curves) == 9
    assert any("Line 11" in remark for remark in read.remarks)


@pytest.mark.parametrize("spare", [",", ", ", ",,"])
def test_commas_too_many_at_the_end_do_no_harm(spare: str) -> None:
    rows = live_link_csv(take(10)).splitlines()
    assert len(read_live_link_csv("\n".join([rows[0], *(row + spare for row in rows[1:])])).curves) == 10


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_do_no_harm() -> None:
    text = "\ufeff" + live_link_csv(take(10)).replace("\n", "\r\n\r\n")
    np.testing.assert_allclose(read_live_link_csv(text).curves.values, take(10).values, atol=1e-9)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "Timecode,BlendshapeCount", "a,b,c\n1,2,3", "Timecode,61,JawOpen"]
)
def test_what_is_no_take_is_refused_with_advice(text: str) -> None:
    with pytest.raises(CsvError) as caught:
        read_live_link_csv(text)
    assert caught.value.advice


@pytest.mark.parametrize("rate", [0.0, -30.0, float("nan")])
def test_an_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        read_live_link_csv(live_link_csv(take()), rate)


@cache
def small_file() -> str:
    return live_link_csv(take(4))


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid file with up to eight stretches replaced by something else."""
    text = small_file()
    scraps = st.sampled_from(
        ["", ",", "\n", '"', "NaN", "-1e99", "99:99:99:99", ":", "\x00", "٣", "JawOpen", "0"]
    )
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(scraps | st.text(max_size=5)) + text[at + draw(st.integers(0, 90)) :]
    return text


def read_or_refused(text: str, rate: float | None) -> LiveLinkTake | None:
    try:
        return read_live_link_csv(text, rate)
    except CsvError:
        return None


@given(text=mutated(), rate=st.none() | st.just(30.0))
def test_fuzz_a_damaged_file_is_read_or_refused(text: str, rate: float | None) -> None:
    read_or_refused(text, rate)


@given(raw=st.binary(), rate=st.none() | st.just(30.0))
def test_fuzz_any_bytes_are_read_or_refused(raw: bytes, rate: float | None) -> None:
    read_or_refused(raw.decode("utf-8", errors="replace"), rate)
    read_or_refused(raw.decode("latin-1"), rate)


@given(
    cells=st.lists(
        st.lists(st.sampled_from(["Timecode", "JawOpen", "HeadYaw", "0:0:0:1", "0:0:1:2.5", "1", ""]))
    )
)
def test_fuzz_any_table_of_known_words_is_read_or_refused(cells: list[list[str]]) -> None:
    read_or_refused("\n".join(",".join(row) for row in cells), None)


@pytest.mark.parametrize(
    ("file", "rate", "rows", "seconds", "dropped"),
    [
        ("alex_rom_3.csv", 30.0, 4030, 134.4, 3),
        ("MySlate_3_Jason_Millers_iPhone.csv", 60.0, 328, 5.47, 0),
    ],
)
def test_real_takes(shared_data, file: str, rate: float, rows: int, seconds: float, dropped: int) -> None:
    read = read_live_link_csv((shared_data / "motion" / file).read_text())
    assert (read.rate, len(read.curves), read.missing, read.unknown) == (rate, rows, [], [])
    assert read.curves.seconds == pytest.approx(seconds, abs=0.05)
    assert any("switched off" in remark for remark in read.remarks)
    assert any(remark.startswith(f"{dropped} frames") for remark in read.remarks) == bool(dropped)

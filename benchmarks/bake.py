"""Keyframes onto a rig: arrays at once beside keyframe_insert, the way of most add-ons."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from protos import arkit

from .measurement import Options, Result, Skipped, of_rounds, pinned

FRAMES = 1_000
LONG = 10 * 60 * 60  # ten minutes at 60 frames a second
CHANNELS = arkit.COEFFICIENTS


def bake_ms_1000x52(options: Options) -> Result:
    """Milliseconds for 1,000 frames × 52 channels into a new action, f-curves alone."""
    rounds = 3 if options.quick else 15
    with pinned():
        bulk = [1e3 * _seconds(_bulk(FRAMES)) for _ in range(rounds)]
        inserted = 1e3 * _seconds(_inserting(FRAMES))
    value, spread = of_rounds(bulk)
    detail = {"keyframe_insert_ms": inserted, "times_as_fast": inserted / value, "rounds": rounds}
    return Result("bake_ms_1000x52", value, "ms", spread, "under 30", value < 30, detail)


def bake_s_10_minutes(options: Options) -> Result:
    """Seconds for ten minutes at 60 frames a second × 52 channels into a new action."""
    with pinned():
        taken = [_seconds(_bulk(LONG)) for _ in range(2 if options.quick else 5)]
    value, spread = of_rounds(taken)
    return Result("bake_s_10_minutes", value, "s", spread, "under 1", value < 1.0, {"frames": LONG})


def _seconds(work: Callable[[], None]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def _bulk(frames: int) -> Callable[[], None]:
    """Our way, on a fresh rig; what it takes to prepare is not counted."""
    keys = _rig()
    from blender_addon.rig_matching import key_path
    from blender_addon.scene.fcurves import Track, Writing, write_tracks

    times, values = _performance(frames)
    tracks = [Track(key_path(name), 0, times, values[:, i]) for i, name in enumerate(CHANNELS)]
    how = Writing(1, frames, new_action=True)

    def work() -> None:
        write_tracks(keys, tracks, how)

    return work


def _inserting(frames: int) -> Callable[[], None]:
    keys = _rig()
    times, values = _performance(frames)
    blocks = [keys.key_blocks[name] for name in CHANNELS]

    def work() -> None:
        for row, frame in enumerate(times):
            for column, block in enumerate(blocks):
                block.value = values[row, column]
                block.keyframe_insert("value", frame=frame)

    return work


def _performance(frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Frames (N,) from 1 and values (N, 52) in 0..1."""
    times = np.arange(1, frames + 1, dtype=np.float64)
    phases = np.linspace(0, 6, len(CHANNELS))
    return times, (0.5 + 0.5 * np.sin(times[:, None] / 7 + phases)).astype(np.float32)


def _rig() -> Any:
    """The shape keys of a small mesh in an empty file."""
    try:
        import bpy
    except ImportError as err:
        raise Skipped("Blender as a Python module is not installed; install superface[blender]") from err
    bpy.ops.wm.read_factory_settings(use_empty=True)
    mesh = bpy.data.meshes.new("face")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    face = bpy.data.objects.new("face", mesh)
    bpy.context.scene.collection.objects.link(face)
    for name in ("Basis", *CHANNELS):
        face.shape_key_add(name=name)
    return mesh.shape_keys

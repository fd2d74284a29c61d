"""From a key to the next pair in a real Blender window: `python -m benchmarks.rating_view`.

Needs SUPERFACE_TRIXIE and what the window test needs (.ci/run makes the chroot). A head and as many triangles
beside it as make 25,000, two takes of 512 pixels, a key a second. Own work runs from the key's arrival in our
operator to the request to draw anew; drawn is when our drawing of the next pair has returned, by whatever
graphics there are.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import build_addon
from backend.core.curves import COEFFICIENT_COUNT, curves_from_values
from blender_addon.takes import TakeFolder
from protos import arkit
from tests.window.blender_window import BlenderWindow, blender_window

PAIRS, QUICK_PAIRS = 100, 10
SESSION = "sys.modules[EXTENSION + '.session'].session()"
# Runs inside Blender: a second mesh, and clocks around what is measured.
CLOCKS = """
import sys, time
import bpy
bpy.ops.mesh.primitive_monkey_add(size=0.2, location=(0, 0.05, -0.25))
smooth = bpy.context.object.modifiers.new("Smooth", "SUBSURF")
smooth.levels = 2
rate = sys.modules[EXTENSION + ".operators.rate"].SUPERFACE_OT_rate
view = sys.modules[EXTENSION + ".viewport.over_view"].OverView
clocks = bpy.app.driver_namespace["clocks"] = {"own": [], "drawn": [], "key": None, "waits": False}
modal, redraw, drawing = rate.modal, view.redraw, view._draw

def timed_modal(self, context, event):
    if event.value == "PRESS":
        clocks["key"] = time.perf_counter()
    try:
        return modal(self, context, event)
    finally:
        if event.value == "PRESS":
            clocks["key"] = None

def timed_redraw(self):
    if clocks["key"] is not None:
        clocks["own"].append(time.perf_counter() - clocks["key"])
        clocks["waits"], clocks["from"], clocks["key"] = True, clocks["key"], None
    redraw(self)

def timed_drawing(self):
    drawing(self)
    if clocks["waits"]:
        clocks["drawn"].append(time.perf_counter() - clocks["from"])
        clocks["waits"] = False

rate.modal, view.redraw, view._draw = timed_modal, timed_redraw, timed_drawing
"""


def main() -> None:
    """Exit code 1 without a chroot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rating_view", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_PAIRS} pairs")
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    told = parser.parse_args()
    if "SUPERFACE_TRIXIE" not in os.environ:
        sys.exit("SUPERFACE_TRIXIE names no chroot with Blender; .ci/run makes one")
    pairs = QUICK_PAIRS if told.quick else PAIRS
    with tempfile.TemporaryDirectory() as folder:
        shots = Path(folder) / "shots"
        with blender_window(Path(os.environ["SUPERFACE_TRIXIE"]).resolve(), shots, {}) as window:
            milliseconds = measured(window, Path(folder), pairs)
    for name, times in milliseconds.items():
        median, most = np.percentile(times, [50, 95])
        print(f"rating_view_{name}_ms: median {median:.1f}, 95th percentile {most:.1f}, {len(times)} pairs")
    if told.json:
        told.json.write_text(json.dumps(milliseconds), encoding="utf-8")


def measured(window: BlenderWindow, folder: Path, pairs: int) -> dict[str, list[float]]:
    """Milliseconds from key to request, and to the picture."""
    take = a_take(window)
    extension = shutil.copy2(build_addon.build("linux-x64", folder), window.folder)
    window.ask(f"install({window.inner(Path(extension))!r})")
    window.wait_until("open_tab('SuperFace')", 20)
    window.ask("bpy.ops.superface.add_arkit_head() == {'FINISHED'}")
    window.ask(f"assign(settings(), 'take', {take!r})")
    (window.folder / "clocks.py").write_text(CLOCKS, encoding="utf-8")
    file = window.inner(window.folder / "clocks.py")
    window.ask(f"exec(open({file!r}).read(), {{'EXTENSION': EXTENSION}}) is None")
    window.press("superface.rate()")
    window.wait_until(f"{SESSION}.sitting is not None and {SESSION}.sitting.ready is not None", 30)
    left, top, _, height = window.ask("sidebar_place()")
    window.move(left * 0.5, top + height * 0.5)
    for pair in range(pairs):
        window.xdotool("key", "12"[pair % 2])
        time.sleep(1)
    told: dict[str, Any] = window.ask(
        "{name: bpy.app.driver_namespace['clocks'][name] for name in ('own', 'drawn')}"
    )
    return {name: [1000 * seconds for seconds in times] for name, times in told.items()}


def a_take(window: BlenderWindow) -> str:
    """Id of twenty seconds in which mouth and brows move, put where the extension looks."""
    phase = np.arange(600)[:, None] / 30
    random = np.random.default_rng(0)
    speed, start = random.uniform(1, 4, COEFFICIENT_COUNT), random.uniform(0, 6, COEFFICIENT_COUNT)
    values = 0.4 * np.clip(np.sin(speed * phase + start), 0, 1)
    values[:, arkit.INDEX["tongueOut"]] = 0
    curves = curves_from_values(values, 30.0)
    curves.spread[:] = 0.1
    takes = TakeFolder(window.folder / "home/.local/share/superface/takes")
    take = takes.begin("measured", "", 30.0, model="none")
    takes.append(take.id, curves)
    takes.finish(take)
    return take.id


if __name__ == "__main__":
    main()

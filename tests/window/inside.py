"""Runs inside the real Blender under test: answers what the test asks, and watches the main thread.

The test writes `question` (a Python expression), a timer evaluates it here and writes `answer` (JSON).
A timer cannot see where buttons lie; what the mouse is over can be asked of Blender, though.
"""

import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import bpy

FOLDER = Path(os.environ["SUPERFACE_WINDOW_FOLDER"])
TICK_SECONDS = 0.01
EXTENSION = "bl_ext.user_default.superface"


class Watch:
    """Longest gap between two ticks of a 10 ms timer, and our own longest work within one call from Blender.

    A gap holds everything the main thread does, redraws by a software renderer too; own work counts what
    runs below a function of the extension, by the interpreter's own monitoring (Python 3.12 and later).
    """

    def __init__(self) -> None:
        self.last_tick = time.perf_counter()
        self.longest_gap = 0.0
        self.work: list[tuple[float, str]] = []
        self._depth, self._began, self._name = 0, 0.0, ""
        self._main = threading.get_ident()

    def forget(self) -> None:
        self.last_tick, self.longest_gap, self.work = time.perf_counter(), 0.0, []

    def tick(self) -> None:
        now = time.perf_counter()
        self.longest_gap = max(self.longest_gap, now - self.last_tick)
        self.last_tick = now

    def start(self) -> None:
        monitoring = sys.monitoring
        events = monitoring.events
        monitoring.use_tool_id(monitoring.PROFILER_ID, "superface-watch")
        for event in (events.PY_START, events.PY_RESUME):
            monitoring.register_callback(monitoring.PROFILER_ID, event, self._enter)
        for event in (events.PY_RETURN, events.PY_YIELD, events.PY_UNWIND):
            monitoring.register_callback(monitoring.PROFILER_ID, event, self._leave)
        wanted = events.PY_START | events.PY_RESUME | events.PY_RETURN | events.PY_YIELD | events.PY_UNWIND
        monitoring.set_events(monitoring.PROFILER_ID, wanted)

    def _ours(self, code: Any) -> bool:
        return "/user_default/superface/" in code.co_filename and threading.get_ident() == self._main

    def _enter(self, code: Any, *_: Any) -> None:
        if self._ours(code):
            if self._depth == 0:
                self._began, self._name = time.perf_counter(), code.co_qualname
            self._depth += 1

    def _leave(self, code: Any, *_: Any) -> None:
        if self._depth and self._ours(code):
            self._depth -= 1
            if self._depth == 0:
                self.work.append((time.perf_counter() - self._began, self._name))

    def report(self) -> dict[str, Any]:
        """Milliseconds: the longest gap, and the longest work by the function it began in."""
        longest: dict[str, float] = {}
        for seconds, name in self.work:
            longest[name] = max(longest.get(name, 0.0), round(seconds * 1000, 1))
        top = sorted(longest.items(), key=lambda item: -item[1])[:6]
        return {"longest_gap_ms": round(self.longest_gap * 1000), "own_work_ms": dict(top)}


watch = Watch()


def window() -> Any:
    return bpy.context.window_manager.windows[0]


def view() -> Any:
    return next(area for area in window().screen.areas if area.type == "VIEW_3D")


def sidebar() -> Any:
    return next(region for region in view().regions if region.type == "UI")


def settle() -> None:
    """Straight to work: no splash, file browsers inside the one window, data paths in the menus."""
    preferences = bpy.context.preferences
    preferences.view.show_splash = False
    preferences.view.filebrowser_display_type = "SCREEN"
    preferences.view.show_developer_ui = True


def install(zipped: str) -> bool:
    """As dropping the zip onto Blender does."""
    with bpy.context.temp_override(window=window(), area=view()):
        bpy.ops.extensions.package_install_files(filepath=zipped, repo="user_default", enable_on_install=True)
    return EXTENSION in bpy.context.preferences.addons


def open_tab(name: str) -> bool:
    view().spaces[0].show_region_ui = True
    view().tag_redraw()
    try:
        sidebar().active_panel_category = name
    except (AttributeError, TypeError):  # not drawn yet, hence no tabs yet
        return False
    view().tag_redraw()
    return True


def sidebar_place() -> tuple[int, int, int, int]:
    """Left, top, width, height in pixels of the screen; Blender counts from the bottom, X11 from the top."""
    region = sidebar()
    return region.x, window().height - region.y - region.height, region.width, region.height


def under_mouse() -> str:
    """The operator call or the data path of the button that the mouse is over; empty when there is none."""
    manager = bpy.context.window_manager
    manager.clipboard = ""
    with bpy.context.temp_override(window=window(), area=view(), region=sidebar()):
        for copy in (bpy.ops.ui.copy_python_command_button, bpy.ops.ui.copy_data_path_button):
            if copy.poll() and copy() == {"FINISHED"}:
                return str(manager.clipboard)
    return ""


def settings() -> Any:
    return bpy.context.scene.superface


def assign(owner: Any, name: str, value: Any) -> bool:
    """What typing into a field does, the step for undo included."""
    setattr(owner, name, value)
    with bpy.context.temp_override(window=window(), area=view()):
        bpy.ops.ed.undo_push(message=name)
    view().tag_redraw()
    return True


def curves_of(animated: Any) -> Any:
    """Blender 5 keeps curves below a slot; 4.3 has no slots."""
    if not hasattr(animated, "action_slot"):
        return animated.action.fcurves
    return animated.action.layers[0].strips[0].channelbag(animated.action_slot).fcurves


def keyed_channels() -> dict[str, float]:
    """Keyed shape keys of all meshes, with the highest value each reaches."""
    highest = {}
    for mesh in bpy.data.meshes:
        animated = mesh.shape_keys.animation_data if mesh.shape_keys else None
        for curve in curves_of(animated) if animated and animated.action else ():
            name = curve.data_path.split('"')[1]
            highest[name] = round(max(point.co[1] for point in curve.keyframe_points), 4)
    return highest


def what_an_artist_has() -> list[Any]:
    """Everything of the file that rating might have touched; images that nobody uses are not saved."""
    scene = bpy.context.scene
    render = scene.render
    return [
        [scene.frame_current, scene.camera and scene.camera.name, render.engine, render.filepath],
        [render.resolution_x, render.resolution_y, render.resolution_percentage],
        [scene.display.shading.light, view().spaces[0].shading.type, view().spaces[0].overlay.show_overlays],
        [[o.name, *map(float, o.location), *map(float, o.rotation_euler)] for o in bpy.data.objects],
        [[key.name, [round(block.value, 6) for block in key.key_blocks]] for key in bpy.data.shape_keys],
        [[len(of) for of in (bpy.data.meshes, bpy.data.materials, bpy.data.cameras, bpy.data.actions)]],
        [image.name for image in bpy.data.images if image.users],
        sorted(keyed_channels().items()),
    ]


def answer() -> float | None:
    """The timer: one question at a time."""
    watch.tick()
    question = FOLDER / "question"
    if not question.exists():
        return TICK_SECONDS
    source = question.read_text(encoding="utf-8")
    question.unlink()
    if source == "quit":
        bpy.ops.wm.quit_blender()
        return None
    try:
        said: dict[str, Any] = {"value": eval(source, globals())}  # noqa: S307
    except Exception:  # whatever it is, the test shows it
        said = {"error": traceback.format_exc()}
    half = FOLDER / "answer.part"
    half.write_text(json.dumps(said, default=repr), encoding="utf-8")
    half.rename(FOLDER / "answer")
    return TICK_SECONDS


if __name__ == "__main__":
    sys.modules["inside"] = sys.modules["__main__"]
    settle()
    watch.start()
    bpy.app.timers.register(answer, first_interval=1.0, persistent=True)

"""The clip beside the rig, in picture and sound, in step with the keyframes.

Blender shows a movie one picture a scene frame, whatever its rate. Instead of a second movie at the scene's
rate, the picture's offset is set before each frame is drawn. (Keying the offset was tried: Blender sometimes
takes the picture before it has evaluated the key, and after a jump shows a wrong one.)
Blender finds a picture by its time (its number / the movie's mean rate), so variable rates stay in step too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import radians
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from bpy.app.handlers import persistent
from mathutils import Vector

STEP = "superface_footage"  # on the empty: how its pictures lie in time
GAP = 0.15  # between rig and picture, as a share of the rig's height


class FootageUnreadable(Exception):
    """Blender cannot read the clip; the message says what to do."""


@dataclass(frozen=True)
class Footage:
    """A clip as Blender sees it.

    path      absolute; of an image sequence, its first picture
    rate      pictures a second (mean, where it varies)
    frames    pictures
    first     number of the first picture in its file name; 1 for a movie
    sequence  numbered images, or a single one
    """

    path: Path
    rate: float
    frames: int
    width: int
    height: int
    first: int = 1
    sequence: bool = False


def footage_of_clip(clip: bpy.types.MovieClip) -> Footage:
    """What a movie-clip datablock shows. Raises FootageUnreadable when its file is gone."""
    path = Path(bpy.path.abspath(clip.filepath, library=clip.library))
    if not path.is_file() or not clip.frame_duration:
        raise FootageUnreadable(f"{path} is not there or cannot be read; choose the file again.")
    return Footage(
        path,
        rate=clip.fps or 24.0,
        frames=clip.frame_duration,
        width=clip.size[0],
        height=clip.size[1],
        first=_number(path) if clip.source == "SEQUENCE" else 1,
        sequence=clip.source == "SEQUENCE",
    )


def footage_of_file(path: Path) -> Footage:
    """What Blender makes of a file. Raises FootageUnreadable."""
    try:
        clip = bpy.data.movieclips.load(str(path))
    except RuntimeError as err:
        raise FootageUnreadable(f"Blender cannot read {path}; choose a movie or an image.") from err
    try:
        return footage_of_clip(clip)
    finally:
        bpy.data.movieclips.remove(clip)


def add_sound(scene: bpy.types.Scene, path: Path, start: int, in_seconds: float, frames: int) -> Any:
    """The clip's sound as a strip from frame `start`, `frames` long; one of the same clip is replaced.

    Raises FootageUnreadable when there is no sound in it; the old strip stays then.
    """
    strips = strips_of(scene)
    name = f"SuperFace {path.name}"
    old = strips.get(name)
    channel = max((strip.channel for strip in strips), default=0) + 1
    try:
        strip = strips.new_sound(name, str(path), channel, start)
    except RuntimeError as err:
        raise FootageUnreadable(f"Blender takes no sound from {path}: {err}") from err
    if strip.sound.channels == "INVALID":
        strips.remove(strip)
        raise FootageUnreadable(f"There is no sound in {path}.")
    if old:
        strips.remove(old)
        strip.name = name
    strip.frame_start = start - in_seconds * scene.render.fps / scene.render.fps_base
    strip.frame_final_start = start
    strip.frame_final_end = min(strip.frame_final_end, start + frames)
    return strip


def strips_of(scene: bpy.types.Scene) -> Any:
    """The strips of a scene; `sequences` until 4.3, `strips` since 4.4."""
    editor: Any = scene.sequence_editor or scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def show_beside(
    scene: bpy.types.Scene,
    footage: Footage,
    rig: Iterable[bpy.types.Object],
    start: int,
    in_seconds: float,
    frames: int,
) -> bpy.types.Object:
    """An image empty beside the rig, on the performer's left, that shows the right picture at every frame."""
    name = f"SuperFace {footage.path.name}"
    if old := bpy.data.objects.get(name):
        bpy.data.objects.remove(old)
    shown = bpy.data.objects.new(name, None)
    scene.collection.objects.link(shown)
    shown.empty_display_type = "IMAGE"
    shown.data = _image(footage)  # type: ignore[assignment]
    shown.empty_image_offset = (-0.5, -0.5)
    shown.rotation_euler = (radians(90), 0, 0)
    _place(shown, footage, list(rig))
    shown.image_user.use_auto_refresh = True
    shown.image_user.frame_start = start
    shown.image_user.frame_duration = max(frames, 1)
    shown[STEP] = {"start": start, "in_seconds": in_seconds, "rate": footage.rate, "first": footage.first}
    keep_in_step(scene)
    return shown


def picture_at(told: Mapping[str, float], seconds: float) -> int:
    """Number of the picture nearest to a time in seconds since the in point, as Blender counts pictures."""
    return round((told["in_seconds"] + seconds) * told["rate"]) + int(told["first"])


@persistent  # type: ignore[untyped-decorator]
def keep_in_step(scene: bpy.types.Scene, *_: object) -> None:
    """Before a frame is drawn, tell all footage shown in the scene which picture belongs to it."""
    if bpy.app.is_job_running("RENDER"):
        return  # empties are not rendered, and the scene belongs to the render now
    for shown in scene.objects:
        if shown.type == "EMPTY" and (told := shown.get(STEP)):
            _show(shown, told, scene)


def register() -> None:
    """Footage follows the timeline from now on."""
    bpy.app.handlers.frame_change_pre.append(keep_in_step)


def unregister() -> None:
    """Footage stays at its last offset."""
    bpy.app.handlers.frame_change_pre.remove(keep_in_step)


def _show(shown: bpy.types.Object, told: Mapping[str, float], scene: bpy.types.Scene) -> None:
    since = scene.frame_current - int(told["start"])
    picture = picture_at(told, since * scene.render.fps_base / scene.render.fps)
    counted = min(max(since + 1, 0), shown.image_user.frame_duration)  # as Blender counts without an offset
    shown.image_user.frame_offset = picture - counted
    shown.update_tag()


def _image(footage: Footage) -> bpy.types.Image:
    image = bpy.data.images.load(str(footage.path), check_existing=True)
    if footage.sequence:
        image.source = "SEQUENCE"
    return image


def _place(shown: bpy.types.Object, footage: Footage, rig: list[bpy.types.Object]) -> None:
    corners = [ob.matrix_world @ Vector(corner) for ob in rig for corner in ob.bound_box]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    height = float(high[2] - low[2]) or 1.0
    width = height * footage.width / footage.height
    shown.empty_display_size = max(width, height)  # of the longer side
    middle = (low + high) / 2
    shown.location = (float(high[0]) + GAP * height + width / 2, float(middle[1]), float(middle[2]))


def _number(path: Path) -> int:
    digits = "".join(c if c.isdigit() else " " for c in path.stem).split()
    return int(digits[-1]) if digits else 1

"""Turns heads and eyes: a pivot as it lies at rest is read here, and its motion becomes keys in its own mode.

The arithmetic is in pivots.py; what only Blender knows (parents, rest bones, rotation modes) is here.
"""

from typing import Any

import bpy
import numpy as np
from mathutils import Euler, Matrix, Quaternion, Vector

from ..pivots import FACINGS, Array, Motion, Pivot, axis_angles
from .fcurves import Frames, Track
from .targets import object_named


def pivot_at_rest(ob: bpy.types.Object, bone: str = "", facing: str = "-Y") -> Pivot:
    """What turns, as it lies now. Read it while the head rests; a bone's rest pose is its rest.

    facing: where the face looks in the world, one of FACINGS. Raises KeyError for an unknown bone or facing.
    """
    looks = Quaternion(FACINGS[facing])
    if bone:
        axes = ob.matrix_world @ ob.data.bones[bone].matrix_local
        return Pivot(
            ob.name,
            bone,
            facing,
            frame=_tuple(_rotation(axes).conjugated() @ looks),
            unit=1 / _size(ob.matrix_world),
        )
    own = _own_rotation(ob)
    parent = ob.matrix_world @ ob.matrix_basis.inverted_safe()
    return Pivot(
        ob.name,
        "",
        facing,
        frame=_tuple((_rotation(ob.matrix_world) @ own.conjugated()).conjugated() @ looks),
        rest=_tuple(own),
        rest_location=tuple(ob.location),
        unit=1 / _size(parent),
    )


def turns(pivot: Pivot) -> Any:
    """The object or pose bone of a pivot; None when it is not in this file."""
    ob = object_named(pivot.object)
    if ob is None or not pivot.bone:
        return ob
    return ob.pose.bones.get(pivot.bone) if ob.pose else None


def eyes_swapped(left: Pivot, right: Pivot) -> bool:
    """Whether the left eye lies to the performer's right: some rigs name eyes as the viewer sees them.

    False while one of them is not in this file.
    """
    if not (turns(left) and turns(right)):
        return False
    apart = _place(left) - _place(right)
    return apart.dot(Quaternion(FACINGS[left.facing]) @ Vector((1.0, 0.0, 0.0))) < 0


def motion_tracks(pivot: Pivot, motion: Motion, frames: Frames, rotation: bool = True) -> list[Track]:
    """Keys on the pivot's object, in the rotation mode the pivot has. frames (N,), as many as the motion."""
    turned = turns(pivot)
    tracks = _rotation_tracks(turned, motion.rotations, frames) if rotation else []
    if motion.locations is not None:
        tracks += _tracks(turned.path_from_id("location"), motion.locations, frames)
    return tracks


def _rotation_tracks(turned: Any, rotations: Array, frames: Frames) -> list[Track]:
    mode = turned.rotation_mode
    if mode == "QUATERNION":
        return _tracks(turned.path_from_id("rotation_quaternion"), rotations, frames)
    if mode == "AXIS_ANGLE":
        return _tracks(turned.path_from_id("rotation_axis_angle"), axis_angles(rotations), frames)
    return _tracks(turned.path_from_id("rotation_euler"), eulers(rotations, mode), frames)


def eulers(rotations: Array, order: str) -> Array:
    """(N, 4) quaternions → (N, 3) Euler angles, each the one nearest to the one before: no flips."""
    angles = np.empty((len(rotations), 3))
    last = Euler((0.0, 0.0, 0.0), order)
    for i, rotation in enumerate(rotations):
        last = Quaternion(rotation).to_euler(order, last)
        angles[i] = tuple(last)
    return angles


def _tracks(path: str, values: Array, frames: Frames) -> list[Track]:
    return [Track(path, index, frames, values[:, index]) for index in range(values.shape[1])]


def _place(pivot: Pivot) -> Vector:
    ob: Any = object_named(pivot.object)
    place: Vector = ob.matrix_world.translation
    if pivot.bone:
        place = ob.matrix_world @ ob.data.bones[pivot.bone].head_local
    return place


def _own_rotation(ob: bpy.types.Object) -> Quaternion:
    if ob.rotation_mode == "QUATERNION":
        return ob.rotation_quaternion.copy()
    if ob.rotation_mode == "AXIS_ANGLE":
        angle, *axis = ob.rotation_axis_angle
        return Quaternion(axis, angle)
    return ob.rotation_euler.to_quaternion()


def _rotation(matrix: Matrix) -> Quaternion:
    return matrix.to_quaternion().normalized()


def _size(matrix: Matrix) -> float:
    return max(matrix.median_scale, 1e-9)


def _tuple(q: Quaternion) -> tuple[float, float, float, float]:
    return (q.w, q.x, q.y, q.z)

"""An empty file before each test, and faces small enough to reason about."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")

MakeFace = Callable[..., Any]


@pytest.fixture(autouse=True)
def _empty_file() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


@pytest.fixture
def make_face() -> MakeFace:
    """Builds a mesh object: one vertex a key, and each key lifts its own vertex by one unit."""

    def build(names: Sequence[str], object_name: str = "Face", still: Sequence[str] = ()) -> Any:
        mesh = bpy.data.meshes.new(object_name)
        mesh.from_pydata([(float(i), 0.0, 0.0) for i in range(len(names) + 1)], [], [])
        face = bpy.data.objects.new(object_name, mesh)
        bpy.context.scene.collection.objects.link(face)
        face.shape_key_add(name="Basis", from_mix=False)
        for i, name in enumerate(names):
            key = face.shape_key_add(name=name, from_mix=False)
            if name not in still:
                key.points[i].co.z += 1.0
        return face

    return build

"""Rigs of artists become training heads: one face from each kind of file, a reason where there is none."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from protos import arkit
from training.check_heads import complaints
from training.heads import PART, StoredHead

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module")
store_head: ModuleType = pytest.importorskip("training.store_head")

EYES = {"eyeRight": 3.2, "eyeLeft": -3.2}  # named by the beholder's view, as some rigs are; centimetres of x
WRITERS = {
    "blend": lambda path: bpy.ops.wm.save_as_mainfile(filepath=path),
    "glb": lambda path: bpy.ops.export_scene.gltf(filepath=path, use_visible=False),
    "fbx": lambda path: bpy.ops.export_scene.fbx(filepath=path),
}


def ball(name: str, place: tuple[float, float, float], radius: float) -> Any:
    bpy.ops.mesh.primitive_uv_sphere_add(radius=radius, location=place, segments=24, ring_count=16)
    bpy.context.object.name = name
    return bpy.context.object


@pytest.fixture
def rig() -> Any:
    """A ball of 10 cm with eyes, teeth and a few shapes, one of them empty."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    face = ball("Face", (0, 0, 0), 0.1)
    face.shape_key_add(name="Basis")
    points = np.array([vertex.co for vertex in face.data.vertices])
    for name, moving, way in (
        ("jawOpen", points[:, 2] < -0.03, (0, 0, -0.02)),
        ("eyeBlink_L", (points[:, 0] > 0.02) & (points[:, 2] > 0.02), (0, 0, -0.01)),
        ("mouthSmile_R", (points[:, 0] < -0.02) & (points[:, 2] < -0.04), (0, 0, 0.01)),
        ("tongueOut", np.zeros(len(points), bool), (0, 0, 0)),
    ):
        key = face.shape_key_add(name=name)
        key.data.foreach_set("co", (points + moving[:, None] * np.array(way)).astype(np.float32).ravel())
    for name, x in EYES.items():
        ball(name, (x / 100, -0.08, 0.03), 0.012)
    ball("teeth", (0, -0.05, -0.05), 0.02)
    ball("hair", (0, 0, 0.2), 0.02)
    return face


@pytest.mark.parametrize("kind", WRITERS)
def test_a_rig_is_the_same_head_from_every_kind_of_file(rig: Any, tmp_path: Path, kind: str) -> None:
    WRITERS[kind](str(tmp_path / f"rig.{kind}"))
    np.savez(
        tmp_path / "head.npz",
        **store_head.stored(store_head.pieces(store_head.imported(tmp_path / f"rig.{kind}"))),
    )
    source = StoredHead(tmp_path / "head.npz")
    head = source.head()
    assert {name for name in source.channels if not name.startswith("eyeLook")} == {
        "jawOpen", "eyeBlinkLeft", "mouthSmileRight",
    }  # fmt: skip
    assert not list(complaints(head, source.channels))
    centres = np.array([eye.centre for eye in head.eyeballs])
    np.testing.assert_allclose(centres, [[3.15, 0, 0], [-3.15, 0, 0]], atol=0.02)
    ahead = head.rest[head.part == PART["left eye"], 2].max() - head.rest[head.part == PART["skin"], 2].max()
    assert ahead == pytest.approx((9.2 - 10) * 6.3 / 6.4, abs=0.05)
    assert head.visible("jawOpen").max() == pytest.approx(2 * 6.3 / 6.4, rel=0.01)
    assert np.ptp(head.rest[:, 1]) == pytest.approx(20 * 6.3 / 6.4, rel=0.01)  # the hair is left out


def test_surfaces_face_outwards_also_where_a_rig_is_mirrored(rig: Any, tmp_path: Path) -> None:
    rig.scale.x = -1
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "rig.blend"))
    face = store_head.pieces(store_head.imported(tmp_path / "rig.blend"))[0]
    a, b, c = (face.rest[face.triangles[:, corner]] for corner in range(3))
    assert (np.sum(np.cross(b - a, c - a) * a, axis=1) > 0).all()


def told(tmp_path: Path) -> str:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "rig.blend"))
    with pytest.raises(store_head.NoHead) as caught:
        store_head.stored(store_head.pieces(store_head.imported(tmp_path / "rig.blend")))
    return str(caught.value)


def test_a_head_without_eyes_is_refused(rig: Any, tmp_path: Path) -> None:
    for name in EYES:
        bpy.data.objects.remove(bpy.data.objects[name])
    assert "no eyes" in told(tmp_path)


def test_one_eye_is_not_two(rig: Any, tmp_path: Path) -> None:
    bpy.data.objects.remove(bpy.data.objects["eyeLeft"])
    assert "not two balls" in told(tmp_path)


def test_a_rig_with_other_names_is_refused_with_those_it_has(rig: Any, tmp_path: Path) -> None:
    for key in rig.data.shape_keys.key_blocks[1:]:
        key.name = f"custom {arkit.INDEX[arkit.arkit_name(key.name)]}"
    assert "custom 17" in told(tmp_path)


def test_a_shape_whose_vertices_are_no_numbers_is_named(rig: Any, tmp_path: Path) -> None:
    rig.data.shape_keys.key_blocks["jawOpen"].data[3].co = (float("nan"), 0, 0)
    assert told(tmp_path).startswith("vertices that are not numbers in: jawOpen;")


@pytest.mark.parametrize("name", ["rig.obj", "torn.blend", "torn.glb", "torn.fbx"])
def test_a_file_that_is_no_rig_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"half a fi")
    with pytest.raises(store_head.NoHead, match=name):
        store_head.imported(tmp_path / name)


def test_face_cap_has_no_tongue_and_its_eyes_lie_by_place(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "rigs" / "FaceCapHeadGeneric.fbx"
    np.savez(tmp_path / "head.npz", **store_head.stored(store_head.pieces(store_head.imported(file))))
    source = StoredHead(tmp_path / "head.npz")
    assert set(arkit.COEFFICIENTS) - set(source.channels) == {"tongueOut"}
    assert not list(complaints(source.head(), source.channels))
    assert np.count_nonzero(source.head().part == PART["mouth"]) > 100

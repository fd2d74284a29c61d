"""The whole run, on a small set and a network that has learnt nothing, and what it refuses."""

import json

import numpy as np
import pytest
import torch

from backend.predictor.checkpoint import save_network
from backend.predictor.network import Design, ExpressionNetwork
from benchmarks import accuracy_rows
from benchmarks.accuracy import main
from benchmarks.accuracy_network import StoredNetwork
from benchmarks.accuracy_visible import Surfaces, gram
from protos import arkit
from tests.benchmarks.accuracy_fakes import COUNT, small_set, written
from training.heads import PART, Eyeball, Head


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    save_network(ExpressionNetwork(Design(hidden=32, features=20)), path, {"seed": 0})
    return path


@pytest.fixture
def sets(tmp_path):
    """Folder of sets, and a manifest that knows their truth."""
    folder, sha256 = written(small_set(), tmp_path / "sets")
    entry = {"name": "small", "source": "anny", "seed": 1, "first": 100_000, "identities": 4, "truth": sha256}
    (tmp_path / "manifest.json").write_text(json.dumps({"version": 1, "sets": [entry]}))
    return [str(folder.parent), "--manifest", str(tmp_path / "manifest.json")]


def test_a_run_leaves_every_number_with_hashes(sets, weights, tmp_path, capsys):
    told = [*sets, "--model", str(weights), "--also", str(weights), "--json", str(tmp_path / "out.json")]
    assert main(told) == 0
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert report["models"]["ours"]["sha256"] == report["models"]["untrained"]["sha256"]
    assert len(report["manifest"]) == 64
    by_row = report["sets"]["small"]
    assert by_row["untrained"] == by_row[accuracy_rows.TRUE]
    value, low, high = by_row["MediaPipe"]["measures"]["active_mae"]
    assert low <= value <= high
    assert set(by_row["zero"]["channels"]) == set(arkit.COEFFICIENTS)
    names = {row["name"] for row in report["results"]}
    assert {"active_mae_ratio_unseen_identity", "isolated_mean_r", "neutral_false_activation"} <= names
    printed = capsys.readouterr().out
    assert report["manifest"][:12] in printed
    assert report["models"]["ours"]["sha256"][:12] in printed


def test_the_baseline_can_be_measured_without_a_network_of_ours(sets, tmp_path):
    told = [*sets, "--model", "mediapipe-baseline", "--json", str(tmp_path / "out.json")]
    assert main(told) == 0
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert set(report["sets"]["small"]) == {"zero", "MediaPipe", "MediaPipe − own neutral"}


def test_a_quick_run_looks_at_fewer_people(tmp_path):
    folder, _ = written(small_set(people=12), tmp_path / "sets")
    (tmp_path / "manifest.json").write_text('{"version": 1, "sets": []}')
    told = [
        str(folder.parent),
        "--manifest",
        str(tmp_path / "manifest.json"),
        "--model",
        "mediapipe-baseline",
    ]
    means = []
    for more in ([], ["--quick"]):
        assert main([*told, "--json", str(tmp_path / "out.json"), *more]) == 0
        report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
        means.append(report["sets"]["small"]["zero"]["measures"]["mae"][0])
    assert means[0] != means[1]


def test_a_set_with_another_truth_ends_the_run(sets, tmp_path, capsys):
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"truth": "', '"truth": "0'))
    assert main([*sets, "--model", "mediapipe-baseline"]) == 1
    assert "is not the one committed" in capsys.readouterr().err


def test_weights_that_are_none_end_the_run_with_advice(sets, tmp_path, capsys):
    (tmp_path / "no.safetensors").write_bytes(b"no weights")
    assert main([*sets, "--model", str(tmp_path / "no.safetensors")]) == 1
    assert "Fetch or train" in capsys.readouterr().err


def test_frames_are_read_alike_alone_and_in_a_set(weights):
    network, test_set = StoredNetwork(weights), small_set()
    described = network.describe(test_set)
    read = network.read(described, described[test_set.neutral])
    [alone] = network.predict(described[7:8], described[5])
    np.testing.assert_allclose(read.point[7], alone.mean, atol=1e-5)
    assert not np.allclose(network.read(described, None).point, read.point)


def known_head():
    """Of ten vertices of skin, one of which jawOpen moves by 2 cm; eyes 6 cm apart."""
    rest = np.zeros((12, 3), np.float32)
    rest[10:, 0], rest[10:, 2] = (3, -3), 1
    deltas = np.zeros((COUNT, 12, 3), np.float32)
    deltas[arkit.INDEX["jawOpen"], 0, 1] = -2
    part = np.array([PART["skin"]] * 10 + [PART["left eye"], PART["right eye"]], np.uint8)
    eyeballs = [Eyeball(np.array([10 + i]), np.array([x, 0, 0], np.float32)) for i, x in enumerate((3, -3))]
    return Head(rest, np.zeros((0, 3), np.int64), part, rest, deltas, tuple(eyeballs))


class KnownHeads:
    name, channels = "anny", arkit.COEFFICIENTS

    def head(self, identity):
        return known_head()


def test_visible_error_is_the_way_of_what_moves_over_the_distance_of_the_eyes():
    matrix = gram(known_head())
    jaw, up = arkit.INDEX["jawOpen"], arkit.INDEX["eyeLookUpLeft"]
    assert matrix[jaw, jaw] == pytest.approx(4 / 3)  # of three vertices that anything moves
    assert matrix[up, up] == pytest.approx(0.44**2 / 3, rel=0.01)  # an eye of 1 cm turns by 0.44 radians
    test_set = small_set()
    estimate = test_set.truth.copy()
    estimate[:, jaw] += 0.5
    off = Surfaces({"anny": KnownHeads()}).off(test_set, estimate)
    np.testing.assert_allclose(off, 100 * 0.5 * np.sqrt(4 / 3) / 6, rtol=1e-5)
    assert np.isnan(Surfaces({}).off(test_set, estimate)).all()

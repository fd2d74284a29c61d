import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from backend.predictor.checkpoint import load_network  # noqa: E402 - torch is an extra
from tests.training.people import SMALL, crowd  # noqa: E402
from training.datasets import on_device, reused  # noqa: E402
from training.learning import (  # noqa: E402
    Configuration,
    Progress,
    begun,
    chosen_rests,
    learn,
    prepare,
    rate,
    restore,
    store,
)
from training.pretrain import checkpoint, resume, train  # noqa: E402
from training.validation import believed, scores  # noqa: E402

CPU = torch.device("cpu")
SHORT = Configuration(("shards",), steps=12, groups=3, frames=4, rate=3e-3, warm_up=2, design=SMALL)


def started(configuration: Configuration) -> Progress:
    progress = begun(configuration, CPU)
    first = next(crowd(20, 4, seed=5))
    prepare(progress, first.sight.shape, first.truth.flatten(0, 1))
    return progress


def steps(progress: Progress, configuration: Configuration, count: int, seed: int) -> None:
    torch.manual_seed(seed)
    for batch in islice(crowd(configuration.groups, configuration.frames, seed), count):
        learn(progress, configuration, on_device(batch, CPU))


def test_what_can_be_read_is_learnt() -> None:
    blind = replace(SHORT, groups=12, steps=30, rate=1e-2, average=0.9, design=replace(SMALL, crops=False))
    progress = started(blind)
    steps(progress, blind, blind.steps, seed=1)
    truth, belief = believed(progress.average.network, islice(crowd(12, 4, seed=2), 3))
    ours, zero = scores(truth, belief.mean()), scores(truth, np.zeros_like(truth))
    assert ours["active_mae"] < 0.7 * zero["active_mae"]
    assert ours["mean_r"] > 0.6


def test_a_training_that_was_cut_off_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole, broken = started(SHORT), started(SHORT)
    for progress in (whole, broken):
        steps(progress, SHORT, 3, seed=1)
    store(broken, tmp_path / "state.safetensors")
    again = begun(SHORT, CPU)
    restore(again, tmp_path / "state.safetensors")
    assert again.step == 3
    for progress in (whole, again):
        steps(progress, SHORT, 3, seed=2)
    for name, tensor in whole.learner.state_dict().items():
        torch.testing.assert_close(again.learner.state_dict()[name], tensor)
    for name, tensor in whole.average.state_dict().items():
        torch.testing.assert_close(again.average.state_dict()[name], tensor)


def test_a_run_leaves_weights_that_load_and_a_log(tmp_path: Path) -> None:
    progress = started(SHORT)
    held_out = list(islice(crowd(3, 4, seed=3), 1))
    train(progress, SHORT, crowd(3, 4), held_out, tmp_path, checkpoint_seconds=1e9)
    network, facts = load_network(tmp_path / "weights.safetensors")
    assert network.design == SMALL
    assert facts["configuration"]["steps"] == 12
    last = json.loads((tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert last["step"] == 12
    assert last["zero"]["inactive_mae"] == pytest.approx(0.0, abs=0.01)
    assert set(last) == {"step", "ours", "without_neutral", "zero"}


def test_a_run_goes_on_from_its_checkpoint_but_not_with_another_configuration(tmp_path: Path) -> None:
    progress = started(SHORT)
    resume(progress, SHORT, tmp_path)
    steps(progress, SHORT, 2, seed=1)
    checkpoint(progress, SHORT, list(islice(crowd(3, 4, seed=3), 1)), tmp_path)
    again = begun(SHORT, CPU)
    resume(again, SHORT, tmp_path)
    assert again.step == 2
    with pytest.raises(SystemExit, match="another configuration"):
        resume(begun(SHORT, CPU), replace(SHORT, rate=1.0), tmp_path)


@pytest.mark.parametrize(
    "ablation",
    [
        {"distribution": False},
        {"neutral": False},
        {"labels": "teacher"},
        {"design": replace(SMALL, crops=False)},
        {"design": replace(SMALL, landmarks=0)},
    ],
)
def test_every_ablation_learns(ablation: dict[str, object]) -> None:
    configuration = replace(SHORT, **ablation)
    progress = started(configuration)
    batch = on_device(next(crowd(3, 4)), CPU)
    losses = [float(sum(learn(progress, configuration, batch).values())) for _ in range(10)]
    assert losses[-1] < losses[0]


def test_no_frame_is_held_against_itself_and_some_against_nothing() -> None:
    torch.manual_seed(0)
    truth = torch.rand(500, 4, 52)
    truth[:, 0] = 0
    truth[::2, 2] = 0.1
    described = torch.arange(2000.0).view(500, 4, 1)
    rest, has_rest = chosen_rests(described, truth)
    shown = has_rest[:, 0] > 0
    assert not (shown & (rest == described.flatten(0, 1))[:, 0]).any()
    row = (rest.view(500, 4) % 4)[:, 0]
    assert set(row[1::2].tolist()) == {0.0}
    assert set(row[::2].tolist()) == {0.0, 2.0}
    assert 0.1 < 1 - shown.view(500, 4)[:, 3].float().mean() < 0.2


def test_the_rate_rises_then_falls() -> None:
    rates = [rate(SHORT, step) for step in range(SHORT.steps + 1)]
    assert max(rates) == pytest.approx(SHORT.rate)
    assert rates[0] < rates[1] == max(rates)
    assert rates[-1] == pytest.approx(0.01 * SHORT.rate)


def test_painted_pictures_are_used_again_in_other_company() -> None:
    drawn = list(islice(crowd(3, 4), 2))
    used = list(reused(iter(drawn), 3, np.random.default_rng(0)))
    assert len(used) == 6
    assert used[0] is drawn[0]
    assert used[3] is drawn[1]
    groups = {tuple(truth.flatten().tolist()) for batch in drawn for truth in batch.truth}
    mixed = used[5]
    assert mixed.sight.atlas.shape == drawn[0].sight.atlas.shape
    for group in range(3):
        assert tuple(mixed.truth[group].flatten().tolist()) in groups
        rows = mixed.sight.teacher[group * 4 : group * 4 + 4]
        torch.testing.assert_close(rows, mixed.truth[group] * 0.5)

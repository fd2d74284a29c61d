import os
import re
import socket
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from backend.entrypoints.command_line import run
from backend.entrypoints.doctor import PACKAGES, Finding, examine
from backend.settings import Settings


def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(settings, online=False)}


def wrong(settings: Settings) -> list[str]:
    return [name for name, finding in findings(settings).items() if finding.needed and not finding.fine]


def test_a_healthy_machine_has_nothing_wrong(tmp_path: Path) -> None:
    assert wrong(Settings(home=tmp_path, port=0)) == []


def test_every_package_of_the_project_is_looked_at(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["backend"]
    assert sorted(PACKAGES) == sorted(re.split("[<>=]", requirement)[0] for requirement in needed)


def test_a_model_not_yet_fetched_keeps_nothing_from_working(tmp_path: Path) -> None:
    model = findings(Settings(home=tmp_path, port=0))["face model"]
    assert (model.fine, model.needed) == (False, False)
    assert "--fetch" in model.advice


def test_torch_and_our_own_model_are_looked_at_and_keep_nothing_from_working(tmp_path: Path) -> None:
    found = findings(Settings(home=tmp_path, port=0))
    torch, ours = found["torch"], found["model superface-base"]
    assert (torch.needed, ours.needed) == (False, False)
    assert torch.fine == (find_spec("torch") is not None)
    assert found["model mediapipe-baseline"].fine
    assert all(each.fine or "mediapipe-baseline" in each.advice for each in (torch, ours))


def test_a_damaged_model_is_found(tmp_path: Path) -> None:
    models = tmp_path / "offline"
    models.mkdir()
    (models / "face_landmarker.task").write_bytes(b"half a model")
    model = findings(Settings(home=tmp_path, port=0, model_dir=models))["face model"]
    assert not model.fine
    assert "sha256" in model.found
    assert (models / "face_landmarker.task").exists(), "looking changes nothing"


def test_a_damaged_model_in_the_cache_is_found_and_not_fetched_anew(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port=0)
    settings.model_cache.mkdir()
    kept = settings.model_cache / "face_landmarker.task"
    kept.write_bytes(b"half a model")
    assert "sha256" in findings(settings)["face model"].found
    assert kept.read_bytes() == b"half a model"


def test_a_home_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert "home folder" in wrong(Settings(home=tmp_path / "file", port=0))


def test_a_port_in_use_is_found(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = findings(Settings(home=tmp_path, port=other.getsockname()[1]))["port"]
    assert not port.fine
    assert "--port 0" in port.advice


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps others out by the folder's rights")
def test_a_token_that_others_can_read_is_found(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port=0)
    settings.token_path.write_text("a token of some length")
    settings.token_path.chmod(0o644)
    assert wrong(settings) == ["token"]
    settings.token_path.chmod(0o600)
    assert wrong(settings) == []


def test_serving_other_machines_without_tls_is_found(tmp_path: Path) -> None:
    assert wrong(Settings(home=tmp_path, port=0, host="0.0.0.0")) == ["TLS"]  # noqa: S104 - is refused


def test_a_certificate_that_is_none_is_found(tmp_path: Path) -> None:
    file = tmp_path / "certificate.pem"
    file.write_text("no certificate")
    assert wrong(Settings(home=tmp_path, port=0, tls_certificate=file, tls_key=file)) == ["TLS"]
    assert wrong(Settings(home=tmp_path, port=0, tls_certificate=tmp_path / "gone.pem")) == ["TLS"]


def test_what_is_no_token_is_found(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, port=0)
    settings.token_path.touch(mode=0o600)
    settings.token_path.write_bytes(b"\xff\xfe no words of ours, but long")
    assert wrong(settings) == ["token"]


def test_every_finding_that_is_not_fine_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    settings = Settings(home=tmp_path / "file", host="0.0.0.0", port=0)  # noqa: S104 - is refused
    assert all(finding.fine or finding.advice for finding in findings(settings).values())


def test_the_exit_code_tells_a_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERFACE_HOME", str(tmp_path))
    monkeypatch.setenv("SUPERFACE_TLS_CERTIFICATE", str(tmp_path / "gone.pem"))
    assert run(["doctor", "--offline"]) == 1
    monkeypatch.delenv("SUPERFACE_TLS_CERTIFICATE")
    assert run(["doctor", "--offline", "--json"]) == 0

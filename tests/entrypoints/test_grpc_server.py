"""How a backend starts, says where it is, and ends."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.entrypoints.access import AddressNotSafe
from backend.entrypoints.grpc_server import GrpcServer, PortTaken
from backend.errors import SettingInvalid
from tests.entrypoints.fake_application import FakeWork
from tests.entrypoints.loopback import serving, settings_in


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen]:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("fake_application.py")), str(tmp_path), "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as running:
        yield running
        running.kill()


def test_a_parent_learns_the_chosen_port_from_one_line(process: subprocess.Popen, tmp_path: Path) -> None:
    said = json.loads(process.stdout.readline())
    assert said["address"] == f"127.0.0.1:{said['port']}"
    assert said["pid"] == process.pid
    assert Path(said["token_file"]).is_file()
    assert json.loads((tmp_path / "serving.json").read_text()) == said


def test_it_ends_in_good_order_when_standard_input_closes(process: subprocess.Popen, tmp_path: Path) -> None:
    process.stdout.readline()
    process.stdin.close()
    assert process.wait(20) == 0
    assert not (tmp_path / "serving.json").exists()
    assert process.stderr.read() == b""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM to catch")
def test_it_ends_in_good_order_when_told_to(process: subprocess.Popen) -> None:
    process.stdout.readline()
    process.terminate()
    assert process.wait(20) == 0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_the_server_itself_needs_little_memory(process: subprocess.Popen) -> None:
    process.stdout.readline()
    status = Path(f"/proc/{process.pid}/status").read_text()
    kilobytes = int(status.split("VmRSS:")[1].split()[0])
    assert kilobytes < 500_000


def test_a_port_in_use_is_named_with_what_to_do(tmp_path: Path) -> None:
    with serving(settings_in(tmp_path / "one"), FakeWork()) as first:
        with pytest.raises(PortTaken, match=str(first.port)) as caught:
            GrpcServer(FakeWork().application(), settings_in(tmp_path / "two", port=first.port))
        assert "--port" in caught.value.advice


def test_it_does_not_listen_beyond_this_machine_without_tls(tmp_path: Path) -> None:
    with pytest.raises(AddressNotSafe):
        GrpcServer(FakeWork().application(), settings_in(tmp_path, host="0.0.0.0"))  # noqa: S104


@pytest.mark.parametrize("given", [{"tls_key": Path("key.pem")}, {"tls_certificate": Path("cert.pem")}])
def test_half_of_tls_is_refused(tmp_path: Path, given: dict[str, Path]) -> None:
    with pytest.raises(SettingInvalid):
        GrpcServer(FakeWork().application(), settings_in(tmp_path, **given))


def test_a_certificate_that_is_none_is_not_taken_for_a_port_in_use(tmp_path: Path) -> None:
    file = tmp_path / "words.pem"
    file.write_text("no certificate")
    with pytest.raises(SettingInvalid, match=r"words\.pem"):
        GrpcServer(FakeWork().application(), settings_in(tmp_path, tls_certificate=file, tls_key=file))


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "gone.pem"
    with pytest.raises(SettingInvalid, match="gone"):
        GrpcServer(FakeWork().application(), settings_in(tmp_path, tls_certificate=missing, tls_key=missing))

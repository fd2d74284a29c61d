"""Who may import whom, that rooms load without what they must not need, and that importing does nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Runs in a fresh Python: modules to import, modules that must look absent; prints what was done meanwhile.
PROBE = """
import importlib, importlib.abc, json, sys
wanted, absent, allowed, repository = json.loads(sys.argv[1])

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        root = name.split(".")[0]
        ours = root in ("backend", "protos", "blender_addon")
        foreign = not ours and root not in sys.stdlib_module_names
        if root in absent or (allowed is not None and foreign and root not in allowed):
            raise ModuleNotFoundError(f"{name} must not be needed here", name=name)

done = []
WORK = ("open", "os.mkdir", "os.remove", "socket.connect", "socket.bind", "subprocess.Popen",
        "_thread.start_new_thread", "urllib.Request")

def note(event, arguments):
    if event in WORK:
        frame = sys._getframe(1)
        if "importlib" in frame.f_code.co_filename:
            return
        while frame and not frame.f_code.co_filename.startswith((repository, sys.prefix)):
            frame = frame.f_back
        if frame and not frame.f_code.co_filename.startswith(sys.prefix):
            done.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {event} {arguments[:1]}")

sys.meta_path.insert(0, Absent())
sys.addaudithook(note)
for name in wanted:
    importlib.import_module(name)
print(json.dumps(done))
"""


def modules(repository: Path, *places: str) -> list[str]:
    """Dotted names of all modules below these files or folders, generated code left out."""
    names = []
    for place in places:
        root = repository / place
        for path in [root] if root.is_file() else sorted(root.rglob("*.py")):
            if "generated" not in path.parts and path.name != "__main__.py":
                dotted = ".".join(path.relative_to(repository).with_suffix("").parts)
                names.append(dotted.removesuffix(".__init__"))
    return names


def work_on_import(
    repository: Path, wanted: list[str], absent: tuple[str, ...], allowed: tuple[str, ...] | None = None
) -> list[str]:
    """What importing does; a forbidden import fails the test with its traceback."""
    told = json.dumps([wanted, absent, allowed, str(repository)])
    probe = subprocess.run(
        [sys.executable, "-c", PROBE, told],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert probe.returncode == 0, probe.stderr
    return list(json.loads(probe.stdout))


def test_the_import_contracts_are_kept(repository: Path) -> None:
    lint = "from importlinter.cli import lint_imports_command as lint; lint()"
    checked = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert " 0 broken" in checked.stdout


def test_work_on_import_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text("import pathlib\npathlib.Path(__file__).read_text()\n")
    (tmp_path / "quiet.py").write_text("import pathlib\n")
    assert work_on_import(tmp_path, ["quiet"], absent=()) == []
    assert "busy.py:2 open" in work_on_import(tmp_path, ["busy"], absent=())[0]


def test_the_core_needs_numpy_only_and_does_nothing_on_import(repository: Path) -> None:
    wanted = modules(repository, "backend/core", "protos/arkit.py")
    assert "backend.core.curves" in wanted
    assert work_on_import(repository, wanted, absent=(), allowed=("numpy",)) == []


def test_use_cases_and_ports_need_no_wire_codec_or_torch(repository: Path) -> None:
    wanted = modules(repository, "backend/usecases", "backend/ports.py", "backend/errors.py")
    assert (
        work_on_import(repository, wanted, absent=("bpy", "grpc", "google", "torch"), allowed=("numpy",))
        == []
    )


def test_the_whole_backend_imports_without_torch_or_blender_and_does_nothing(repository: Path) -> None:
    networks = modules(repository, "backend/predictor")
    wanted = [name for name in modules(repository, "backend", "protos") if name not in networks]
    assert "backend.entrypoints.grpc_server" in wanted
    assert work_on_import(repository, wanted, absent=("bpy", "torch", "training")) == []


@pytest.mark.parametrize("kind", ["thinking", "wire"])
def test_the_add_on_imports_without_torch_and_its_thinking_without_blender(
    repository: Path, kind: str
) -> None:
    files = [f"blender_addon/{path.name}" for path in (repository / "blender_addon").glob("*.py")]
    wire = ["blender_addon/contract_wire.py", "blender_addon/backend_client"]
    text = {name: (repository / name).read_text(encoding="utf-8") for name in files}
    thinking = [name for name in files if "import bpy" not in text[name] and name not in wire]
    absent = ("bpy", "torch", "grpc", "google") if kind == "thinking" else ("bpy", "torch")
    wanted = modules(repository, *(thinking if kind == "thinking" else wire))
    assert work_on_import(repository, wanted, absent) == []

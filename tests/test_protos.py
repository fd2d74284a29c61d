"""The contract: generated code is fresh, and its fingerprint is the same wherever it is taken."""

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from protos import fingerprint, generate
from protos.generated.superface.v1 import backend_pb2, ratings_pb2, retarget_pb2, training_pb2


def test_generated_code_is_fresh(tmp_path: Path) -> None:
    try:
        installed = importlib.metadata.version("grpcio-tools")
    except importlib.metadata.PackageNotFoundError:
        installed = "none"
    if installed != generate.TOOLS_VERSION:
        pytest.skip(f"needs grpcio-tools {generate.TOOLS_VERSION}, installed: {installed}")
    generate.generate(tmp_path)
    assert generate.stale_files(tmp_path, generate.HERE / "generated") == []


def test_a_stale_file_is_named(tmp_path: Path) -> None:
    fresh, kept = tmp_path / "fresh", tmp_path / "kept"
    for folder in (fresh, kept):
        folder.mkdir()
        (folder / "same.py").write_text("x = 1\n")
    (fresh / "changed.py").write_text("x = 2\n")
    (kept / "changed.py").write_text("x = 1\n")
    (kept / "left_over.py").write_text("")
    assert generate.stale_files(fresh, kept) == ["changed.py", "left_over.py"]


def test_generated_code_imports_relatively_so_that_it_works_in_the_zip() -> None:
    for file in (generate.HERE / "generated").rglob("*.py"):
        assert not re.search(r"^(from|import) superface", file.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_fingerprint_is_the_same_in_another_process(repository: Path) -> None:
    elsewhere = subprocess.run(
        [sys.executable, "-c", "from protos.fingerprint import contract_fingerprint as f; print(f())"],
        cwd=repository,
        env={**os.environ, "PYTHONHASHSEED": "17"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout.strip() == fingerprint.contract_fingerprint()
    assert re.fullmatch(r"[0-9a-f]{64}", fingerprint.contract_fingerprint())


def test_every_proto_file_counts_for_the_fingerprint() -> None:
    counted = {module.DESCRIPTOR.name for module in (backend_pb2, ratings_pb2, retarget_pb2, training_pb2)}
    assert counted == {f"superface/v1/{file.name}" for file in generate.PROTOS}


def test_every_proto_file_opens_with_its_reason() -> None:
    for file in generate.PROTOS:
        assert file.read_text(encoding="utf-8").startswith("//"), file.name

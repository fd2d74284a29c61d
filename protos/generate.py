"""Turn `superface/v1/*.proto` into `generated/`; `--check` says whether that is up to date.

Generated with the oldest grpcio-tools we support, because generated code refuses a runtime older
than itself. Imports are made relative, so that the code also works inside the add-on's zip.
"""

import argparse
import filecmp
import importlib.metadata
import re
import sys
import tempfile
from pathlib import Path

TOOLS_VERSION = "1.72.2"  # protobuf 6.30; keep in step with the lower bounds in pyproject.toml
HERE = Path(__file__).parent
PROTOS = sorted((HERE / "superface" / "v1").glob("*.proto"))


def generate(out: Path) -> None:
    """Write `out/superface/v1/*_pb2.py`, `*_pb2.pyi` and `*_pb2_grpc.py`."""
    from grpc_tools import protoc  # only needed here

    out.mkdir(exist_ok=True)
    folders = [f"-I{HERE}"]
    outputs = [f"--{kind}_out={out}" for kind in ("python", "pyi", "grpc_python")]
    if protoc.main(["protoc", *folders, *outputs, *map(str, PROTOS)]) != 0:
        sys.exit("protoc failed")
    package = out / "superface" / "v1"
    for file in package.glob("*.py*"):
        file.write_text(re.sub(r"^from superface\.v1 import", "from . import", file.read_text(), flags=re.M))
    for folder in (out, out / "superface", package):
        (folder / "__init__.py").write_text('"""Machine-written; see protos/generate.py."""\n')


def stale_files(fresh: Path, kept: Path) -> list[str]:
    """Relative names of files that differ between two generated trees."""
    names = {str(p.relative_to(t)) for t in (fresh, kept) for p in t.rglob("*.py*") if p.suffix != ".pyc"}
    return sorted(
        name
        for name in names
        if not (kept / name).exists()
        or not (fresh / name).exists()
        or not filecmp.cmp(fresh / name, kept / name, shallow=False)
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when generated/ is stale")
    check = parser.parse_args().check
    installed = importlib.metadata.version("grpcio-tools")
    if installed != TOOLS_VERSION:
        sys.exit(f"grpcio-tools {TOOLS_VERSION} is needed, {installed} is installed")
    if not check:
        generate(HERE / "generated")
        return
    with tempfile.TemporaryDirectory() as fresh:
        generate(Path(fresh))
        stale = stale_files(Path(fresh), HERE / "generated")
    if stale:
        sys.exit("stale, run `python -m protos.generate`: " + ", ".join(stale))


if __name__ == "__main__":
    main()

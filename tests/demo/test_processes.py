"""What the demo says when Blender does not even start."""

import pytest

from demo import processes

MISSING = "ImportError: libXi.so.6: cannot open shared object file: No such file or directory"


def started_with(monkeypatch, tmp_path, source):
    (tmp_path / "stand_in.py").write_text(source)
    monkeypatch.setattr(processes, "ROOT", tmp_path)
    with pytest.raises(processes.DemoFailed) as caught:
        processes.blender("stand_in", [], tmp_path / "home", "rendering")
    return str(caught.value)


def test_a_library_that_the_system_lacks_comes_with_the_command_that_installs_it(monkeypatch, tmp_path):
    said = started_with(monkeypatch, tmp_path, f"import sys; sys.exit({MISSING!r})")
    assert "libXi.so.6" in said
    assert "apt-get install" in said


def test_another_failure_comes_with_what_was_said_and_no_guess(monkeypatch, tmp_path):
    said = started_with(monkeypatch, tmp_path, "raise RuntimeError('the scene is empty')")
    assert "the scene is empty" in said
    assert "apt-get" not in said


def test_the_readme_names_the_same_libraries(repository):
    assert processes.SYSTEM_LIBRARIES in (repository / "README.md").read_text()

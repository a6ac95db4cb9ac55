"""Every test runs sealed: no settings, caches or repositories of whoever runs it are seen."""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Generator

# every process that is started gets a copy of each
KEPT_VARIABLES = re.compile(r"PATH|TMPDIR|LANG|TERM|HOME|USER|(?:LC|LD|DYLD|COV|PYTHON|PYTEST)_?.*")


def pytest_configure() -> None:
    """Keep little of the environment, let ^C reach what the tests start, and let no busy machine fail one."""
    for name in list(os.environ):
        if KEPT_VARIABLES.fullmatch(name) is None:
            del os.environ[name]
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC"}
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell that puts us in the background ignores it
    settings.register_profile(
        "busy", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("busy")


def import_a_share_first(config: pytest.Config) -> None:
    """Import this worker's share of the test modules, so that not every worker rewrites every assertion."""
    worker: dict[str, object] = getattr(config, "workerinput", {})
    if not worker:
        return
    number, workers = int(str(worker["workerid"]).removeprefix("gw")), int(str(worker["workercount"]))
    files = sorted(file for argument in config.args for file in Path(argument).resolve().rglob("test_*.py"))
    for file in files[number::workers]:
        name = ".".join(file.relative_to(config.rootpath).with_suffix("").parts)
        with contextlib.suppress(Exception, pytest.skip.Exception):  # the collection that follows reports it
            importlib.import_module(name)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Let no search for garbage walk what stays for good: modules and the tests themselves."""
    gc.disable()
    try:
        import_a_share_first(session.config)
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)
        gc.enable()


NUMBERS = itertools.count()  # pytest lists the folder of all tests to number one, and there are thousands


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, as pytest's own fixture gives it."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    place = tmp_path_factory.getbasetemp() / f"{name}_{next(NUMBERS)}"
    place.mkdir(mode=0o700)
    return place


@pytest.fixture(autouse=True)
def _sealed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the code under test a home of its own."""
    home = tmp_path_factory.getbasetemp() / f"home_{next(NUMBERS)}"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv(
        "MPLCONFIGDIR", str(tmp_path_factory.getbasetemp() / "matplotlib")
    )  # one list of fonts
    return home

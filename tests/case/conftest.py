"""Fixtures of the case tests: where real data lie, and a small case folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from case_files import make_case


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; tests that need it are skipped where it is absent."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("LIVERBOARD_REAL_DATA", beside))
    if not (folder / "crlm-ct-1006").is_dir():
        pytest.skip(f"no real data in {folder}; set LIVERBOARD_REAL_DATA")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small case folder with CT, liver and two lesions."""
    return make_case(tmp_path / "small")

"""What all tests share."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("ours", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ours")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of the real patient; skip where it is missing."""
    folder = Path(os.environ.get("LIVERBOARD_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "crlm-ct-1006" / "ct.nii.gz").is_file():
        pytest.skip("the real patient is not on this machine (set LIVERBOARD_REAL_DATA)")
    return folder

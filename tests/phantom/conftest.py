"""One digital patient for all tests of this folder."""

import pytest
from digital import COARSE

from liverboard.phantom import make_phantom


@pytest.fixture(scope="session")
def phantom():
    """The coarse patient, made once."""
    return make_phantom(COARSE)

"""The toy patient's board, once for all tests of the report."""

from dataclasses import replace

import numpy as np
import pytest

from builders import RECORD, case_of
from liverboard.board.convene import BoardOptions, convene
from liverboard.case import case_from_record
from liverboard.numerics.grid import Image
from liverboard.report.page import report_page
from liverboard.report.write import record_of

ONLY_RESECTION = BoardOptions(only=("resection",))


def with_ct(case):
    """Return a toy case with a made CT: liver 110 HU, lesions 50 HU, the rest -50 HU."""
    liver = case.structures["liver"]
    hu = np.where(liver.array > 0, 110, -50) - 60 * (case.lesions.array > 0)
    return replace(case, ct=Image(hu.astype(np.int16), liver.grid))


@pytest.fixture(scope="session")
def board():
    """The toy patient with vessels, lesions and CT."""
    return convene(with_ct(case_of(spacing_mm=(4.0, 3.0, 3.0))), options=ONLY_RESECTION)


@pytest.fixture(scope="session")
def record(board):
    return record_of(board)


@pytest.fixture(scope="session")
def page(board, record):
    return report_page(record, board)


@pytest.fixture(scope="session")
def bare_board():
    """The toy patient's record without any image."""
    return convene(case_from_record(RECORD), options=ONLY_RESECTION)

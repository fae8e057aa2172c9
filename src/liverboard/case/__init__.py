"""Placeholder."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Case:
    structures: Any
    lesions: Any
    ct: Any

"""Tables that come with liverboard, read from YAML in milliseconds.

What other people write (records, criteria) is read strictly elsewhere; this is for files of ours.
"""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["read_table"]

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads ten times as fast as plain Python; the values are the same."""


def read_table(text: str) -> Any:
    """Return the plain values of one YAML document of ours."""
    return yaml.load(text, Loader=LOADER)  # noqa: S506 both loaders are safe ones

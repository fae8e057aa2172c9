"""Digital patients: seeded, invented upper abdomens whose truth is known.

    from liverboard.phantom import PhantomOptions, make_phantom, write_phantom

    phantom = make_phantom(PhantomOptions(seed=7, lesions=5))
    write_phantom(phantom, "digital-7")

The method, what it models and what it does not stand in `docs/phantom.md`.
"""

from __future__ import annotations

from liverboard.phantom.folder import write_phantom
from liverboard.phantom.make import make_phantom
from liverboard.phantom.model import STRUCTURES, LesionTruth, Phantom, Truth
from liverboard.phantom.options import PhantomOptions
from liverboard.phantom.tree import Branch
from liverboard.phantom.vessel import Tributary, Vessels

__all__ = [
    "STRUCTURES",
    "Branch",
    "LesionTruth",
    "Phantom",
    "PhantomOptions",
    "Tributary",
    "Truth",
    "Vessels",
    "make_phantom",
    "write_phantom",
]

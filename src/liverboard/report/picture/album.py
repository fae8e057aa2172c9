"""All pictures of a report by name, and where each is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from liverboard.report.picture.plane import Plane
from liverboard.report.picture.slices import Backdrop, Shape

__all__ = ["Album", "Place", "Portrait", "SliceFigure"]


@dataclass(frozen=True, slots=True)
class Place:
    """A name at a place of a picture, in millimetres from its upper left corner."""

    name: str
    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True)
class Portrait:
    """One view of the solid liver; `key` names its picture among `Album.images`."""

    key: str
    seen: str
    size_mm: tuple[float, float]
    letters: tuple[str, str, str, str]
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class SliceFigure:
    """One plane of one option; `key` names its outlines among `Album.overlays`, empty for none."""

    plane: Plane
    key: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Album:
    """Pictures by name, each kept once, however many options show it.

    `images` are data URIs of views, `overlays` outlines of plans. `hero` are views of the anatomy,
    `portraits` and `slices` those of options by id; `left_out` counts the lesions of an option
    whose slices are not drawn.
    """

    backdrops: Mapping[str, Backdrop] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    overlays: Mapping[str, tuple[Shape, ...]] = field(default_factory=dict)
    hero: tuple[Portrait, ...] = ()
    segments: Portrait | None = None
    portraits: Mapping[str, tuple[Portrait, ...]] = field(default_factory=dict)
    slices: Mapping[str, tuple[SliceFigure, ...]] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)

    def planes(self, lesion: str) -> tuple[Plane, ...]:
        """Return the planes through a lesion."""
        found = (one.plane for one in self.backdrops.values())
        return tuple(plane for plane in found if plane.lesion == lesion)

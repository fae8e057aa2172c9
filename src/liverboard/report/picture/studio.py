"""Making all pictures of a board: what plans share is drawn once, two pictures at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from liverboard.board.model import BoardRecord, EstimateRecord, OptionRecord
from liverboard.board.option import Board
from liverboard.numerics.grid import Array
from liverboard.report.picture.album import Album, Place, Portrait, SliceFigure
from liverboard.report.picture.encode import webp_uri
from liverboard.report.picture.plane import Plane, planes_of
from liverboard.report.picture.scene import Scene, scene_of
from liverboard.report.picture.slices import Rings, Shape, backdrop, drawn
from liverboard.report.picture.solid import Solid, mask_of, shares_of, solid_of
from liverboard.report.picture.view import FROM_FEET, FROM_FRONT, View, view_of
from liverboard.treatments.protocol import Layer, Plan

__all__ = ["album_of"]

MOST_LESIONS = 24
"""Lesions that get slices of their own, the largest first."""

MOST_PER_OPTION = 12
"""Lesions whose slices are drawn for one option, those with the smallest margins first."""

QUALITY = 84

SEGMENTS = 8

GONE = ("resected", "destroyed", "zone", "ablated")
"""Roles drawn as gone in a view of the solid liver."""

POOR = ("not perfused", "not drained", "congested")
"""Roles drawn striped there: liver that stays without inflow or outflow."""

WORKERS = 2

Given = TypeVar("Given")
Made = TypeVar("Made")


def album_of(record: BoardRecord, board: Board | None) -> Album:
    """Return the pictures of a board; an empty album where there is no liver to be seen."""
    scene = None if board is None else scene_of(board.layers)
    if board is None or scene is None:
        return Album()
    return _Studio.of(record, scene).album(board)


def _side_by_side(make: Callable[[Given], Made], given: Sequence[Given]) -> list[Made]:
    """Return what `make` makes of each, in order, two at a time."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(make, given))


@dataclass(frozen=True, slots=True, eq=False)
class _Studio:
    """What all plans share: the scene, the solid and its views, planes and distances."""

    record: BoardRecord
    scene: Scene
    solid: Solid
    views: tuple[View, ...]
    planes: tuple[Plane, ...]
    rings: Rings

    @staticmethod
    def of(record: BoardRecord, scene: Scene) -> _Studio:
        """Return the studio of a scene."""
        sizes = {one.id: _number(one.volume_ml) for one in record.lesions}
        largest = sorted(sizes, key=lambda name: -sizes[name])[:MOST_LESIONS]
        shown = tuple(name for name in sizes if name in largest)
        solid = solid_of(scene)
        views = _side_by_side(lambda side: view_of(solid, side), (FROM_FRONT, FROM_FEET))
        rings = Rings.of(scene, shown)
        return _Studio(record, scene, solid, tuple(views), planes_of(scene, shown), rings)

    def album(self, board: Board) -> Album:
        """Return all pictures of a board."""
        layers = {
            option.id: option.outcome.layers
            for option in board.options
            if isinstance(option.outcome, Plan)
        }
        keys = {name: fingerprint(found) for name, found in layers.items()}
        plans = {key: layers[name] for name, key in keys.items()}
        backdrops = _side_by_side(lambda plane: backdrop(self.scene, plane), self.planes)
        slices = self._slices(plans, keys)
        return Album(
            backdrops={one.plane.name: one for one in backdrops},
            images=self._images(plans),
            overlays={
                figure.key: figure.shapes
                for figures in slices.values()
                for figure in figures
                if figure.key
            },
            hero=self._portraits("anatomy", is_named=True),
            segments=self._segments(),
            portraits={name: self._portraits(key) for name, key in keys.items()},
            slices=slices,
            left_out={one.id: self._left_out(one) for one in self.record.options},
        )

    def _images(self, plans: Mapping[str, Sequence[Layer]]) -> dict[str, str]:
        """Return the pictures of all views as data URIs."""
        made = dict(zip(plans, _side_by_side(self._seen, list(plans.values())), strict=True))
        made["anatomy"] = [view.anatomy() for view in self.views]
        if self._segments() is not None:
            made["segments"] = [self._segment_picture()]
        pixels = {f"{key}-{n}": one for key, found in made.items() for n, one in enumerate(found)}
        uris = _side_by_side(lambda one: webp_uri(one, QUALITY), list(pixels.values()))
        return dict(zip(pixels, uris, strict=True))

    def _seen(self, layers: Sequence[Layer]) -> list[Array]:
        """Return the pictures of a plan from every side."""
        masks = [mask_of(layers, roles, self.solid.grid) for roles in (GONE, POOR)]
        shares = shares_of(self.solid, masks)
        return [view.plan(shares) for view in self.views]

    def _segment_picture(self) -> Array:
        """Return the picture of the segments from the front."""
        labels = self.solid.segments
        masks = [labels == n for n in range(1, SEGMENTS + 1)]
        return self.views[0].segments(shares_of(self.solid, masks))

    def _portraits(self, key: str, *, is_named: bool = False) -> tuple[Portrait, ...]:
        """Return where the pictures called `key` are shown, lesions named if asked for."""
        return tuple(
            Portrait(
                f"{key}-{n}",
                view.direction.name,
                view.size_mm,
                view.direction.letters,
                self._lesions(view) if is_named else (),
            )
            for n, view in enumerate(self.views)
        )

    def _lesions(self, view: View) -> tuple[Place, ...]:
        """Return where lesions lie in a view."""
        return tuple(
            Place(one.id, *view.at_mm(one.centroid_mm))
            for one in self.record.lesions[:MOST_LESIONS]
        )

    def _segments(self) -> Portrait | None:
        """Return the view of the segments, None where they are not known."""
        if not self.solid.segments.any():
            return None
        view = self.views[0]
        return Portrait("segments-0", view.direction.name, view.size_mm, view.direction.letters)

    def _slices(
        self, plans: Mapping[str, Sequence[Layer]], keys: Mapping[str, str]
    ) -> dict[str, tuple[SliceFigure, ...]]:
        """Return the slices of every option that has a plan."""
        lines = _side_by_side(
            lambda layers: {plane.name: drawn(layers, plane) for plane in self.planes},
            list(plans.values()),
        )
        outlines = dict(zip(plans, lines, strict=True))
        return {
            one.id: tuple(self._figures(one, outlines[keys[one.id]]))
            for one in self.record.options
            if one.id in keys
        }

    def _figures(
        self, option: OptionRecord, outlines: Mapping[str, tuple[Shape, ...]]
    ) -> list[SliceFigure]:
        """Return the slices of one option: outlines of its layers and its margins as rings."""
        margins = {} if option.plan is None else margins_of(option)
        shown = self._drawn_for(option)
        figures = []
        for plane in self.planes:
            if plane.lesion and plane.lesion not in shown:
                continue
            ring = self.rings.ring(plane, margins.get(plane.lesion, 0.0))
            shapes = outlines[plane.name] + (() if ring is None else (ring,))
            key = "o" + _digest(shape.look + shape.path for shape in shapes) if shapes else ""
            figures.append(SliceFigure(plane, key, shapes))
        return figures

    def _drawn_for(self, option: OptionRecord) -> tuple[str, ...]:
        """Return the lesions whose slices are drawn for an option."""
        margins = margins_of(option)
        seen = {plane.lesion for plane in self.planes if plane.lesion}
        treated = [name for name in option.targets if name in seen] or sorted(seen)
        closest = sorted(treated, key=lambda name: margins.get(name, np.inf))
        return tuple(closest[:MOST_PER_OPTION])

    def _left_out(self, option: OptionRecord) -> int:
        """Return how many lesions of an option have no slices."""
        measured = {one.id for one in self.record.lesions}
        treated = measured & set(option.targets) or measured
        return len(treated - set(self._drawn_for(option)))


def margins_of(option: OptionRecord) -> dict[str, float]:
    """Return the known margins of an option by lesion."""
    outcomes = () if option.plan is None else option.plan.lesions
    return {
        one.lesion: one.margin_mm.value
        for one in outcomes
        if isinstance(one.margin_mm, EstimateRecord)
    }


def _number(quantity: object) -> float:
    """Return the value of a quantity, zero where it is unknown."""
    return quantity.value if isinstance(quantity, EstimateRecord) else 0.0


def fingerprint(layers: Sequence[Layer]) -> str:
    """Return a short name that is the same for equal layers only."""
    digest = hashlib.blake2b(digest_size=8)
    for layer in layers:
        digest.update(f"{layer.name} {layer.role} {layer.unit} {layer.image.grid}".encode())
        digest.update(np.ascontiguousarray(layer.image.array).data)
    return f"p{digest.hexdigest()}"


def _digest(texts: Iterable[str]) -> str:
    """Return a short name of texts."""
    digest = hashlib.blake2b(digest_size=6)
    for text in texts:
        digest.update(text.encode())
    return digest.hexdigest()

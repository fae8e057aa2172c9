"""Heating and freezing a liver: the course in time, with an account of the energy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from liverboard.errors import RequestError
from liverboard.numerics.grid import Array, Image, bounding_box
from liverboard.treatments.ablation.heat.domain import Domain
from liverboard.treatments.ablation.heat.source import (
    Antenna,
    Shaft,
    antenna_field,
    shaft_voxels,
)
from liverboard.treatments.ablation.heat.tissue import temperature_to_enthalpy
from liverboard.treatments.ablation.kernels.damage import (
    STEP_K,
    WARM_C,
    chill,
    conductivity_of,
    harm,
)
from liverboard.treatments.ablation.kernels.heat import (
    Bounds,
    conduct,
    conduct_held,
    face_conductance,
    outward_flow,
    outward_rise,
)
from liverboard.treatments.ablation.kernels.potential import joule, relax
from liverboard.treatments.ablation.tables import table

__all__ = ["COLD", "HOT", "Heated", "Shot", "freeze", "heat"]

HOT = ("Arrhenius", "CEM43", "three-state", "60 degC")
"""Models of death by heat, the one that draws the zone first."""

COLD = ("-30 degC", "-40 degC", "-20 degC", "edge of ice")
"""Isotherms of death by cold, the one that draws the zone first."""

GROW = 6
"""Voxels by which the part that is followed grows on a side that warms."""

TOUCHED_K = 0.02
"""Change of temperature at the border at which the part grows."""

BLOCK, BLOCK_S = 3, 4.0
"""Most steps, and about the longest time, between counts of harm."""

SOFTEN = 5
"""Blocks between updates of the conductivity."""

CONTROL_S = 5.0
"""Seconds between changes of what an applicator gives off."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One applicator at work: middle of the zone, tip and direction, power and time."""

    middle_mm: Array
    tips_mm: Array
    outward: Array
    power_w: float
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Heated:
    """What heat or cold did.

    peak: the highest temperature, in cold the lowest. levels: by model a field (z, y, x) float32,
    negative where tissue is dead. given, stored, lost: J. watts: power over time of the last shot,
    (n, 2) s and W.
    """

    domain: Domain
    temperature: Array
    peak: Array
    levels: dict[str, Array]
    given_j: float
    stored_j: float
    lost_j: float
    watts: Array = field(default_factory=lambda: np.zeros((0, 2)))

    @property
    def leak(self) -> float:
        """Share of the energy that the account misses."""
        return abs(self.stored_j + self.lost_j - self.given_j) / max(abs(self.given_j), 1e-9)

    def zone(self, model: str = "") -> Image:
        """Return the field of one model, of the first where none is named."""
        return Image(self.levels[model or next(iter(self.levels))], self.domain.grid)

    def volume_ml(self, model: str = "") -> float:
        """Return the volume that one model calls dead."""
        return float(np.count_nonzero(self.zone(model).array < 0.0)) * self.domain.grid.voxel_ml


def _three(shape: tuple[int, int, int]) -> tuple[Array, Array, Array]:
    """Return three fields of nothing: one an axis."""
    return (
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
    )


class _State:
    """Arrays of one run."""

    def __init__(self, domain: Domain, curve: tuple[float, ...], start_c: float) -> None:
        shape = domain.grid.shape
        self.domain = domain
        self.curve = (curve[0], curve[1], curve[2], curve[3], curve[4], curve[5])
        self.start = temperature_to_enthalpy(self.curve, start_c)
        self.enthalpy = np.full(shape, self.start, np.float32)
        self.temperature = np.full(shape, start_c, np.float32)
        self.faces = _three(shape)
        self.sink = np.zeros(shape, np.float32)
        self.gain = np.zeros(shape, np.float32)
        self.open = ~np.asarray(domain.is_vessel)
        self.conductivity = np.zeros(shape, np.float32)
        self.omega = np.zeros(shape, np.float32)
        self.lost = 0.0

    @property
    def spacing_m(self) -> tuple[float, float, float]:
        z, y, x = self.domain.grid.spacing_mm
        return z / 1000.0, y / 1000.0, x / 1000.0

    @property
    def voxel_m3(self) -> float:
        return float(np.prod(self.spacing_m))

    def stored_j(self) -> float:
        """Return the energy above the start."""
        return float((self.enthalpy.astype(np.float64) - self.start).sum()) * self.voxel_m3


def _bounds_round(state: _State, points_mm: Array, reach_mm: float) -> Bounds:
    """Return the part of a grid within reach of points, the halo left out.

    RequestError where the grid does not hold it: the zone would touch the border.
    """
    grid = state.domain.grid
    index = grid.indices(points_mm)
    reach = reach_mm / np.array(grid.spacing_mm)
    low = np.clip(np.floor(index.min(axis=0) - reach).astype(int), 1, np.array(grid.shape) - 2)
    high = np.clip(
        np.ceil(index.max(axis=0) + reach).astype(int) + 1, low + 1, np.array(grid.shape) - 1
    )
    z0, y0, x0 = (int(v) for v in low)
    z1, y1, x1 = (int(v) for v in high)
    return z0, z1, y0, y1, x0, x1


def _grown(bounds: Bounds, state: _State, body_c: float) -> Bounds:
    """Return bounds that grow where the border feels the heat."""
    rise = outward_rise(state.temperature, bounds, body_c)
    found = list(bounds)
    for axis in range(3):
        if rise[2 * axis] > TOUCHED_K:
            found[2 * axis] = max(1, bounds[2 * axis] - GROW)
        if rise[2 * axis + 1] > TOUCHED_K:
            most = state.domain.grid.shape[axis] - 1
            found[2 * axis + 1] = min(most, bounds[2 * axis + 1] + GROW)
    return found[0], found[1], found[2], found[3], found[4], found[5]


def _joined(first: Bounds, second: Bounds) -> Bounds:
    """Return bounds that hold both."""
    low = [min(first[n], second[n]) for n in (0, 2, 4)]
    high = [max(first[n], second[n]) for n in (1, 3, 5)]
    return low[0], high[0], low[1], high[1], low[2], high[2]


def _check_grid(domain: Domain, seconds: float) -> None:
    """Raise where nothing can be followed on a grid, or for no time."""
    if max(domain.grid.spacing_mm) > COARSEST_MM:
        raise RequestError(
            f"a grid of {max(domain.grid.spacing_mm):g} mm is too coarse for a zone",
            where="grid",
            remedy=f"take {COARSEST_MM:g} mm or less",
        )
    if not seconds > 0.0:
        raise RequestError(f"heat needs a time above zero, got {seconds:g} s", where="--minutes")


COARSEST_MM = 3.0
"""Widest voxel: a zone of 20 mm would have fewer than seven across."""

SOURCE_MM = 22.0
"""Reach of a source about its middle that is followed from the start."""


def heat(domain: Domain, shots: Sequence[Shot], source: Antenna | Shaft) -> Heated:
    """Return what shots one after the other do; between them the liver cools to body temperature.

    What died stays dead and bloodless. Explicit in time, 0.9 of the longest stable step.
    """
    tissue = domain.tissue
    state = _State(domain, tissue.hot, tissue.body_c)
    state.sink[:] = domain.wall + np.float32(tissue.sink)
    harmed = _nothing(domain)
    peak = np.full(domain.grid.shape, tissue.body_c, np.float32)
    given = stored = 0.0
    power = np.zeros((0, 2))
    for shot in shots:
        _check_grid(domain, shot.seconds)
        state.enthalpy[:] = state.start
        state.temperature[:] = tissue.body_c
        run = _Run(state, shot, source, (peak, harmed))
        given += run.go()
        stored += state.stored_j()
        power = np.array(run.watts)
    dead = _through(_levels(harmed, peak), domain)
    return Heated(domain, state.temperature, peak, dead, given, stored, state.lost, power)


def _nothing(domain: Domain) -> tuple[Array, Array, Array, Array]:
    """Return fields of no harm: Arrhenius, minutes, alive, dead."""
    given = table("heat")["damage"]["three_state"]
    shape = domain.grid.shape
    return (
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.full(shape, float(given["alive"]), np.float32),
        np.full(shape, float(given["lost"]), np.float32),
    )


def _levels(harmed: tuple[Array, Array, Array, Array], peak: Array) -> dict[str, Array]:
    """Return a field by model, negative where it calls tissue dead.

    Logarithms of the integrals: they are nearly linear in place, so that the edge between two
    voxels is found where it is.
    """
    given = table("heat")["damage"]
    omega, minutes, _, dead = harmed
    tiny = np.float32(1e-9)
    return {
        HOT[0]: np.log(np.float32(given["arrhenius"]["dead"])) - np.log(np.maximum(omega, tiny)),
        HOT[1]: np.log(np.float32(given["cem43"]["dead_min"])) - np.log(np.maximum(minutes, tiny)),
        HOT[2]: np.float32(given["three_state"]["dead"]) - dead,
        HOT[3]: np.float32(given["isotherm_c"]["value"]) - peak,
    }


def _through(levels: dict[str, Array], domain: Domain) -> dict[str, Array]:
    """Return fields in which a vessel is as dead as the tissue at its wall.

    Blood holds no tumour: a vessel within a zone is no gap in it, living tissue beside one is.
    """
    if not domain.is_vessel.any():
        return levels
    box = bounding_box(domain.is_vessel, margin=2)
    inside = domain.is_vessel[box]
    place = tuple(
        ndimage.distance_transform_edt(
            inside, domain.grid.spacing_mm, return_distances=False, return_indices=True
        )[:, inside]
    )
    for level in levels.values():
        part = level[box]
        part[inside] = part[place]
    return levels


def _rates() -> Array:
    """Return the rates of harm by temperature: see `harm`."""
    given = table("heat")["damage"]
    celsius = WARM_C + STEP_K * (np.arange(int(90.0 / STEP_K)) + 0.5)
    law = given["arrhenius"]
    omega = float(law["a_per_s"]) * np.exp(-float(law["ea_j_mol"]) / (GAS * (celsius + KELVIN)))
    # Henriques' law runs on for ever at 40 degC, where cells heal; sources are fitted with this cut
    omega[celsius < ARRHENIUS_FROM_C] = 0.0
    minutes = np.where(celsius >= 43.0, 0.5, 0.25) ** (43.0 - celsius) / 60.0
    factor = np.exp(celsius / float(given["three_state"]["tk_c"]))
    return np.stack([omega, minutes, factor], axis=1)


ARRHENIUS_FROM_C = 43.0
GAS, KELVIN = 8.314462618, 273.15


class _Run:
    """One shot on one state."""

    def __init__(
        self,
        state: _State,
        shot: Shot,
        source: Antenna | Shaft,
        harmed: tuple[Array, tuple[Array, Array, Array, Array]],
    ) -> None:
        self.state, self.shot, self.source = state, shot, source
        self.peak, self.harmed = harmed
        self.watts: list[tuple[float, float]] = []
        tissue = state.domain.tissue
        self.law = (tissue.conductivity, tissue.conductivity_per_k, tissue.boiling_c[1])
        given = table("heat")["damage"]
        self.forth, self.back = (float(given["three_state"][name]) for name in ("kf", "kb"))
        self.dead_at = float(given["arrhenius"]["dead"])
        self.rates = _rates()
        self.bounds = _bounds_round(state, shot.tips_mm, 0.0)
        reach = _bounds_round(state, np.asarray(shot.middle_mm)[None], SOURCE_MM)
        self.bounds = _joined(self.bounds, reach)
        self.step_s = self._step()
        self.steps = max(1, min(BLOCK, int(BLOCK_S / self.step_s)))

    def _step(self) -> float:
        """Return the step: 0.9 of what the stiffest voxel bears."""
        tissue = self.state.domain.tissue
        hottest = tissue.conductivity * (1.0 + self.law[1] * (self.law[2] - 37.0))
        most = sum(2.0 * hottest / d**2 for d in self.state.spacing_m)
        most += float(self.state.domain.wall.max()) + tissue.sink
        return 0.9 * tissue.heat_capacity / most

    def go(self) -> float:
        """Run to the end of the shot and return the energy given in J."""
        generator = (
            _Microwave(self) if isinstance(self.source, Antenna) else _Electrode(self, self.source)
        )
        block_s = self.steps * self.step_s
        blocks = max(1, int(np.ceil(self.shot.seconds / block_s)))
        seconds = self.shot.seconds / blocks
        body, given = self.state.domain.tissue.body_c, 0.0
        before = self.bounds
        for n in range(blocks):
            if n % SOFTEN == 0 or self.bounds != before:
                self._soften()
                before = self.bounds
            generator.set((n + 0.5) * seconds)
            given += generator.power_w * seconds
            self.state.lost += self._conduct(seconds)
            harm(
                self.state.temperature,
                self.peak,
                self.harmed,
                self.rates,
                (seconds, self.forth, self.back),
                (self.state.sink, self.state.domain.wall, self.dead_at),
                self.bounds,
            )
            self.bounds = _grown(self.bounds, self.state, body)
        return given

    def _conduct(self, seconds: float) -> float:
        """Advance one block and return the heat lost in J."""
        state = self.state
        clock = (self.steps, seconds / self.steps, state.domain.tissue.body_c)
        lost = conduct(
            (state.enthalpy, state.temperature),
            state.faces,
            (state.sink, state.gain),
            self.bounds,
            state.curve,
            clock,
        )
        border = outward_flow(state.temperature, state.faces, self.bounds) * seconds
        return (float(lost) + float(border)) * state.voxel_m3

    def _soften(self) -> None:
        """Bring the conductances up to date with the temperature."""
        state = self.state
        conductivity_of(state.temperature, state.open, self.law, state.conductivity, self.bounds)
        face_conductance(state.conductivity, state.spacing_m, self.bounds, state.faces)


class _Microwave:
    """Gives off what an antenna delivers."""

    def __init__(self, run: _Run) -> None:
        assert isinstance(run.source, Antenna)
        self.run, self.antenna = run, run.source
        shot = run.shot
        density = antenna_field(
            run.source, shot.power_w, run.state.domain.grid, shot.middle_mm, shot.outward
        )
        # blood in wide vessels carries off what it absorbs
        self.density = np.where(run.state.open, density, np.float32(0.0))
        self.power_w = 0.0
        self.next_s, self.bounds = 0.0, run.bounds

    def set(self, seconds: float) -> None:
        """Set the source for the block about a time."""
        run = self.run
        if seconds < self.next_s and run.bounds == self.bounds:
            return
        self.next_s, self.bounds = seconds + CONTROL_S, run.bounds
        power = self.antenna.delivered_w(run.shot.power_w, seconds + CONTROL_S / 2.0)
        z0, z1, y0, y1, x0, x1 = run.bounds
        part = (slice(z0, z1), slice(y0, y1), slice(x0, x1))
        np.multiply(self.density[part], np.float32(power), out=run.state.gain[part])
        self.power_w = float(run.state.gain[part].sum(dtype=np.float64)) * run.state.voxel_m3
        run.watts.append((seconds, self.power_w))


class _Electrode:
    """Current between an electrode and a far ground, held so that tissue just boils.

    The potential is solved anew as the tissue's conductivity changes. The generator's pulsing at a
    rise of impedance is taken as a steady control of the hottest tissue at `ceiling_c`.
    """

    def __init__(self, run: _Run, shaft: Shaft) -> None:
        self.run, self.shaft = run, shaft
        state = run.state
        grid = state.domain.grid
        self.held = np.zeros(grid.shape, bool)
        for tip in run.shot.tips_mm:
            self.held |= shaft_voxels(grid, tip, run.shot.outward, shaft)
        self.held &= state.open
        given = table("heat")["electric"]
        self.sigma37, self.per_k = (
            float(given["conductivity"]["value"]),
            float(given["per_k"]["value"]),
        )
        self.dry = float(given["dry_share"]["value"])
        self.phi = np.zeros(grid.shape, np.float32)
        self.phi[self.held] = 1.0
        self.sigma = np.zeros(grid.shape, np.float32)
        self.g = _three(grid.shape)
        self.density = np.zeros(grid.shape, np.float32)
        self.voxels = np.nonzero(self.held)
        self.watt, self.power_w, self.unit = START_W, 0.0, 1.0
        self.next_s, self.solve_s = 0.0, 0.0
        # beyond the box of the start the current is so thin that it does not warm
        self.box = run.bounds

    def set(self, seconds: float) -> None:
        """Look at the electrode every few seconds and set the source."""
        run, state = self.run, self.run.state
        z0, z1, y0, y1, x0, x1 = run.bounds
        part = (slice(z0, z1), slice(y0, y1), slice(x0, x1))
        # cooled from within: held at the temperature of its water
        state.temperature[self.voxels] = self.shaft.cooling_c
        warm = temperature_to_enthalpy(state.curve, self.shaft.cooling_c)
        removed = float((state.enthalpy[self.voxels] - np.float32(warm)).sum(dtype=np.float64))
        state.lost += removed * state.voxel_m3
        state.enthalpy[self.voxels] = warm
        if seconds >= self.solve_s:
            self._solve()
            # the potential changes fast at first, then with the slow growth of the zone
            self.solve_s = seconds + max(CONTROL_S, 0.2 * seconds)
            self.next_s = seconds
        if seconds >= self.next_s:
            self.next_s = seconds + CONTROL_S
            hottest = float(state.temperature[part].max())
            room = (self.shaft.ceiling_c - hottest) / (self.shaft.ceiling_c - 37.0)
            self.watt = min(run.shot.power_w, self.watt * float(np.clip(1.0 + room, 0.8, 1.25)))
            np.multiply(self.density[part], np.float32(self.watt / self.unit), out=state.gain[part])
            self.power_w = float(state.gain[part].sum(dtype=np.float64)) * state.voxel_m3
            run.watts.append((seconds, self.power_w))

    def _solve(self) -> None:
        """Solve for the potential at the present temperatures."""
        state = self.run.state
        z0, z1, y0, y1, x0, x1 = self.box
        part = (slice(z0 - 1, z1 + 1), slice(y0 - 1, y1 + 1), slice(x0 - 1, x1 + 1))
        warm = state.temperature[part]
        rise = 1.0 + self.per_k * np.clip(warm - 37.0, 0.0, 63.0)
        dry = np.clip((warm - 100.0) / 5.0, 0.0, 1.0)
        self.sigma[part] = self.sigma37 * rise * (1.0 - (1.0 - self.dry) * dry)
        self.sigma[self.voxels] = METAL
        face_conductance(self.sigma, state.spacing_m, self.box, self.g)
        relax(self.phi, self.g, self.held, self.box, (1.8, 1e-3, 300))
        total = joule(self.phi, self.g, self.held, self.box, self.density)
        self.unit = max(total * state.voxel_m3, 1e-30)


START_W = 30.0
"""Power with which an electrode starts (house choice; it settles within half a minute)."""

METAL = 10.0
"""Conductivity of the electrode in S/m: thirty times tissue, so that it is one potential."""


FREEZE_BLOCK = 12
"""Steps between updates of conductivity while freezing: the front moves a fifth of a voxel."""


def freeze(domain: Domain, shot: Shot, shaft: Shaft, *, cycles: int = 2) -> Heated:
    """Return what probes together do in freeze, thaw, freeze; each freeze takes `shot.seconds`.

    Tissue that was frozen stays bloodless. A voxel that freezes conducts as ice: its heat leaves
    through the ice behind it.
    """
    _check_grid(domain, shot.seconds)
    tissue = domain.tissue
    state = _State(domain, tissue.cold, tissue.body_c)
    held = np.zeros(domain.grid.shape, bool)
    for tip in shot.tips_mm:
        held |= shaft_voxels(domain.grid, tip, shot.outward, shaft)
    coldest = np.full(domain.grid.shape, tissue.body_c, np.float32)
    ends = np.stack(
        [tip + s * shot.outward for tip in shot.tips_mm for s in (0.0, shaft.active_mm)]
    )
    bounds = _bounds_round(state, ends, 12.0)
    given = 0.0
    for cold, seconds in _phases(shot, shaft, cycles):
        probe = np.argwhere(held & state.open) if cold else np.zeros((0, 3), np.int64)
        taken, bounds = _cool(state, bounds, (seconds, shaft.probe_c), coldest, probe)
        given += taken
    levels = {
        COLD[0]: coldest + np.float32(30.0),
        COLD[1]: coldest + np.float32(40.0),
        COLD[2]: coldest + np.float32(20.0),
        COLD[3]: coldest - np.float32(tissue.ice_c[1]),
    }
    stored = state.stored_j()
    levels = _through(levels, domain)
    return Heated(domain, state.temperature, coldest, levels, given, stored, state.lost)


def _phases(shot: Shot, shaft: Shaft, cycles: int) -> Iterator[tuple[bool, float]]:
    """Yield freezing and thawing in turn with their seconds."""
    for n in range(cycles):
        if n:
            yield False, 60.0 * shaft.thaw_min
        yield True, shot.seconds


def _cool(
    state: _State,
    bounds: Bounds,
    phase: tuple[float, float],
    coldest: Array,
    probe: Array,
) -> tuple[float, Bounds]:
    """Run one phase; return the energy that probes gave (negative) and the bounds at its end."""
    seconds, probe_c = phase
    tissue = state.domain.tissue
    most = sum(2.0 * tissue.ice_conductivity / d**2 for d in state.spacing_m)
    most += float(state.domain.wall.max()) + tissue.sink
    step = 0.9 * tissue.density * tissue.ice_capacity / most
    blocks = max(1, int(np.ceil(seconds / (step * FREEZE_BLOCK))))
    step = seconds / (blocks * FREEZE_BLOCK)
    low = float(np.float32(temperature_to_enthalpy(state.curve, probe_c)))
    given = 0.0
    for _ in range(blocks):
        chill(
            state.temperature,
            (coldest, state.conductivity, state.sink),
            (state.open, state.domain.wall),
            (tissue.ice_c[1], tissue.conductivity, tissue.ice_conductivity, tissue.sink),
            bounds,
        )
        face_conductance(state.conductivity, state.spacing_m, bounds, state.faces)
        lost, gave = conduct_held(
            (state.enthalpy, state.temperature),
            state.faces,
            (state.sink, state.gain),
            bounds,
            state.curve,
            (FREEZE_BLOCK, step, tissue.body_c),
            (probe, low, probe_c),
        )
        state.lost += lost * state.voxel_m3
        given += gave
        border = outward_flow(state.temperature, state.faces, bounds)
        state.lost += border * step * FREEZE_BLOCK * state.voxel_m3
        bounds = _grown(bounds, state, tissue.body_c)
    np.minimum(coldest, state.temperature, out=coldest)
    return given * state.voxel_m3, bounds

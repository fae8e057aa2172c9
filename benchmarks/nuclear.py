"""Speed of microspheres: kernel dose against local deposition and scipy, draws, the whole room.

Every ratio is of times taken in this run, alternating, medians. Numbers to reach: kernel dose in
the liver box at most 3 times local deposition over the full volume, at least 50 times as quick as
scipy's fftconvolve in float64; the kernel built in 5 s; 1000 draws in 1 s; kinetics in 0.2 s.
Run: python -m benchmarks nuclear
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.signal import fftconvolve

from liverboard.anatomy import Anatomy, examine
from liverboard.case import Case
from liverboard.numerics.grid import Array, bounding_box
from liverboard.patient import Patient, patient_of
from liverboard.phantom import PhantomOptions, make_maa, make_phantom, write_phantom
from liverboard.treatments.arterial_infusion.kernels.kinetics import Body, course
from liverboard.treatments.protocol import Plan, silent
from liverboard.treatments.radioembolization import TREATMENT
from liverboard.treatments.radioembolization.dose import simulated_basis
from liverboard.treatments.radioembolization.kernels import radial, voxel
from liverboard.treatments.radioembolization.kernels.convolve import KernelKey, spread
from liverboard.treatments.radioembolization.lungs import lungs_of
from liverboard.treatments.radioembolization.options import SirtOptions
from liverboard.treatments.radioembolization.setting import Task, setting_of
from liverboard.treatments.radioembolization.tables import beta_branches
from liverboard.treatments.radioembolization.uncertainty import draw, wander
from liverboard.treatments.radioembolization.work import kernel_key, near_liver, territory_masks

SHAPE, STEP_MM = (120, 256, 256), 2.5
KEY: KernelKey = ("y90", 11.0, (STEP_MM, STEP_MM, STEP_MM), 1.05)
K, DENSITY = 49.67, 1.05


def liver_of_1568_ml() -> Array:
    """Return even activity (z, y, x) float32 in an ellipsoid of 1568 ml."""
    axes = [(np.arange(size) - size / 2) * STEP_MM for size in SHAPE]
    z, y, x = (axis / half for axis, half in zip(axes, (66.0, 62.0, 91.5), strict=True))
    inside = z[:, None, None] ** 2 + y[:, None] ** 2 + x**2 <= 1.0
    return inside.astype(np.float32)


def medians(works: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the median time in ms of every piece of work, taken in turns."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            times[name].append(1000.0 * (time.perf_counter() - start))
    return {name: float(np.median(taken)) for name, taken in times.items()}


def convolution() -> None:
    """Print kernel dose against local deposition over the full volume and against scipy."""
    activity = liver_of_1568_ml()
    kernel = voxel.voxel_kernel(*KEY)
    wide = kernel.astype(np.float64)
    scale = np.float32(K * 1000.0 / DENSITY)
    spread(activity, KEY)  # the spectrum is kept from here on
    half = [size // 2 for size in kernel.shape]
    box = bounding_box(activity, margin=(half[0], half[1], half[2]))
    liver = np.ascontiguousarray(activity[box])
    spread(liver, KEY)
    wide_activity = activity.astype(np.float64)
    names = ("local", "box", "found", "peer")
    works: tuple[Callable[[], object], ...] = (
        lambda: activity * scale,
        lambda: spread(liver, KEY),
        lambda: spread(activity, KEY),
        lambda: fftconvolve(wide_activity, wide, mode="same"),
    )
    quick = medians(dict(zip(names[:3], works[:3], strict=True)), 21)
    peer = medians({"peer": works[3]}, 3)["peer"]
    print(f"  kernel {kernel.shape}, liver {activity.sum() * STEP_MM**3 / 1000:.0f} ml")
    for name, what in (("box", "in the liver's box"), ("found", "the box searched for first")):
        ours = quick[name]
        ratios = f"{ours / quick['local']:.2f} x local deposition, {peer / ours:.0f} times scipy"
        print(f"  kernel dose, {what}: {ours:.1f} ms: {ratios}")
    print(f"  local deposition, full volume {quick['local']:.1f} ms; fftconvolve {peer:.0f} ms")
    outer, field = spread(activity, KEY)
    reference = fftconvolve(wide_activity, wide, mode="same")[outer]
    print(f"  largest difference to scipy {np.abs(field - reference).max():.1e} of full dose")


def kernel_build() -> None:
    """Print how long a radial table takes from first principles, and a voxel kernel from it."""
    branches, local_mev = beta_branches("y90")
    radial.build_radial("y90", branches, local_mev=local_mev, histories=1000)  # compile
    start, wall = time.process_time(), time.perf_counter()
    radial.build_radial("y90", branches, local_mev=local_mev)
    took = time.process_time() - start, time.perf_counter() - wall
    print(f"  radial table from first principles: {took[0]:.1f} CPU s, {took[1]:.1f} s")
    radial.radial_kernel("y90")
    start = time.process_time()
    voxel.voxel_kernel("y90", 11.0, (2.6, 2.6, 2.6), 1.05)
    print(f"  voxel kernel from the radial table: {time.process_time() - start:.2f} CPU s")


def patient_with_maa() -> Patient:
    """Return the digital patient with its MAA SPECT, examined."""
    import tempfile
    from pathlib import Path

    from liverboard.case import read_case

    made = make_phantom(PhantomOptions(seed=7))
    with tempfile.TemporaryDirectory() as folder:
        write_phantom(made, Path(folder) / "case", maa=make_maa(made))
        case: Case = read_case(Path(folder) / "case")
    return patient_of(case, examine(case))


def draws_and_room(patient: Patient) -> None:
    """Print the time of 1000 draws, of a map that moves, and of the whole room."""
    anatomy = patient.anatomy
    assert isinstance(anatomy, Anatomy)
    near = near_liver(anatomy)
    task = Task("resin", ("right", "left"), "bilobar")
    setting = setting_of(task, patient.facts, lungs_of(patient.case, "spect_maa"))
    masks = territory_masks(near, task.territories)
    assert isinstance(masks, dict)
    key = kernel_key(setting.device.nuclide, near, setting.density.value)
    basis = simulated_basis(near, masks, key, setting.density.value)
    draw(basis, (1.0, 0.5), setting, SirtOptions(draws=100))
    wander(basis, near.grid.spacing_mm, 4.0)
    taken = medians(
        {
            "1000 draws": lambda: draw(basis, (1.0, 0.5), setting, SirtOptions(draws=1000)),
            "moves": lambda: wander(basis, near.grid.spacing_mm, 4.0),
        },
        5,
    )
    print(f"  1000 draws of every mean dose: {taken['1000 draws']:.0f} ms")
    print(f"  27 moves of a measured map: {taken['moves']:.0f} ms")
    start = time.perf_counter()
    plans = [TREATMENT.plan(one, patient, silent) for one in TREATMENT.propose(patient)]
    seconds = time.perf_counter() - start
    made = sum(isinstance(plan, Plan) for plan in plans)
    print(f"  whole room, {made} plans on the digital patient: {seconds:.1f} s")


def kinetics() -> None:
    """Print the time of a day of infusion into two territories."""
    body = Body(
        arterial=np.array([0.2, 0.1]), portal=np.array([0.7, 0.3]),
        tumour_flow=np.array([0.02, 0.01]), liver_l=np.array([0.9, 0.5]),
        tumour_l=np.array([0.05, 0.02]), most=np.array([44.0, 18.0]), half=23.2, central_l=5.0,
        peripheral_l=8.0, exchange=1.0, gut_l=0.5, clearance=0.3,
    )  # fmt: skip
    course(body, artery=(14.0, 6.0), minutes=60.0)
    taken = medians({"run": lambda: course(body, artery=(14.0, 6.0), minutes=1440.0)}, 5)
    print(f"  kinetics, a day of 5-FU by artery: {taken['run']:.0f} ms")


def main() -> None:
    """Print every figure."""
    convolution()
    kernel_build()
    kinetics()
    draws_and_room(patient_with_maa())


if __name__ == "__main__":
    main()

"""What blood does to an ablation: one antenna alone, and beside vessels of several widths.

python examples/heat.py
"""

import numpy as np

from liverboard.numerics.grid import Grid
from liverboard.treatments.ablation.heat.domain import Domain, Vessels, bare, domain_of, walls_of
from liverboard.treatments.ablation.heat.run import HOT, Shot, heat
from liverboard.treatments.ablation.heat.source import applicator
from liverboard.treatments.ablation.heat.tissue import liver

grid = Grid((50, 50, 50), (1.5, 1.5, 1.5), (-36.75, -36.75, -36.75))
antenna = applicator("emprint").reading("living")
shot = Shot(np.zeros(3), np.array([[0.0, 0.0, -11.5]]), np.array([0.0, 0.0, 1.0]), 100.0, 600.0)

print("Emprint, 100 W for 10 minutes: ml that each model calls dead")
print(f"{'':34}" + "".join(f"{model:>13}" for model in HOT))


def show(name: str, domain: Domain) -> None:
    """Print one line."""
    found = heat(domain, [shot], antenna)
    print(f"{name:34}" + "".join(f"{found.volume_ml(model):13.1f}" for model in HOT))


show("liver", bare(grid, liver()))
show("cirrhotic liver, little perfusion", bare(grid, liver().but(perfusion_per_s=0.0036)))
for diameter_mm in (3.0, 6.0, 12.0):
    z = np.arange(-40.0, 40.0, 0.5)
    wall_mm = 8.0
    line = np.stack([np.full_like(z, wall_mm + diameter_mm / 2), 0 * z, z], axis=1)
    vessels = Vessels(line, np.full(len(z), diameter_mm / 2))
    show(f"vessel of {diameter_mm:g} mm, 8 mm away", domain_of(walls_of(grid, vessels), liver()))

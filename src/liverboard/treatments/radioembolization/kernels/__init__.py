"""Physics of radioembolization as pure functions: arrays in, arrays out.

`spectrum` what a nuclide emits, `electron` how electrons lose energy, `transport` where they leave
it, `voxel` what of it reaches which voxel, `convolve` the dose of a whole map.
"""

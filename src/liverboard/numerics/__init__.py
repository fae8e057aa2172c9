"""Arrays in, arrays out: space, distance, resampling, graphs and cuts. Knows no patient."""

"""Exhibits of a plan turned into shapes that the templates write as SVG."""

from liverboard.report.chart.bars import BarChart, bar_chart
from liverboard.report.chart.curves import CurveChart, curve_chart
from liverboard.report.chart.grid_table import GridTable, grid_table
from liverboard.report.chart.raster import RasterChart, raster_chart

__all__ = [
    "BarChart",
    "CurveChart",
    "GridTable",
    "RasterChart",
    "bar_chart",
    "curve_chart",
    "grid_table",
    "raster_chart",
]

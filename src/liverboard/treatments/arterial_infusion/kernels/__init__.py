"""Arithmetic of a pump and kinetics of an infused drug: numbers and arrays in and out."""

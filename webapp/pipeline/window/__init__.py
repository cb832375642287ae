"""Fits the slices of a Run into `max_lines` and `max_chars`, saying whatever is cut."""

from .fitting import fit
from .slices import slice_of

__all__ = ["fit", "slice_of"]

"""Pages for people: rendered here, readable without script, one module a page."""

from . import overview
from .frame import area

__all__ = ["area", "overview"]

"""Git-aware bisect and provenance for numerical parity."""

__all__ = ["__version__"]

__version__ = "0.1.0"

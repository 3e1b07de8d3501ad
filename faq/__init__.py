"""Shop folders, one a tenant; the demo shop ships with the package."""

from pathlib import Path

__all__ = ["demo_folder"]


def demo_folder() -> Path:
    """The demo shop's folder as installed."""
    return Path(__file__).parent / "demo"

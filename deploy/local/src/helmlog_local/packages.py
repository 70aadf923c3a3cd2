import importlib.util
from pathlib import Path


def find_package(name: str) -> Path:
    """The folder of an installed package, found without running any of its code."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {name} is not installed; run 'uv sync'")
    return Path(spec.origin).parent

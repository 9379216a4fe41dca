"""Stand-in: the process of `microk8s join` has the name that it has in the original, by which others see that a join runs."""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).resolve().parents[2] / "lib/microk8s/main.py"), run_name="__main__")

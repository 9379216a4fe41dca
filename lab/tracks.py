"""What the lab's MicroK8s channels carry. Every other version is a line of a module file below kubernetes/."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """A track of MicroK8s: the Kubernetes it carries and the base of its snap."""

    track: str
    kubernetes: str
    base: str

    @property
    def minor(self) -> str:
        return self.track.split(".")[1]


RELEASES = {
    release.track: release
    for release in (
        Release("1.33", "1.33.13", "core20"),
        Release("1.34", "1.34.4", "core22"),
    )
}

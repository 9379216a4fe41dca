"""What holds for every unit test."""

from __future__ import annotations

from hypothesis import settings

# A property holds or it does not; how long an example took on a machine that carries virtual Pis meanwhile says nothing about it.
settings.register_profile("pikube", deadline=None)
settings.load_profile("pikube")

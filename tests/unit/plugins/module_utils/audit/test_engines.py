# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.audit.engines import ENGINES
from ansible_collections.pikube.stateful.plugins.module_utils.audit.known import KINDS


def test_an_image_of_its_own_tells_one_engine():
    owned = [image for engine in ENGINES for image in engine.own_images]
    assert len(owned) == len(set(owned))


def test_engines_that_share_a_provisioner_say_which_they_are():
    for engine in ENGINES:
        others = [one for one in ENGINES if one is not engine and set(one.provisioners) & set(engine.provisioners)]
        assert not others or engine.storage_types


def test_operators_and_data_are_images_of_the_engine_and_kinds_are_read():
    for engine in ENGINES:
        assert {*engine.own_images, *engine.operators, *engine.data_images} <= set(engine.images)
        kinds = {engine.budget_of, engine.policy and engine.policy.kind, engine.fence and engine.fence.kind} - {None}
        assert kinds <= {kind for kind, _versions in KINDS}


def test_only_engines_with_copies_have_what_goes_with_them():
    for engine in ENGINES:
        assert engine.replicated or not (engine.copies or engine.policy or engine.majority or engine.budget_of)

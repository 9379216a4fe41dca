# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit.api_server import Server


@pytest.fixture
def serve():
    servers = []

    def start(answers=None):
        servers.append(Server(answers))
        return servers[-1]

    yield start
    for server in servers:
        server.close()

"""The error of the package."""

from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError


def test_facts_stand_beside_the_text():
    error = NetworkError("no", path="/etc/x")
    assert (str(error), error.facts) == ("no", {"path": "/etc/x"})

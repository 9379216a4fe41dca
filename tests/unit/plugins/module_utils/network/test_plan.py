"""Which files change."""

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import CONNECTION, POWER_SAVE, File, plan
from hypothesis import given
from hypothesis import strategies as st

A, B = File("/etc/a", "one"), File("/etc/b", "two")
files = st.lists(
    st.builds(
        File,
        st.sampled_from(["/a", "/b", "/c", "/d"]),
        st.sampled_from(["one", "two"]),
        st.sampled_from([0o600, 0o644]),
        st.just(CONNECTION),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda file: file.path,
)


@pytest.mark.parametrize(
    ("current", "wanted", "writes", "removes"),
    [
        pytest.param([], [], [], [], id="nothing here, nothing wanted"),
        pytest.param([A], [A], [], [], id="as wanted"),
        pytest.param([], [A], [A], [], id="a new file"),
        pytest.param([A], [File("/etc/a", "other")], [File("/etc/a", "other")], [], id="another text"),
        pytest.param([File("/etc/a", "one", 0o644)], [A], [A], [], id="a file that others may read"),
        pytest.param([A, B], [B], [], [A], id="a file that nobody wants"),
        pytest.param([File("/etc/a", "one", shared=True)], [], [], [], id="a shared file stays"),
        pytest.param([], [B, A], [A, B], [], id="in the order of paths"),
    ],
)
def test_plan(current, wanted, writes, removes):
    change = plan(current, wanted)
    assert (list(change.writes), list(change.removes)) == (writes, removes)
    assert bool(change) == bool(writes or removes)


@given(files, files)
def test_carried_out_it_leaves_nothing_to_do(current, wanted):
    change = plan(current, wanted)
    after = {file.path: file for file in current}
    after.update((file.path, file) for file in change.writes)
    for file in change.removes:
        del after[file.path]
    assert not plan(after.values(), wanted)
    assert {file.path for file in wanted} <= set(after)


def test_paths_are_told_apart_by_subject():
    change = plan([A], [File("/etc/p", "", 0o644, POWER_SAVE)])
    assert change.paths_of(CONNECTION) == ["/etc/a"]
    assert change.paths_of(POWER_SAVE) == ["/etc/p"]


def test_a_text_does_not_show_in_a_traceback():
    assert "one" not in repr(plan([], [A]))

from cpc.components.difference import difference


def test_a_comparison_escapes_what_people_typed():
    assert difference("a <b>", "a <i>") == ('a &lt;<del class="app-removed">b</del><ins class="app-added">i</ins>&gt;')

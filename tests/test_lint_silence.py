"""Comments that silence rules."""

import pytest

from harness.lint import lint_template, selects


@pytest.mark.parametrize(
    ("template", "lines"),
    [
        ("{% comment %}lint: ignore CP531{% endcomment %}\n{{ email }}\n{{ email }}", [3]),
        ("{{ email }} {% # lint: ignore CP531 %}", []),
        ("{% comment %}lint: ignore CP53x{% endcomment %}{{ email }}", []),
        ("{% comment %}lint: ignore CP1xx, cp5xx{% endcomment %}{{ email }}", []),
        ("{% comment %}lint: ignore{% endcomment %}{{ email }}", []),
        ("{% comment %}lint: ignore CP541{% endcomment %}{{ email }}", [1]),
        ("{{ email }}\n\n\n{{ email }}{% comment %}lint: ignore-file CP531{% endcomment %}", []),
        ("{% comment %}ignore CP531{% endcomment %}{{ email }}", [1]),
        ("{% raw %}{% comment %}lint: ignore{% endcomment %}{% endraw %}{{ email }}", [1]),
        ("<!-- lint: ignore CP531 -->{{ email }}", [1]),
    ],
)
def test_comment_silences_its_lines_and_the_next(template, lines):
    assert [each.line for each in lint_template(template)] == lines


@pytest.mark.parametrize(
    ("patterns", "is_selected"),
    [
        (["CP531"], True),
        (["cp53x"], True),
        (["CPxxx"], True),
        (["CP53"], False),
        ([], False),
        (["C.*"], False),
    ],
)
def test_x_stands_for_a_digit(patterns, is_selected):
    assert selects(patterns, "CP531") is is_selected

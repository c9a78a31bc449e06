"""HTML as readable text, and foreign text on a terminal; JSON and profiles as values."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.payload import PayloadError, read_payload
from harness.profile import User, build_profile
from harness.text import html_to_text, printable


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a<br>b", "a\nb"),
        ("<ul><li>a</li><li><b>b</b></li><li></li></ul>", "• a\n• b"),
        (
            "<table><tr><th>Plan</th><td>Pro</td></tr><tr><th>Paid</th><td>$1</td></tr></table>",
            "Plan  Pro\nPaid  $1",
        ),
        ("<dl><dt>Plan</dt><dd>Pro</dd></dl>", "Plan\nPro"),
        ("<style>p{}</style><script>x()</script>seen<title>no</title>", "seen"),
        ("a &amp; b &lt;c&gt; &nbsp; d", "a & b <c> d"),
        ("  many\n\n   spaces ", "many spaces"),
        ('<img alt="Face" src="x"> of <a href="/">Casey</a>', "Face of Casey"),
        ("<p>never closed <b>bold", "never closed bold"),
        ("", ""),
    ],
)
def test_html_reads_as_text(html, text):
    assert html_to_text(html) == text


@given(st.text())
def test_no_html_breaks_the_reader(html):
    assert isinstance(html_to_text(html), str)


@example("\x1b[31m \x7f \x9b \u202e \u2066 \ud800 \r")
@given(st.text(alphabet=st.characters(codec=None)))
def test_printable_text_cannot_steer_a_terminal(text):
    shown = printable(text)
    assert not any(ord(character) < 32 and character not in "\n\t" for character in shown)
    assert not set(shown) & {"\x7f", "\x9b", "\u202e", "\u2066"}
    shown.encode()


@given(st.binary())
def test_no_body_makes_anything_but_a_payload_or_its_error(body):
    try:
        payload = read_payload(body)
    except PayloadError:
        return
    assert payload.value == json.loads(body)


def test_reserved_fields_win_and_are_reported():
    user = User("casey@example.com", full_name="Casey van der Morgan", status="unread")
    profile = build_profile({"id": 3, "name": "x", "status": None}, user, name="Customer")
    assert profile.fields == {
        "id": 3,
        "name": "Customer",
        "status": "unread",
        "email": "casey@example.com",
        "first_name": "Casey",
        "last_name": "van der Morgan",
        "full_name": "Casey van der Morgan",
    }
    assert [(override.key, override.helpdesk_value) for override in profile.overridden] == [
        ("name", "Customer"),
        ("status", "unread"),
    ]

"""The template editor: one look at what is written, and in Chromium its colours, marks, words, preview."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from helpdesk_parts import BASE, get, post, raw_mail
from playwright.sync_api import expect

FIELDS = {"plan": "Pro", "last_charge_amount": "$150.00", "a b": 1, "deep": {"x": 1}, "name": "x"}
TEMPLATE = "<b class=x>{{ plan | upcase }}</b>\n{# no #}{{ paln }}\n{% iff 1 %}{% comment %}q{% endcomment %}"
SHOWN = {
    "id": 3,
    "created_at": "2013-06-16 12:36:36 Z",
    "last_charge_amount": "$150.00",
    "sign_in_count": 23,
    "stripe_customer_token": "cus_XdlkjDfljdl",
}
PICTURED = """<h3>{{ full_name | escape }}</h3>
<table>
  <tr><th>Customer since</th><td>{{ created_at | date: "%d %b %Y" }}</td></tr>
  {% if last_charge_amount %}
  <tr><th>Last charge</th><td><b>{{ last_charge_amount }}</b></td></tr>
  {% endif %}
</table>
<a href="https://dashboard.stripe.com/customers/{{ stripe_customer_token }}">Open in Stripe</a>"""
ROOT = Path(__file__).parent.parent
EDITOR = "/settings/custom-profile"


def _look(client, template, customer="casey@example.com", **form):
    word = re.search(r'data-signature="([^"]+)"', get(client, EDITOR).text)[1]
    form = {"template": template, "headline": "At a glance", "customer": customer, "signature": word, **form}
    return client.post("/editor/look", base_url=BASE, data=form)


@pytest.fixture
def editor_client(open_page, page_webhook):
    page_webhook.body = json.dumps(FIELDS).encode()
    return open_page(template="{{ plan }}")


def test_look_gives_preview_marks_and_fields(editor_client, page_webhook):
    seen = _look(editor_client, "{% assign mine = 1 %}<b>{{ plan }}</b>\n {{ paln }}{{ mine }}").json
    frame = get(editor_client, f"/editor/previews/{seen['preview']}")
    assert "<b>Pro</b>" in frame.text
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    (mark,) = seen["marks"]
    assert (mark["severity"], mark["line"], mark["column"], mark["end_column"]) == ("warning", 2, 5, 9)
    assert "paln" in mark["message"]
    fields = {field["name"]: field for field in seen["fields"]}
    assert list(fields)[:3] == ["plan", "last_charge_amount", "a b"]
    assert fields["plan"]["value"] == "Pro"
    assert (fields["a b"]["is_writable"], fields["email"]["value"]) == (False, "casey@example.com")
    assert "deep" not in fields
    assert page_webhook.calls == 1, "a look fetches nothing"


def test_keys_that_cannot_be_seen_are_written_out_in_the_list(open_page, page_webhook):
    page_webhook.body = json.dumps({"": 1, "k\u200bz": 2}).encode()
    fields = _look(open_page(), "x").json["fields"]
    assert [field["name"] for field in fields[:2]] == ["(empty key)", "k\\u200bz"]
    assert not any(field["is_writable"] for field in fields[:2])


@pytest.mark.parametrize(
    ("template", "place", "said", "shown"),
    [
        ("a\n  {% plan %}", (2, 6, 10), "no tag “plan”", "line 2: Unknown tag 'plan'"),
        ("a{% if plan %}\n\nb", (1, 2, 15), "'if' tag was never closed", "'if' tag was never closed"),
    ],
)
def test_syntax_error_is_marked_at_its_place(editor_client, template, place, said, shown):
    seen = _look(editor_client, template).json
    assert (seen["preview"], shown in seen["problem"]) == ("", True)
    (mark,) = seen["marks"]
    assert (mark["severity"], said in mark["message"]) == ("error", True)
    assert (mark["line"], mark["column"], mark["end_column"]) == place


def test_customer_of_whom_nothing_was_fetched_is_shown_as_unknown(editor_client):
    seen = _look(
        editor_client, "{% if plan %}a{% else %}none for {{ email | escape }}{% endif %}", "New@example.org"
    ).json
    assert "none for New@example.org" in get(editor_client, f"/editor/previews/{seen['preview']}").text
    assert (seen["marks"], "does not know" in seen["note"]) == ([], True)
    assert "Choose a customer" in _look(editor_client, "x", "").json["note"]


def test_what_a_test_fetched_is_shown_until_newer_fields_come(editor_client, page_webhook):
    form = {"headline": "x", "template": "{{ plan }}", "webhook_url": page_webhook.url, "behaviour": "usual"}
    page_webhook.body = b'{"plan": "Tried", "seats": 5}'
    for email in ("New@example.org", "casey@example.com"):
        post(editor_client, EDITOR, **form, do="test", email=email)
        seen = _look(editor_client, "{{ plan }}{{ paln }}", email).json
        assert "Tried" in get(editor_client, f"/editor/previews/{seen['preview']}").text
        assert [field["name"] for field in seen["fields"]][:2] == ["plan", "seats"]
        assert (seen["note"], len(seen["marks"])) == ("", 1)
    page_webhook.body = b'{"plan": "Newest"}'
    post(editor_client, "/conversations/1/refresh", "/conversations/1")
    seen = _look(editor_client, "{{ plan }}").json
    assert "Newest" in get(editor_client, f"/editor/previews/{seen['preview']}").text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_preview_is_light_or_dark_as_asked(editor_client, scheme):
    name = _look(editor_client, "x").json["preview"]
    assert (
        f":root{{color-scheme:{scheme}}}"
        in get(editor_client, f"/editor/previews/{name}?scheme={scheme}").text
    )
    odd = get(editor_client, f"/editor/previews/{name}?scheme=}}evil").text
    assert ":root{color-scheme:light dark}" in odd
    assert "evil" not in odd


def test_look_that_cannot_be_says_why(editor_client):
    assert _look(editor_client, "x", signature="forged").status_code == 403
    assert _look(editor_client, "x" * 500_001).status_code == 422
    assert get(editor_client, "/editor/previews/nothing").status_code == 404
    slow = _look(
        editor_client, "{% for a in (1..900000) %}{% for b in (1..900000) %}x{% endfor %}{% endfor %}"
    ).json
    assert (slow["preview"], "too much" in slow["problem"] or "longer than" in slow["problem"]) == ("", True)


@pytest.fixture
def editor_page(serve_page, page_webhook, chromium):
    page_webhook.body = json.dumps(FIELDS).encode()
    address, desk = serve_page(template="", mails=[raw_mail(), raw_mail("b", sender="zoe@example.org")])
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(EDITOR)
    page.locator("#editor-fields li").first.wait_for()
    yield page
    desk.wait()
    # What a hostile profile is kept from is told as an error too.
    kept_from = ('directive: "img-src data:"', "Blocked script execution")
    assert [error for error in errors if not any(words in error for words in kept_from)] == []
    context.close()


def _written(page):
    return page.locator("#template").input_value()


def _preview(page):
    return page.frame_locator("#editor-frame").locator("body")


@pytest.mark.browser
def test_preview_follows_what_is_typed_without_a_step_in_the_history(editor_page):
    steps = editor_page.evaluate("history.length")
    editor_page.locator("#template").press_sequentially("<p>Plan: {{ plan }}")
    _preview(editor_page).get_by_text("Plan: Pro").wait_for()
    editor_page.locator("#template").press_sequentially("!</p>")
    _preview(editor_page).get_by_text("Plan: Pro!").wait_for()
    assert editor_page.evaluate("history.length") == steps
    editor_page.get_by_label("Preview with").fill("nobody@example.org")
    editor_page.get_by_text("does not know").wait_for()


@pytest.mark.browser
def test_last_preview_stays_dimmed_while_half_a_tag_is_typed(editor_page):
    area, frame = editor_page.locator("#template"), editor_page.locator("#editor-frame")
    area.press_sequentially("<p>Plan: {{ plan }}</p>")
    _preview(editor_page).get_by_text("Plan: Pro").wait_for()
    assert frame.get_attribute("class") != "stale"
    area.press_sequentially("{{")
    editor_page.locator("#editor-problem").wait_for()
    assert frame.get_attribute("class") == "stale"
    assert _preview(editor_page).get_by_text("Plan: Pro").is_visible()
    area.press_sequentially(" plan }}")
    editor_page.locator("#editor-problem").wait_for(state="hidden")
    assert frame.get_attribute("class") == ""


@pytest.mark.browser
def test_typing_is_debounced(editor_page):
    looks = []
    editor_page.on(
        "request", lambda request: looks.append(request.url) if "/editor/look" in request.url else None
    )
    editor_page.locator("#template").press_sequentially("0123456789", delay=20)
    _preview(editor_page).get_by_text("0123456789").wait_for()
    assert len(looks) <= 2


@pytest.mark.browser
def test_text_is_coloured_and_lies_where_it_is_typed(editor_page):
    comment = "{% comment %}<i>{{ no }}\n{% endcomment %}"
    template = '<b class="x">{{ plan | upcase }}</b>\n{% if plan == "Pro" %}y{% endif %}\n\n' + comment + "<u"
    editor_page.locator("#template").fill(template)
    lines = editor_page.locator("#editor-paint .code-line").all_inner_texts()
    assert [line.replace("\u200b", "") for line in lines] == template.split("\n")
    kinds = editor_page.locator("#editor-paint span").evaluate_all(
        "spans => spans.filter(s => s.className).map(s => [s.className.split(' ')[0], s.textContent])"
    )
    for kind, text in (
        ("html", "<b"),
        ("attribute", "class"),
        ("string", '"x"'),
        ("edge", "{{"),
        ("field", "plan"),
        ("filter", "upcase"),
        ("tag", "if"),
        ("string", '"Pro"'),
        ("tag", "endif"),
        ("quiet", "{% comment %}<i>{{ no }}"),
        ("html", "<u"),
    ):
        assert [f"t-{kind}", text] in kinds
    typed, painted = (
        editor_page.locator(part).evaluate("part => part.scrollHeight")
        for part in ("#template", "#editor-paint")
    )
    assert typed == painted


@pytest.mark.browser
def test_errors_are_marked_and_lead_to_their_place(editor_page):
    area = editor_page.locator("#template")
    area.fill("fine\n{{ paln }}\n{% iff %}")
    editor_page.get_by_role("button", name="Line 3").wait_for()
    assert area.get_attribute("aria-invalid") == "true"
    assert editor_page.locator("#editor-paint .marked.error").all_inner_texts() != []
    assert "".join(editor_page.locator("#editor-paint .marked.warning").all_inner_texts()) == "paln"
    assert "to look at in the template" in editor_page.locator("#editor-summary").inner_text()
    editor_page.get_by_role("button", name="Line 2").press("Enter")
    assert editor_page.evaluate("getSelection().toString()") == "paln"
    editor_page.keyboard.type("plan")
    editor_page.get_by_role("button", name="Line 2").wait_for(state="detached")


@pytest.mark.browser
def test_what_can_be_mended_safely_is_mended_by_a_button(editor_page):
    area = editor_page.locator("#template")
    area.fill("𝄞 <p>{{ full_name }}</p>\n")
    editor_page.get_by_role("button", name="Mend line 1").click()
    assert _written(editor_page) == "𝄞 <p>{{ full_name | escape }}</p>\n"
    editor_page.get_by_role("button", name="can hold HTML").wait_for(state="detached")
    editor_page.keyboard.press("Control+z")
    assert _written(editor_page) == "𝄞 <p>{{ full_name }}</p>\n"


@pytest.mark.browser
def test_fields_filters_and_tags_are_completed_by_keyboard(editor_page):
    area = editor_page.locator("#template")
    area.press_sequentially("{{ la")
    options = editor_page.get_by_role("option")
    assert options.all_inner_texts() == ["last_charge_amount\n$150.00", "last_name\nMorgan", "plan\nPro"]
    assert area.get_attribute("aria-activedescendant") == "editor-choice-0"
    editor_page.keyboard.press("ArrowDown")
    assert options.nth(1).get_attribute("aria-selected") == "true"
    editor_page.keyboard.press("ArrowUp")
    editor_page.keyboard.press("Enter")
    assert _written(editor_page) == "{{ last_charge_amount }}"
    editor_page.keyboard.type(" | upc")
    editor_page.keyboard.press("Tab")
    assert _written(editor_page) == "{{ last_charge_amount | upcase }}"
    editor_page.keyboard.press("End")
    editor_page.keyboard.type("{% unl")
    editor_page.keyboard.press("Enter")
    assert _written(editor_page).endswith("}}{% unless")
    editor_page.keyboard.press("Control+z")
    assert _written(editor_page).endswith("{% unl")


@pytest.mark.browser
def test_completion_closes_no_output_that_ends_on_another_line(editor_page):
    area = editor_page.locator("#template")
    area.evaluate(
        "area => { area.value = '{{\\n  pl\\n}}'; area.focus(); area.setSelectionRange(7, 7);"
        " area.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    area.press("Control+Space")
    editor_page.get_by_role("option").first.wait_for()
    editor_page.keyboard.press("Enter")
    assert _written(editor_page) == "{{\n  plan\n}}"


@pytest.mark.browser
def test_completion_is_left_by_escape_and_asked_for_by_control_space(editor_page):
    area = editor_page.locator("#template")
    area.press_sequentially("text ")
    assert editor_page.locator("#editor-choices").is_hidden()
    area.press_sequentially("{{ p")
    editor_page.get_by_role("option").first.wait_for()
    editor_page.keyboard.press("Escape")
    assert editor_page.locator("#editor-choices").is_hidden()
    editor_page.keyboard.press("Tab")
    assert editor_page.evaluate("document.activeElement.id") != "template", "Tab leaves the text"
    area.focus()
    editor_page.keyboard.press("Control+Space")
    assert editor_page.get_by_role("option").first.is_visible()
    area.fill("{{ 'pl")
    assert editor_page.locator("#editor-choices").is_hidden()


@pytest.mark.browser
def test_word_that_is_being_completed_is_marked_only_when_that_is_over(editor_page):
    area = editor_page.locator("#template")
    # At once, before the editor looks: what is not being completed is marked.
    area.evaluate(
        "area => { area.value = '{{ nothing }}\\n{{ pla }}'; area.focus(); area.setSelectionRange(20, 20);"
        " area.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    area.press("Control+Space")
    editor_page.get_by_role("option").first.wait_for()
    editor_page.get_by_role("button", name="“nothing”").wait_for()
    assert editor_page.get_by_role("button", name="“pla”").count() == 0
    area.press("Escape")
    editor_page.get_by_role("button", name="“pla”").wait_for()


@pytest.mark.browser
def test_field_of_the_list_is_put_in_at_the_cursor(editor_page):
    area = editor_page.locator("#template")
    area.press_sequentially("a")
    editor_page.get_by_role("button", name="plan Pro").click()
    assert _written(editor_page) == "a{{ plan }}"
    area.fill("{{ ")
    editor_page.get_by_role("button", name="last_charge_amount").press("Enter")
    assert _written(editor_page) == "{{ last_charge_amount"
    assert editor_page.locator("#editor-fields").get_by_role("button", name="a b").count() == 0


@pytest.mark.browser
def test_widths_and_colours_of_the_preview(editor_page):
    editor_page.locator("#template").fill("<p>x</p>")
    _preview(editor_page).get_by_text("x").wait_for()
    for width in (260, 400, 320):
        editor_page.get_by_label(f"{width} px").check(force=True)
        assert editor_page.locator("#editor-sidebar").evaluate("e => e.offsetWidth") == width
    for scheme, colour in (("Dark", "rgb(228, 231, 238)"), ("Light", "rgb(31, 36, 48)")):
        editor_page.get_by_label(scheme, exact=True).check(force=True)
        editor_page.wait_for_function(
            "name => document.getElementById('editor-stage').dataset.scheme === name", arg=scheme.lower()
        )
        _preview(editor_page).get_by_text("x").wait_for()
        editor_page.wait_for_timeout(150)
        assert _preview(editor_page).evaluate("body => getComputedStyle(body).color") == colour


@pytest.mark.browser
def test_template_is_saved_as_it_was_typed(editor_page):
    editor_page.locator("#template").press_sequentially("  <b>\n{{ plan }}")
    editor_page.get_by_role("button", name="Save").click()
    editor_page.get_by_text("Saved.").wait_for()
    editor_page.locator("#editor-fields li").first.wait_for()
    assert _written(editor_page) == "  <b>\n  {{ plan }}"


@pytest.mark.browser
def test_hostile_fields_stay_text_in_the_editor(editor_page, page_webhook):
    page_webhook.body = json.dumps({"<img src=x onerror=alert(1)>": 1, "plan": "<img src=/beacon>"}).encode()
    editor_page.goto("/conversations/1")
    editor_page.get_by_role("button", name="Refresh").click()
    editor_page.get_by_text("Profile updated").wait_for(state="attached")
    editor_page.goto(EDITOR)
    editor_page.get_by_label("Preview with").fill("casey@example.com")
    editor_page.locator("#template").fill(
        '<img src="/beacon">{{ plan }}<script>parent.document.title="x"</script>'
    )
    editor_page.get_by_text("<img src=x onerror=alert(1)>").first.wait_for()
    editor_page.wait_for_timeout(300)
    assert editor_page.locator("#editor img").count() == 0
    assert page_webhook.beacons == []
    assert editor_page.title() == "Settings, Custom Profile · Helpdesk"


@pytest.mark.browser
def test_without_its_script_it_is_a_plain_textarea(serve_page, chromium):
    address, _ = serve_page(template="<b>{{ plan }}</b>")
    page = chromium.new_context(base_url=address, java_script_enabled=False).new_page()
    page.goto(EDITOR)
    area = page.locator("#template")
    assert area.evaluate("area => getComputedStyle(area).color") != "rgba(0, 0, 0, 0)"
    for part in ("#editor-paint", "#editor-below", "#editor-found", "#editor-choices"):
        assert page.locator(part).is_hidden(), part
    area.fill("<i>{{ plan }}</i>")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert _written(page) == "<i>{{ plan }}</i>"
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_editor_fault_and_message_forms_have_no_violation(serve_page, chromium, scheme, width):
    address, desk = serve_page(template=TEMPLATE)
    desk.faults.choose("nested")
    page = chromium.new_page(base_url=address, color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto(EDITOR)
    page.get_by_role("button", name="Line 3").wait_for()
    page.locator("#template").press("Control+End")
    page.locator("#template").press_sequentially("\n{{ la")
    page.get_by_role("option").first.wait_for()
    found = _violations(page)
    page.goto("/conversations/1")
    page.get_by_text("Try a fault").click()
    page.get_by_text("Write as Casey Morgan").click()
    page.get_by_label("Redirect").check()
    found += _violations(page)
    page.goto("/messages/new")
    found += _violations(page)
    page.close()
    assert found == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
def test_button_that_mends_stands_beside_what_it_mends(editor_page, width):
    editor_page.set_viewport_size({"width": width, "height": 900})
    editor_page.locator("#template").fill("{{ full_name }}")
    mend = editor_page.get_by_role("button", name="Mend line 1")
    mend.wait_for()
    marks = editor_page.locator("#editor-marks")
    assert marks.evaluate("list => list.scrollWidth <= list.clientWidth")
    said = editor_page.get_by_role("button", name="Line 1 “full_name”").bounding_box()
    assert said["x"] + said["width"] <= mend.bounding_box()["x"]
    assert said["width"] > 150
    mend.click()
    editor_page.get_by_text("Nothing to mend in the template").wait_for()
    assert _written(editor_page) == "{{ full_name | escape }}"


@pytest.mark.browser
def test_long_list_of_completions_can_be_scrolled_and_read_by_all(editor_page):
    area = editor_page.locator("#template")
    area.press_sequentially("x {{ ")
    area.press("Control+ ")
    choices = editor_page.locator("#editor-choices")
    choices.wait_for()
    assert choices.evaluate("list => list.scrollHeight > list.clientHeight")
    assert _violations(editor_page) == []
    box = choices.bounding_box()
    editor_page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 1)
    assert choices.is_visible(), "beside its choices a click takes no focus from the text"
    area.press("Tab")
    assert _written(editor_page).startswith("x {{ plan }}")


LONG = "".join(f"line {number}\n" for number in range(1, 61))


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_long_template_is_scrolled_with_its_colours(editor_page, size):
    editor_page.set_viewport_size({"width": size[0], "height": size[1]})
    area = editor_page.locator("#template")
    area.fill(f"{LONG}last")
    area.press("Control+Home")
    area.press("Control+End")
    expect(editor_page.locator("#editor-paint .code-line").last).to_be_in_viewport(ratio=0.6)
    assert editor_page.locator("#editor-code").evaluate("box => box.scrollTop") > 0
    for layer in ("#template", "#editor-paint"):
        found = editor_page.locator(layer).evaluate("e => [e.scrollTop, e.scrollHeight - e.clientHeight]")
        assert found == [0, 0], "the box scrolls, and nothing within it"
    area.press("Control+Home")
    expect(editor_page.locator("#editor-paint .code-line").first).to_be_in_viewport(ratio=0.6)


@pytest.mark.browser
def test_wheel_over_a_short_template_scrolls_the_page(editor_page):
    editor_page.set_viewport_size({"width": 1440, "height": 600})
    editor_page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    editor_page.locator("#editor-code").hover()
    before = editor_page.evaluate("scrollY")
    editor_page.mouse.wheel(0, 200)
    editor_page.wait_for_function("before => scrollY > before", arg=before)


@pytest.mark.browser
def test_problem_leads_to_a_line_out_of_sight(editor_page):
    area = editor_page.locator("#template")
    area.fill(f"{LONG}{{{{ paln }}}}\n{LONG}")
    area.press("Control+Home")
    editor_page.get_by_role("button", name="Line 61").click()
    expect(editor_page.locator("#editor-paint .code-line").nth(60)).to_be_in_viewport(ratio=0.6)
    assert editor_page.evaluate("getSelection().toString()") == "paln"


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 900), (1440, 500), (390, 844)])
@pytest.mark.parametrize("lines", [14, 60])
def test_completions_are_seen_whole_wherever_the_cursor_is(editor_page, size, lines):
    editor_page.set_viewport_size({"width": size[0], "height": size[1]})
    area = editor_page.locator("#template")
    area.fill("line\n" * lines)
    area.press("Control+End")
    area.press_sequentially("{{ ")
    choices = editor_page.locator("#editor-choices")
    choices.wait_for()
    expect(choices).to_be_in_viewport(ratio=0.98)
    # In one step: the window may still scroll.
    top_is_seen, bottom_is_seen, above, below = choices.evaluate(
        """list => {
            const box = list.getBoundingClientRect();
            const line = document.querySelector("#editor-paint").lastChild.getBoundingClientRect();
            const isSeen = (y) => list.contains(document.elementFromPoint(box.left + 30, y));
            const gaps = [line.top - box.bottom, box.top - line.bottom];
            return [isSeen(box.top + 8), isSeen(box.bottom - 8), ...gaps];
        }"""
    )
    assert (top_is_seen, bottom_is_seen) == (True, True), "nothing lies over it"
    assert max(above, below) > -10, "the line of the cursor can be read"


@pytest.mark.browser
def test_marks_stand_at_their_place_behind_letters_of_two_units(editor_page):
    editor_page.locator("#template").fill("😀👨‍👩‍👧 {{ paln }} 😀 {{ nope }}")
    editor_page.get_by_role("button", name="“nope”").wait_for()
    assert editor_page.locator("#editor-paint .marked").all_inner_texts() == ["paln", "nope"]
    editor_page.get_by_role("button", name="“nope”").click()
    assert editor_page.evaluate("getSelection().toString()") == "nope"


def _violations(page):
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = Axe().run(page, options=rules).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    nodes = [f"{page.url} {one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
    return nodes + ["scrolls sideways"] * wide


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_of_the_documentation_can_be_taken(
    serve_page, page_webhook, chromium, scheme, tmp_path, request
):
    """Take the pictures of docs/helpdesk.md; ``pytest --pictures`` keeps them in docs/images."""
    page_webhook.body = json.dumps(SHOWN).encode()
    address, desk = serve_page(template=PICTURED, headline="Customer at a glance")
    folder = ROOT / "docs" / "images" if request.config.getoption("--pictures") else tmp_path
    ending = ".png" if scheme == "light" else "-dark.png"
    page = chromium.new_page(
        base_url=address,
        viewport={"width": 1280, "height": 1600},
        color_scheme=scheme,
        device_scale_factor=1.5,
    )
    page.goto(EDITOR)
    page.locator("#editor-fields li").first.wait_for()
    page.locator("#template").press("Control+End")
    page.locator("#template").press_sequentially("\n<p>{{ sign_in_cuont }} {{  }}</p>")
    for _ in " }}</p>":
        page.keyboard.press("ArrowLeft")
    page.locator("#template").press_sequentially("la")
    page.get_by_role("button", name="“sign_in_cuont”").wait_for()
    page.get_by_role("option").first.wait_for()
    page.frame_locator("#editor-frame").get_by_text("$150.00").wait_for()
    page.locator("#editor-paint .marked").first.wait_for()
    box = page.locator(".field:has(#editor)").bounding_box()
    around = {
        "x": box["x"] - 20,
        "y": box["y"] - 16,
        "width": box["width"] + 40,
        "height": box["height"] + 20,
    }
    page.screenshot(path=folder / f"editor{ending}", clip=around)
    desk.faults.choose("status-500")
    page.set_viewport_size({"width": 1280, "height": 760})
    page.goto("/conversations/1")
    page.get_by_role("button", name="Refresh").click()
    page.get_by_text("The last fetch failed").wait_for()
    page.screenshot(path=folder / f"fault{ending}")
    page.close()
    assert all((folder / f"{name}{ending}").stat().st_size > 20_000 for name in ("editor", "fault"))

"""Hostile values, keys, templates and headlines in a real Chromium: nothing loads, nothing runs."""

import json

import pytest

from harness.store import save_settings

pytestmark = pytest.mark.browser

# {b} is a server that counts what is asked of it.
PAYLOADS = {
    "script": "<script>new Image().src='{b}/x'; parent.document.title='x'; fetch('{b}/x')</script>",
    "script src": "<script src='{b}/x'></script>",
    "module": "<script type=module>import '{b}/x'</script>",
    "onerror": "<img src=x: onerror=\"fetch('{b}/x')\">",
    "svg onload": "<svg onload=\"fetch('{b}/x')\"></svg>",
    "svg script": "<svg><script>fetch('{b}/x')</script></svg>",
    "svg image": "<svg><image href='{b}/x'/></svg>",
    "svg use": "<svg><use href='{b}/x#y'/></svg>",
    "svg animate": "<svg><a><animate attributeName=href values='javascript:fetch(`{b}/x`)'/></a></svg>",
    "math": "<math><mtext><mglyph><style><img src='{b}/x'></style></mglyph></mtext></math>",
    "image": "<img src='{b}/x'>",
    "srcset": "<img srcset='{b}/x 2x, {b}/x 1x'>",
    "picture": "<picture><source srcset='{b}/x'><img src='data:,'></picture>",
    "lazy image": "<img loading=eager src='{b}/x'>",
    "poster": "<video poster='{b}/x' autoplay></video>",
    "video": "<video src='{b}/x' autoplay muted></video>",
    "audio": "<audio src='{b}/x' autoplay></audio>",
    "track": "<video autoplay><track default src='{b}/x'></video>",
    "refresh": "<meta http-equiv=refresh content='0;url={b}/x'>",
    "own refresh": "<meta http-equiv=refresh content='0;url=?images=1'><img src='{b}/x'>",
    "csp meta": "<meta http-equiv=Content-Security-Policy content=\"img-src *\"><img src='{b}/x'>",
    "import": "<style>@import '{b}/x';</style>",
    "background": "<style>body{{background:url({b}/x)}}</style>",
    "font": "<style>@font-face{{font-family:f;src:url({b}/x)}}body{{font-family:f}}</style>",
    "inline background": "<p style=\"background-image:url('{b}/x')\">p</p>",
    "cursor": "<style>*{{cursor:url({b}/x),auto}}</style>",
    "list style": "<ul style=\"list-style-image:url('{b}/x')\"><li>l</li></ul>",
    "sheet": "<link rel=stylesheet href='{b}/x'>",
    "preload": "<link rel=preload as=image href='{b}/x'>",
    "prefetch": "<link rel=prefetch href='{b}/x'>",
    "icon": "<link rel=icon href='{b}/x'>",
    "manifest": "<link rel=manifest href='{b}/x'>",
    "frame": "<iframe src='{b}/x'></iframe>",
    "srcdoc": "<iframe srcdoc=\"<img src='{b}/x'>\"></iframe>",
    "object": "<object data='{b}/x'></object>",
    "embed": "<embed src='{b}/x'>",
    "form": "<form action='{b}/x'><input autofocus onfocus=this.form.submit()></form>",
    "button": "<form action='{b}/x'><button autofocus>b</button></form>",
    "base": "<base href='{b}/'><img src=x>",
    "closing": "</p></div></body></html><script src='{b}/x'></script><img src='{b}/x'>",
    "closing title": "</title></style></textarea></iframe></section><img src='{b}/x'>",
    "attribute": "\"><img src='{b}/x'>",
    "quote": "'><img src='{b}/x'>",
    "unclosed": "<img src='{b}/x' alt='",
    "nul": "<scr\x00ipt>fetch('{b}/x')</scr\x00ipt><img\x00 src='{b}/x'>",
    "top": "<a href='{b}/x' target=_top autofocus onfocus=this.click()>a</a>",
    "portal": "<portal src='{b}/x'></portal><fencedframe src='{b}/x'></fencedframe>",
    "shadow": "<div><template shadowrootmode=open><img src='{b}/x'></template></div>",
    "details": "<details open ontoggle=\"fetch('{b}/x')\"><summary>s</summary></details>",
}


@pytest.fixture
def hostile_page(serve_page, chromium):
    """A page of Chromium at the helpdesk, and the desk behind it."""
    address, desk = serve_page()
    context = chromium.new_context(base_url=address)
    yield context.new_page(), desk
    context.close()


def put(kind, number, payload, desk, webhook):
    """Put a payload where it may come from: a field's value or key, the template, the headline."""
    fields = {"number": number, "plan": "Pro"}
    template, headline = "<p>Shown {{ number }}</p> {{ plan }} {{ name }}", "At a glance"
    if kind == "value":
        fields["plan"] = payload
    elif kind == "key":
        fields[payload] = {"nested": payload}  # which the sidebar names as left out
    elif kind == "template":
        template = "<p>Shown {{ number }}</p>" + payload
    else:
        headline = payload.replace("\x00", "")
    webhook.body = json.dumps(fields).encode()
    with desk.sessions.begin() as session:
        save_settings(session, headline=headline, template=template)
    desk.fetch(1, "refresh")


def test_there_are_forty_payloads():
    assert len(PAYLOADS) >= 40


@pytest.mark.parametrize("kind", ["value", "key", "template", "headline"])
def test_hostile_profile_reaches_no_server_and_not_the_page(hostile_page, page_webhook, kind):
    page, desk = hostile_page
    heard = []
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.goto("/conversations/1")
    for number, (name, payload) in enumerate(PAYLOADS.items()):
        put(kind, number, payload.format(b=page_webhook.address), desk, page_webhook)
        page.frame_locator("aside iframe").get_by_text(f"Shown {number}", exact=True).wait_for()
        assert (page_webhook.beacons, heard, len(page.context.pages)) == ([], [], 1), name
        assert page.title() == "Conversation 1 · Helpdesk", name
        assert page.url.endswith("/conversations/1"), name
    for path in (
        "/customers/1/history",
        "/fetches/2?step=fields",
        "/fetches/2?step=http",
        "/settings/custom-profile",
    ):
        page.goto(path)
        assert page.title().endswith("Helpdesk")
    page.wait_for_timeout(300)
    assert (page_webhook.beacons, heard) == ([], [])


@pytest.mark.parametrize("name", ["image", "script", "background", "frame", "refresh", "onerror"])
def test_beacons_would_be_heard_from_an_unprotected_page(hostile_page, page_webhook, name):
    """The test above could not fail if nothing could reach the beacon."""
    page, _ = hostile_page
    page.set_content(PAYLOADS[name].format(b=page_webhook.address))
    for _ in range(100):
        if "/x" in page_webhook.beacons:
            break
        page.wait_for_timeout(100)
    assert "/x" in page_webhook.beacons

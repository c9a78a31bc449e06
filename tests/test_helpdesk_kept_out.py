"""What the frame keeps out is told, and images load only where somebody chose so."""

import re

import pytest
from helpdesk_parts import get

from harness.kept_out import kept_out_of
from harness.store import save_settings


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<p>Plain <a href='https://x.example'>link</a></p>", ""),
        ("<img src='data:image/png;base64,AA'>", ""),
        ("<IMG SRC = https://x.example/a.png alt='data:'>", "1 image"),
        ("<img src=/a><img src=/b><script>1</script><script src=/c></script>", "2 images, 2 scripts"),
        ('<button onclick="go()">b</button>', "1 script"),
        ("<!-- <img src=/a> -->", ""),
        ("<img src='' alt=Avatar><img src=\"\" srcset=''><img alt=Avatar data-src=/a>", ""),
        ("<img src=' data:image/png;base64,AA'><img srcset='/a 2x'>", "1 image"),
        ("<form><iframe src=/a></iframe></form><video></video>", "1 form, 1 frame, 1 video"),
        ("<img src=/a>" * 1200, "1,200 images"),
    ],
)
def test_what_is_kept_out_is_counted(html, told):
    found = kept_out_of(html)
    assert str(found) == told
    images = re.search(r"([\d,]+) image", told)
    assert found.images == (int(images[1].replace(",", "")) if images else 0)


def show(client, template):
    with client.desk.sessions.begin() as session:
        save_settings(session, template=template)


def test_sidebar_offers_to_load_images_and_no_other_way_loads_them(open_page):
    client = open_page()
    show(client, "<p>{{ plan }}</p><img src='https://img.example/a.png'><script>1</script>")
    page = get(client).text
    assert "Not loaded or run here: 1 image, 1 script." in page
    offered = re.search(r'href="(/conversations/1/profile\?images=[^"]+)" target="profile-frame"', page)[1]
    policy = get(client, offered).headers["Content-Security-Policy"]
    assert "img-src data: https: http:;" in policy
    for part in ("default-src 'none'", "sandbox allow-popups", "form-action 'none'"):
        assert part in policy
    for other in (
        "/conversations/1/profile?images=1",
        "/conversations/1/profile",
        offered.replace("1/pro", "2/pro"),
    ):
        assert "https:" not in get(client, other).headers["Content-Security-Policy"]


def test_profile_that_keeps_nothing_out_says_nothing_of_it(open_page):
    assert "Not loaded or run here" not in get(open_page()).text


@pytest.mark.browser
def test_images_are_loaded_into_the_frame_by_choice(serve_page, chromium, page_webhook):
    address, desk = serve_page()
    with desk.sessions.begin() as session:
        save_settings(
            session, template=f"<img src='{page_webhook.address}/logo.png' alt='Logo'>{{{{ plan }}}}"
        )
    page = chromium.new_page(base_url=address)
    page.goto("/")
    page.frame_locator("iframe[name='profile-frame']").get_by_text("Pro").wait_for()
    assert page_webhook.beacons == []
    with page.expect_response(lambda answer: "images=" in answer.url):
        page.get_by_role("link", name="Load the images").click()
    page.frame_locator("iframe[name='profile-frame']").get_by_text("Pro").wait_for()
    page.wait_for_load_state("networkidle")
    assert page_webhook.beacons == ["/logo.png"]
    page.close()

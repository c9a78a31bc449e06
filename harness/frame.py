"""The document inside a profile's frame: rendered HTML, which nobody has reason to trust.

Two walls, each enough: the frame's sandbox, and a Content-Security-Policy.
"""

from __future__ import annotations

SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
"""What a profile may do: open links in a new tab. No script, no form, no access to the page around it."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

IMAGES_POLICY = POLICY.replace("img-src data:", "img-src data: https: http:")
"""The same for somebody who chose to load images, whose servers then learn that they were looked at."""

# Modest defaults, all overridable by the template's own style: an unstyled profile should look at home.
_STYLE = """
body{margin:0;padding:2px 2px 12px;font:14px/1.5 system-ui,sans-serif;color:light-dark(#1f2430,#e4e7ee);
overflow-wrap:anywhere}
body>:first-child{margin-top:0}
h1,h2,h3,h4{font-size:14px;line-height:1.3;margin:16px 0 6px}
h1{font-size:16px}
p,ul,ol,dl,table{margin:0 0 12px}
ul,ol{padding-left:20px}
a{color:light-dark(#2456c9,#9dbbff)}
table{width:100%;border-collapse:collapse}
th,td{padding:5px 0;text-align:left;vertical-align:top;border-bottom:1px solid light-dark(#e6e8ee,#343a48)}
th,dt{font-weight:400;color:light-dark(#5c6474,#a3abbb)}
th{padding-right:12px}
dl{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,3fr);gap:6px 12px}
dt,dd{margin:0}
hr{border:0;border-top:1px solid light-dark(#e6e8ee,#343a48);margin:12px 0}
img{max-width:100%}
code,pre{font-size:13px}
"""


SCHEMES = ("light", "dark")


def frame_document(html: str, *, head: str = "", scheme: str = "light dark") -> str:
    """Write a document that holds a rendered profile; ``head`` is ours, and comes before everything.

    ``scheme`` is the color-scheme: the browser's own choice, or one of SCHEMES.
    """
    # Links open in a new tab, which the standard makes "noopener" for this target.
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}<title>Profile</title>'
        f'<meta name="color-scheme" content="{scheme}"><base target="_blank">'
        f"<style>:root{{color-scheme:{scheme}}}{_STYLE}</style></head><body>{html}</body></html>"
    )


def enclosed_document(html: str) -> str:
    """Write the same with its policy inside, for a frame that no server sends headers for."""
    return frame_document(
        html,
        head=f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="referrer" content="no-referrer">',
    )

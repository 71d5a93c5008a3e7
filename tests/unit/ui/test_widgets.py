"""Text of others on the page."""

from __future__ import annotations

import pytest

from kudequa_geo.ui.widgets import plain


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Café Muster (Nord) – 1.", "Café Muster (Nord) – 1."),
        ("![x](http://host/x.png)", r"!\[x\](http://host/x.png)"),
        ("<http://host> `code` *so* _so_ ~~so~~", r"\<http://host\> \`code\` \*so\* \_so\_ \~\~so\~\~"),
        (":red[so] $x^2$ a|b \\", r":red\[so\] \$x^2\$ a\|b \\"),
        ("one\n\n# two", "one # two"),
    ],
)
def test_no_sign_of_markdown_is_left(name: str, shown: str) -> None:
    assert plain(name) == shown

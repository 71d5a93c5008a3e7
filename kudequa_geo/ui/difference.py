"""The classes of a difference in words, the same on every page."""

from __future__ import annotations

from kudequa_geo.maps.difference import STEPS
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import length


def words(unit: str, *, shortest: str = "", longest: str = "") -> list[str]:
    """Return the classes of :data:`kudequa_geo.maps.difference.ORDER` in words.

    Parameters
    ----------
    unit
        ``m`` or ``min``.
    shortest, longest
        Words of the outer classes with ``{lower}``, where they hold more than walks of a known length.
    """
    low, middle, high = (length(step, unit) for step in STEPS[unit])
    shorter, longer = _("{lower} bis {upper} kürzer"), _("{lower} bis {upper} länger")
    return [
        (shortest or _("mehr als {lower} kürzer")).format(lower=high),
        shorter.format(lower=middle, upper=high),
        shorter.format(lower=low, upper=middle),
        _("höchstens {lower} Unterschied").format(lower=low),
        longer.format(lower=low, upper=middle),
        longer.format(lower=middle, upper=high),
        (longest or _("mehr als {lower} länger")).format(lower=high),
    ]

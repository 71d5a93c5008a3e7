"""How much longer a walk is than another: one set of classes and colours for every map of differences."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kudequa_geo.maps import palette
from kudequa_geo.maps.palette import Code

#: Borders of a difference by unit, each included in the class nearer to zero; the middle is "hardly any".
STEPS: dict[str, tuple[float, float, float]] = {"min": (1.0, 5.0, 10.0), "m": (100.0, 500.0, 1000.0)}
#: Codes of the seven classes from much shorter to much longer; 5 and 6 are taken by :class:`Code`.
ORDER = (0, 1, 2, 3, 4, 7, 8)
#: Codes in the order of the legend.
LEGEND = (*ORDER, int(Code.NOT_CONNECTED), int(Code.NO_DATA))
#: Colours by code.
FILLS = (
    *palette.DIFFERENCE[:3],
    # A little darker than the scale has it: most of a city stays as it is, and still has to be seen.
    palette.UNCHANGED,
    palette.DIFFERENCE[4],
    palette.HATCH_GROUND,
    palette.NO_DATA,
    *palette.DIFFERENCE[5:],
)


def codes(
    longer: ArrayLike,
    unit: str,
    *,
    gained: NDArray[np.bool_] | None = None,
    lost: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint8]:
    """Return one code per building, a position in :data:`FILLS`.

    Parameters
    ----------
    longer
        How much longer the second walk is, in the unit, shape (n,); NaN = one of the two is none.
    unit
        ``m`` or ``min``.
    gained, lost
        Buildings that count as much shorter and much longer, because there is a walk only after, or only
        before; None = they count as those without a walk.

    Returns
    -------
    numpy.ndarray
        uint8, shape (n,): one of :data:`ORDER`, or :attr:`Code.NOT_CONNECTED` where ``longer`` is NaN.
    """
    values = np.asarray(longer, dtype=np.float64)
    low, middle, high = STEPS[unit]
    size = np.searchsorted((low, middle, high), np.abs(values), side="left")
    place = np.where(values < 0, 3 - size, 3 + size)
    found = np.array(ORDER, dtype=np.uint8)[np.minimum(place, len(ORDER) - 1)]
    found[np.isnan(values)] = Code.NOT_CONNECTED
    for rows, code in ((gained, ORDER[0]), (lost, ORDER[-1])):
        if rows is not None:
            found[rows] = code
    return found

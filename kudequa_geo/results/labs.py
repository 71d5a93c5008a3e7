"""What became of the wishes that residents told a neighbourhood lab."""

from __future__ import annotations

from collections.abc import Mapping

from kudequa_geo.sources.labs import Fact


def answered(wish: Fact, shares: Mapping[str, float]) -> str | None:
    """Return the service that comes nearest to a wish: the one that most people have within its limit.

    Parameters
    ----------
    wish
        A wish and the kinds of place that would fulfil it.
    shares
        Kind -> share of people within its limit, 0 to 1; a kind left out or NaN is one of which the data hold
        no place.

    Returns
    -------
    str or None
        One of the wish's kinds, the first of equal ones; None = nobody can tell.
    """
    known = [kind for kind in wish.kinds if shares.get(kind, float("nan")) >= 0]
    return max(known, key=lambda kind: shares[kind], default=None)

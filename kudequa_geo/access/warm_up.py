"""Compile all kernels once, so that nobody waits for it later."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kudequa_geo.access.graph import Positions, network_from_tables
from kudequa_geo.access.nearest import MAX_K, Router
from kudequa_geo.access.reach import choice, within
from kudequa_geo.access.snapping import streets_of


def warm_up() -> None:
    """Run every kernel on a network of three streets; compiled code stays on disk where it can be written.

    Takes up to a minute the first time and a fraction of a second from then on.
    """
    nodes = pd.DataFrame({"node_id": range(4), "x": [0.0, 100.0, 100.0, 0.0], "y": [0.0, 0.0, 100.0, 100.0]})
    edges = pd.DataFrame({"edge_id": range(3), "u": [0, 1, 2], "v": [1, 2, 3], "length_m": [100.0] * 3})
    network = network_from_tables(nodes, edges)
    router = Router(network)
    points = streets_of(network).snap(np.array([10.0, 90.0]), np.array([5.0, 95.0]), max_distance_m=50)
    goals = Positions(points.edge[:1], points.offset_m[:1], points.leg_m[:1])
    kinds = np.zeros(1, dtype=np.int32)
    for k in (1, MAX_K):
        router.nearest(points, goals, kinds, 1, k=k)
    within(router, points, goals, 500)
    choice(router, points, goals, kinds, n_kinds=1, limit_m=500)

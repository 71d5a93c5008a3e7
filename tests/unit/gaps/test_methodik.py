"""The worked example of docs/methodik.md: every line of it, by hand and by the program."""

from __future__ import annotations

import ast
import operator
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from kudequa_geo.constants import PERSONS, Sourced
from kudequa_geo.gaps.areas import City, Walks, gap_areas
from kudequa_geo.gaps.catchment import (
    balanced,
    balanced_per_resident,
    enhanced,
    pairs_of,
    two_step,
    zone_weights,
)
from kudequa_geo.gaps.equity import between_districts, between_groups
from kudequa_geo.gaps.indicators import choice, indicators
from kudequa_geo.gaps.need import SENSITIVITY, gap, unmet, weigh
from kudequa_geo.gaps.neighbourhoods import Streets
from kudequa_geo.gaps.provision import provision, provision_indicators
from kudequa_geo.gaps.reasons import Reason
from kudequa_geo.gaps.uncertainty import bands, completeness, least_certain
from kudequa_geo.references import load_references

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "methodik.md"
LIMIT = Sourced(500, "m", "Beispiel", 2025)
SHOP = {"shop": LIMIT}
GROUPS = ("residents", "residents_65_plus")


def number(text: str) -> float:
    """A number as the document writes it: decimal comma, typographic minus, per cent."""
    value = float(text.replace("%", "").replace("−", "-").replace(",", ".").strip())
    return value / 100 if "%" in text else value


def tables() -> list[list[list[str]]]:
    """All tables of the document, without their rulers."""
    found: list[list[list[str]]] = [[]]
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [[row for row in table if not set("".join(row)) <= set("-:")] for table in found if table]


def results() -> dict[str, tuple[str, str]]:
    """What each line is called -> its calculation and its result."""
    rows = [row for table in tables() if table[0][0] == "Größe" for row in table[1:]]
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: (row[1], row[2]) for row in rows}


def calculate(text: str) -> float:
    """Work out a calculation of + − · / and brackets."""
    does = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.Constant):
            return float(node.value)  # type: ignore[arg-type]
        assert isinstance(node, ast.BinOp)
        return does[type(node.op)](value(node.left), value(node.right))

    return value(ast.parse(text.replace(",", ".").replace("·", "*").replace("−", "-"), mode="eval").body)


@pytest.fixture(scope="module")
def houses() -> pd.DataFrame:
    """The houses as the document lists them."""
    table = next(table for table in tables() if table[0][0] == "Haus")
    assert len(table) == 6
    rows = [[row[0], row[1], *(number(cell) for cell in row[2:7]), row[7]] for row in table[1:]]
    names = ["building_id", "district_id", "x", "residents", "residents_65_plus", "A", "B", "nearest"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def shops() -> pd.DataFrame:
    """The shops as the document lists them."""
    table = next(table for table in tables() if table[0][0] == "Laden")
    rows = [[row[0], number(row[1]), number(row[2]), row[3]] for row in table[1:]]
    return pd.DataFrame(rows, columns=["place_id", "x", "area", "year"])


def field(houses: pd.DataFrame) -> dict[str, float]:
    """Section 2.1, by the program: the two shops are two kinds of a field."""
    districts = pd.DataFrame({"district_id": ["West", "Ost"], "name": ["West", "Ost"], "parent": "Ort"})
    share = provision(houses[["A", "B"]], {"A": LIMIT, "B": LIMIT}, PERSONS["adult"])
    table = provision_indicators(share, houses, districts=districts).set_index(["level", "name"])
    west = table.loc[("district", "West")]
    area = table.loc["area"].iloc[0]
    return {
        "Dienste innerhalb, Haus 3": share[2],
        "Dienste innerhalb im Mittel": area["mean_share"],
        "Dienste innerhalb im Mittel, Bezirk West": west["mean_share"],
        "Menschen mit allen Diensten innerhalb": area["share_all"],
        "Menschen ohne einen Dienst innerhalb": area["residents_none"],
    }


def access(houses: pd.DataFrame) -> dict[str, float]:
    """Sections 1 to 4 and 6, by the program."""
    districts = pd.DataFrame({"district_id": ["West", "Ost"], "name": ["West", "Ost"], "parent": "Ort"})
    metres = houses[["A", "B"]].min(axis=1).to_numpy()[:, None]
    walks = {"adult": metres, "senior_75": metres}
    table = indicators(walks, houses, SHOP, PERSONS, districts=districts, groups=GROUPS)
    timed = indicators(walks, houses, {"shop": Sourced(10, "min", "Beispiel", 2025)}, PERSONS)
    at = table.set_index(["level", "district_id", "person", "group"]).sort_index()
    area = table[table["level"] == "area"].set_index(["person", "group"])
    adult, slow, old = (
        area.loc[key] for key in (("adult", "residents"), ("senior_75", "residents"), ("adult", GROUPS[1]))
    )
    west, east = (at.loc[("district", name, "adult", "residents")] for name in ("West", "Ost"))
    minutes = timed.set_index("person")["share_within_limit"]
    counts = (houses[["A", "B"]] <= 800).sum(axis=1).to_numpy(dtype=float)[:, None]
    chosen = choice(counts, houses, ["shop"]).iloc[0]
    adults = table[table["person"] == "adult"]
    everybody = adults[adults["group"] == "residents"]
    unequal = between_districts(everybody, rank_by=pd.Series({"West": 0.1, "Ost": 0.9})).iloc[0]
    groups = between_groups(adults).set_index("level").loc["area"]
    return {
        "Minuten Haus 4, Erwachsene": metres[3, 0] / PERSONS["adult"].metres_per_minute,
        "Minuten Haus 4, 75 bis 85 Jahre": metres[3, 0] / PERSONS["senior_75"].metres_per_minute,
        "Anteil bis 500 m, alle": adult["share_within_limit"],
        "Anteil bis 500 m, ab 65": old["share_within_limit"],
        "Anteil bis 500 m, Bezirk West": west["share_within_limit"],
        "Anteil bis 500 m, Bezirk Ost": east["share_within_limit"],
        "Anteil bis 10 Minuten, Erwachsene": minutes["adult"],
        "Anteil bis 10 Minuten, 75 bis 85 Jahre": minutes["senior_75"],
        "Mittel, Erwachsene (min)": adult["mean_min"],
        "Median, Erwachsene (min)": adult["median_min"],
        "90 von 100, Erwachsene (min)": adult["p90_min"],
        "Mittel, 75 bis 85 Jahre (min)": slow["mean_min"],
        "Mittel, Bezirk West (min)": west["mean_min"],
        "Mittel, Bezirk Ost (min)": east["mean_min"],
        "Mittel, ab 65 (min)": old["mean_min"],
        "Auswahl im Mittel (Läden)": chosen["mean_choice"],
        "Auswahl im Median (Läden)": chosen["median_choice"],
        "Menschen ohne Laden": chosen["residents_none"],
        "Menschen mit mindestens zwei Läden": chosen["residents_two_plus"],
        "Gini": unequal["gini"],
        "Konzentrationsindex": unequal["concentration"],
        "Palma": unequal["palma"],
        "Anteil ab 65 gegen alle (Prozentpunkte)": 100 * groups["share_difference"],
        "Mittlere Minuten ab 65 gegen alle (Faktor)": groups["mean_ratio"],
    }


def competition(houses: pd.DataFrame, shops: pd.DataFrame) -> dict[str, float]:
    """Section 5, by the program."""
    people, area = houses["residents"], shops["area"]
    place = np.repeat([0, 1], 5)
    every = pairs_of(np.tile(np.arange(5), 2), place, houses[["A", "B"]].to_numpy().T.ravel(), 5, 2)
    equal = (every.metres <= 1200).astype(float)
    plain, near = two_step(every, area, people), enhanced(every, area, people, zone_weights(every.metres))
    shared = balanced_per_resident(every, area, people, equal)
    published = balanced(every, area, people, equal)
    for found in (plain, shared, published):
        assert found.access[:4] == pytest.approx(found.access[0])
    return {
        "Fläche je Mensch bei A (m²)": plain.ratio[0],
        "Fläche je Mensch bei B (m²)": plain.ratio[1],
        "2SFCA Haus 1 bis 4 (m²)": plain.access[0],
        "2SFCA Haus 5 (m²)": plain.access[4],
        "Probe: verteilte Fläche (m²)": float((plain.access * people).sum()),
        "Nachfrage bei A": near.demand[0],
        "Nachfrage bei B": near.demand[1],
        **{f"E2SFCA Haus {house} (m²)": near.access[house - 1] for house in (1, 3, 4, 5)},
        "Menschen bei A": shared.demand[0],
        "Menschen bei B": shared.demand[1],
        "Niveau bei A (m² je Mensch)": shared.ratio[0],
        "Niveau bei B (m² je Mensch)": shared.ratio[1],
        "Ausgeglichen je Mensch, Haus 1 bis 4 (m²)": shared.access[0],
        "Ausgeglichen je Mensch, Haus 5 (m²)": shared.access[4],
        "Ausgeglichen nach Páez, Haus 1 bis 4": published.access[0],
        "Ausgeglichen nach Páez, Haus 5": published.access[4],
    }


def gaps(houses: pd.DataFrame, shops: pd.DataFrame) -> dict[str, float]:
    """Sections 7 and 8, by the program."""
    adult = PERSONS["adult"]
    metres = houses[["A", "B"]].min(axis=1).to_numpy()
    code, units = houses["district_id"].map({"West": 0, "Ost": 1}).to_numpy(), pd.Index(["West", "Ost"])
    old = {"residents_65_plus": SENSITIVITY["residents_65_plus"]}
    needs = [
        weigh(unmet({"shop": gap(metres, LIMIT, adult, graded=graded)}, houses, code, units, groups=old))
        for graded in (False, True)
    ]
    parts = needs[0].by("part").sum()
    buildings = gpd.GeoDataFrame(
        houses.assign(edge_id=0, offset_m=houses["x"]),
        geometry=gpd.points_from_xy(houses["x"], np.zeros(5)),
        crs="EPSG:25832",
    )
    places = gpd.GeoDataFrame(
        shops.assign(kind="shop", edge_id=0),
        geometry=gpd.points_from_xy(shops["x"], np.zeros(2)),
        crs="EPSG:25832",
    )
    city = City(Streets(np.array([0]), np.array([1]), np.array([2000.0])), buildings, places)
    nearest = houses["nearest"].map({"A": 0, "B": 1}).to_numpy()[:, None]
    walks = Walks(adult, SHOP, metres[:, None], nearest)
    found = gap_areas(city, walks, "shop", join_m=400, least_residents=20)
    (area,) = found.areas.to_dict("records")
    assert (area["reason"], area["nearest_place_id"], area["missing"]) == (Reason.FAR, "B", "shop")
    assert area["district_id"] == "Ost" and shapely.area(area["geometry"]) > 0
    return {
        "Teil Einwohner": parts["residents"],
        "Teil ab 65": parts["residents_65_plus"],
        "Bedarf (gewichtete Menschen)": needs[0].total.sum(),
        "Bedarf je 1.000 Einwohner in Ost": needs[0].per_1000["Ost"],
        "Bedarf, abgestuft": needs[1].total.sum(),
        "Menschen im Gebiet": area["residents"],
        "davon ab 65": area["residents_65_plus"],
        "Weg zum nächsten Laden, Median (m)": area["nearest_m"],
        "verstreut bei 100 m und 50 Menschen": gap_areas(city, walks, "shop").scattered,
    }


def certainty(houses: pd.DataFrame, shops: pd.DataFrame) -> dict[str, float]:
    """Section 9, by the program."""
    edits = pd.to_datetime(shops["year"], format="%Y", utc=True)
    dropped = least_certain(shops.assign(kind="shop", modelled=False, last_edit=edits))
    assert dropped.tolist() == [False, True]
    both = houses[["A", "B"]].to_numpy()
    order = np.argsort(both, axis=1, kind="stable")
    metres = np.take_along_axis(both, order, axis=1)
    row = bands(metres[:, None], order[:, None], houses["residents"], SHOP, PERSONS["adult"], dropped).iloc[0]
    assert (row["low"], row["high"]) == (row["share_without"], row["share"])
    usual = load_references().per_1000()
    drugs = completeness(["pharmacy"] * 3, 20_000, ["pharmacy"], usual).iloc[0]
    return {
        "Apotheken je 1.000 Einwohner": drugs["per_1000"],
        "Apotheken je 1.000 Einwohner in Deutschland": drugs["reference_per_1000"],
        "Vollständigkeit": drugs["ratio"],
        "Anteil ohne Laden B": row["share_without"],
        "Anteil bis 450 m": row["share_limit_less"],
        "Anteil bis 550 m": row["share_limit_more"],
    }


def rounding(printed: str) -> float:
    """Half a unit of the last printed digit; a whole number is meant exactly."""
    if "," not in printed:
        return 1e-9
    decimals = len(re.sub(r"\D", "", printed.split(",")[1]))
    return 0.5001 * 10.0**-decimals / (100 if "%" in printed else 1)


def test_walks_follow_from_the_map(houses: pd.DataFrame, shops: pd.DataFrame) -> None:
    for shop in shops.itertuples():
        assert houses[shop.place_id].tolist() == (houses["x"] - shop.x).abs().tolist()
    assert houses["nearest"].tolist() == houses[["A", "B"]].idxmin(axis=1).tolist()


def test_every_calculation_has_its_result() -> None:
    worked_out = 0
    for name, (calculation, printed) in results().items():
        if re.fullmatch(r"[\d\s,+−·/()]+", calculation):
            assert calculate(calculation) == pytest.approx(number(printed), abs=rounding(printed)), name
            worked_out += 1
    assert worked_out >= 50


def test_the_program_finds_the_same(houses: pd.DataFrame, shops: pd.DataFrame) -> None:
    found = (
        access(houses)
        | field(houses)
        | competition(houses, shops)
        | gaps(houses, shops)
        | certainty(houses, shops)
    )
    printed = {name: result for name, (_, result) in results().items()}
    assert set(found) == set(printed)
    for name, value in found.items():
        assert value == pytest.approx(number(printed[name]), abs=rounding(printed[name])), name

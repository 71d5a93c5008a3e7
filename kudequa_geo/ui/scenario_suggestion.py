"""Suggestions: where new places would help most, how sure that is, and why not elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import streamlit as st

from kudequa_geo.constants import Sourced
from kudequa_geo.errors import KudequaError, msg
from kudequa_geo.maps.sketch import Mark
from kudequa_geo.progress import Progress
from kudequa_geo.scenarios import siting
from kudequa_geo.scenarios.candidates import BUILDING, Candidates
from kudequa_geo.scenarios.siting import Suggestion, Wish
from kudequa_geo.scenarios.task import MODEL_LABELS, Model, Task, Terms
from kudequa_geo.schema import SITE_LABELS, SiteKind
from kudequa_geo.ui import i18n, state, what_if, widgets, work
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.scenario_view import WhatIf
from kudequa_geo.ui.view import length
from kudequa_geo.ui.work import Work

MOST_PLACES = 20
FARTHEST_APART_M = 5000
#: Where new places may come, in the order of the choice.
PLACES: dict[str, str] = {
    **{kind.value: label for kind, label in SITE_LABELS.items()},
    BUILDING: msg("alle Gebäude"),
}
_FIRST = (SiteKind.VACANCY.value, SiteKind.BROWNFIELD.value)
#: By what a suggestion is bounded.
BOUNDS = {"number": msg("die Anzahl"), "budget": msg("das Geld")}
_MOST_AMOUNT = 1_000_000
#: Where the fields of a budget begin, in 1,000 euros; the reader is asked for estimates.
_FIRST_BUDGET, _FIRST_COST = "300", "100"
#: Names in the address.
NAMES = ("goal", "number", "apart", "from", "bound", "budget", "room", *(f"cost_{kind}" for kind in PLACES))
_FOUND = "scenario.suggestion"
_WANTED = "scenario.wanted"
_WORK = "scenario.searching"
_BEST = msg("beste Auswahl")
_SECOND = msg("zweitbeste Auswahl")


@dataclass(frozen=True, eq=False)
class Found:
    """A suggestion with what it was asked for.

    Attributes
    ----------
    asked
        The question; another one makes the answer old.
    task, candidates
        The question in numbers, and where the places may come.
    best, other
        The best choice, and the best one that leaves out a chosen place.
    names
        What to call each candidate.
    """

    asked: tuple[object, ...]
    task: Task
    candidates: Candidates
    best: Suggestion
    other: Suggestion | None
    names: dict[str, str]


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_PLACES


def _apart(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= FARTHEST_APART_M


def _places(text: str) -> bool:
    return bool(text) and set(text.split(",")) <= set(PLACES)


def _amount(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_AMOUNT


def _cost(kind: str) -> str:
    """Return the name in the address of what a new place of a kind of site costs."""
    return f"cost_{kind}"


def _costs(kinds: Iterable[str]) -> dict[str, float]:
    """Return what a new place costs by kind of site, in 1,000 euros."""
    return {kind: float(state.quietly(_cost(kind), _amount, _FIRST_COST)) for kind in kinds}


def wish(limit: Sourced) -> tuple[Wish, list[str]]:
    """Return what the reader wishes, and where new places may come; costs are by kind of site yet."""
    model = Model(state.quietly("goal", lambda key: key in list(Model), Model.COVERAGE.value))
    number = int(state.quietly("number", _number, "3"))
    apart = float(state.quietly("apart", _apart, "0"))
    kinds = state.quietly("from", _places, ",".join(_FIRST)).split(",")
    bound = state.quietly("bound", BOUNDS.__contains__, "number")
    budget = float(state.quietly("budget", _amount, _FIRST_BUDGET))
    room = state.quietly("room", _amount, "")
    asked = Wish(
        model=model,
        number=number if model is not Model.ALL and bound == "number" else None,
        budget=budget if model is not Model.ALL and bound == "budget" else None,
        costs=_costs(kinds) if model is not Model.ALL and bound == "budget" else {},
        capacity=float(room) if room and model is not Model.DISTANCE else None,
        apart_m=apart,
        limit=limit,
    )
    return asked, kinds


def found_for(shown: WhatIf) -> Found | None:
    """Return the suggestion for the question as it stands; None = it has not been asked."""
    kept = st.session_state.get(_FOUND)
    return kept if isinstance(kept, Found) and kept.asked == _question(shown) else None


def _question(shown: WhatIf) -> tuple[object, ...]:
    asked = shown.view
    wanted, kinds = wish(asked.limit)
    bounds = (wanted.number, wanted.budget, *wanted.costs.values(), wanted.capacity)
    key = (wanted.model, *bounds, wanted.apart_m, asked.limit.value, asked.limit.unit, *kinds)
    return (asked.kind.key, asked.person.key, shown.after.scenario.changes, shown.spots.sites.digest, key)


def _chosen(name: str, value: Callable[[], str]) -> Callable[[], None]:
    def act() -> None:
        state.put(name, value())

    return act


def draw(shown: WhatIf) -> None:
    """Ask how many places, to what end and where; then show the answer."""
    wanted, kinds = wish(shown.view.limit)
    _form(wanted, kinds)
    st.button(_("Vorschlag rechnen"), on_click=_wanted, key="scenario.suggest", type="primary")
    begun: Work | None = st.session_state.get(_WORK)
    if begun is not None and begun.running:
        work.progress("scenario.suggestion", begun, _("Standorte werden verglichen …"))
    elif begun is not None:
        work.outcome(begun)
    found = found_for(shown)
    if found is not None:
        _answer(shown, found)


def _wanted() -> None:
    st.session_state[_WANTED] = True


def take_wish(shown: WhatIf) -> None:
    """Begin what the reader has asked for, and take over what has been found, before anything is drawn."""
    session = st.session_state
    if session.pop(_WANTED, False):
        _begin(shown)
    begun: Work | None = session.get(_WORK)
    if begun is None or begun.running:
        return
    if begun.ready:
        session[_FOUND] = begun.result
    if begun.error is not None:
        what_if.refuse(begun.error)
    if begun.ready or begun.error is not None:
        del session[_WORK]


def _form(wanted: Wish, kinds: list[str]) -> None:
    session = st.session_state
    session["widget.goal"] = wanted.model.value
    st.selectbox(
        _("Ziel"),
        [model.value for model in Model],
        format_func=lambda key: _(MODEL_LABELS[Model(key)]),
        key="widget.goal",
        on_change=_chosen("goal", lambda: session["widget.goal"]),
    )
    if wanted.model is not Model.ALL:
        session["widget.bound"] = "number" if wanted.budget is None else "budget"
        st.radio(
            _("Was ist begrenzt?"),
            list(BOUNDS),
            format_func=lambda key: _(BOUNDS[key]),
            horizontal=True,
            key="widget.bound",
            on_change=_chosen("bound", lambda: session["widget.bound"]),
        )
    if wanted.number is not None:
        session["widget.number"] = wanted.number
        st.number_input(
            _("Wie viele neue Orte"),
            min_value=1,
            max_value=MOST_PLACES,
            key="widget.number",
            on_change=_chosen("number", lambda: str(session["widget.number"])),
        )
    session["widget.from"] = kinds
    st.pills(
        _("Mögliche Standorte"),
        list(PLACES),
        format_func=lambda key: _(PLACES[key]),
        selection_mode="multi",
        key="widget.from",
        on_change=_chosen("from", lambda: ",".join(session["widget.from"] or _FIRST)),
    )
    if wanted.budget is not None:
        _number_input("budget", _("Geld für alle neuen Orte, in 1.000 Euro"), int(wanted.budget))
        for kind in kinds:
            label = _("Ein Ort kostet, in 1.000 Euro: {kind}").format(kind=_(PLACES[kind]))
            _number_input(_cost(kind), label, int(wanted.costs[kind]))
        widgets.quiet(_("Die Kosten sind frei gewählt; bitte eigene Schätzungen eintragen."))
    if wanted.model is not Model.DISTANCE:
        room = None if wanted.capacity is None else int(wanted.capacity)
        _number_input("room", _("Für so viele Menschen reicht ein neuer Ort (leer = für alle)"), room)
    session["widget.apart"] = int(wanted.apart_m)
    st.number_input(
        _("Mindestabstand in Metern (Luftlinie)"),
        min_value=0,
        max_value=FARTHEST_APART_M,
        step=50,
        key="widget.apart",
        on_change=_chosen("apart", lambda: str(session["widget.apart"])),
    )


def _number_input(name: str, label: str, value: int | None) -> None:
    """Ask for a whole number that stands under a name in the address; None = it may stay empty."""
    widget = f"widget.{name}"
    st.session_state[widget] = value
    st.number_input(
        label,
        min_value=1,
        max_value=_MOST_AMOUNT,
        value=None,
        step=1,
        key=widget,
        on_change=_chosen(name, lambda: str(st.session_state[widget] or "")),
    )


def _begin(shown: WhatIf) -> None:
    """Let the best choice and the second best be found beside the page; say what cannot be met."""
    session = st.session_state
    before: Work | None = session.pop(_WORK, None)
    if before is not None:
        before.cancel()
    session.pop(_FOUND, None)
    wanted, kinds = wish(shown.view.limit)
    try:
        candidates = shown.spots.candidates(shown.after, kinds)
        if wanted.costs:
            by_site = zip(candidates.keys, candidates.kinds, strict=True)
            wanted = replace(wanted, costs={key: wanted.costs[kind] for key, kind in by_site})
        task = siting.question(shown.after, shown.view.kind.key, shown.view.person.key, candidates, wanted)
    except KudequaError as error:
        what_if.refuse(error)
        return
    what_if.refuse(None)
    named = zip(candidates.keys, candidates.names, strict=True)
    names = {key: shown.spots.names.get(key, name) for key, name in named}
    question = _question(shown)

    def find(report: Progress) -> Found:
        def clock() -> float:
            # Asked between the steps of the search: there it can end, too.
            report(_BEST, 0.1)
            return time.monotonic()

        terms = Terms(clock=clock)
        report(_BEST, 0.1)
        best = siting.suggest(task, terms)
        report(_SECOND, 0.5)
        other = siting.second_best(task, best, Terms(clock=time.monotonic))
        return Found(question, task, candidates, best, other, names)

    session[_WORK] = Work(find)
    session[_WORK].wait()


def marks(found: Found) -> list[Mark]:
    """Return the suggested places for the map."""
    points, names = found.candidates.points, found.names
    return [
        Mark(tuple(points[row].tolist()), letter, names[found.task.keys[row]], chosen=True)
        for row, letter in zip(found.best.choice.chosen, letters(found), strict=True)
    ]


def letters(found: Found) -> list[str]:
    """Return a sign for each suggested place, the same on the map and in the list."""
    return [f"{chr(ord('A') + number % 26)}" for number in range(len(found.best.keys))]


def _answer(shown: WhatIf, found: Found) -> None:
    best, names = found.best, found.names
    widgets.bullets(f"{letter}: {names[key]}" for letter, key in zip(letters(found), best.keys, strict=True))
    widgets.quiet(certainty(best))
    if found.task.budget is not None:
        spent = float(found.task.cost[list(best.choice.chosen)].sum())
        text = _("Kosten zusammen: {spent} von {budget} Tausend Euro.")
        widgets.quiet(text.format(spent=i18n.number(spent), budget=i18n.number(found.task.budget)))
    if found.candidates.thinned_m:
        text = _("Von den Gebäuden steht je {side} nur das mit den meisten Menschen zur Wahl.")
        widgets.quiet(text.format(side=length(found.candidates.thinned_m, "m")))
    st.button(_("Übernehmen"), on_click=_adopt, args=(shown, found), key="scenario.adopt", type="primary")
    widgets.text(second(found))
    _why_not(found)


def sentence(shown: WhatIf, found: Found) -> str:
    """Return what the choice brings in one sentence."""
    text = _(
        "Mit den {count} vorgeschlagenen Orten für „{service}“ wohnen {after} Menschen innerhalb von "
        "{limit}, ohne sie {before}."
    )
    if len(found.best.keys) == 1:
        text = _(
            "Mit dem vorgeschlagenen Ort für „{service}“ wohnen {after} Menschen innerhalb von {limit}, "
            "ohne ihn {before}."
        )
    if found.task.bounded:
        text = _(
            "Mit neuen Orten für „{service}“: {count}. Dann finden {after} Menschen innerhalb von {limit} "
            "einen Platz, ohne sie {before}."
        )
    return text.format(
        count=i18n.number(len(found.best.keys)),
        service=_(shown.view.kind.label),
        limit=shown.view.limit_words,
        after=people(found.best.people_after),
        before=people(found.best.people_before),
    )


def certainty(best: Suggestion) -> str:
    """Return how sure it is that no choice is better."""
    if best.gap == 0:
        return _("Nachweislich die beste Auswahl (Lücke 0).")
    if best.exact:
        text = _("Die Zeit reichte nicht zum Beweis: höchstens {gap} unter der besten Auswahl.")
        return text.format(gap=i18n.percent(best.gap, 1))
    return _("Faustregel, weil die Zeit nicht reichte: nicht nachweislich die beste Auswahl.")


#: What the second-best choice loses, by the goal.
_LOSSES = {
    Model.COVERAGE: msg("Zweitbeste Auswahl: {names}. So viele Menschen erreicht sie weniger: {loss}."),
    Model.DISTANCE: msg("Zweitbeste Auswahl: {names}. Um so viele Meter sind alle Wege länger: {loss}."),
    Model.ALL: msg("Zweitbeste Auswahl: {names}. So viele Orte braucht sie mehr: {loss}."),
}


def second(found: Found) -> str:
    """Return the second-best choice and how little it loses."""
    if found.other is None:
        return _("Eine andere Auswahl, die die Vorgaben erfüllt, gibt es nicht.")
    less = siting.loss(found.task, found.best, found.other)
    names = ", ".join(found.names[key] for key in found.other.keys)
    number = people if found.task.model is Model.COVERAGE else i18n.number
    return _(_LOSSES[found.task.model]).format(names=names, loss=number(less))


def _why_not(found: Found) -> None:
    others = [key for key in found.task.keys if key not in found.best.keys]
    if not others:
        return
    names = found.names
    before = st.session_state.get("widget.why")
    st.session_state["widget.why"] = before if before in others else None
    key = st.selectbox(
        _("Warum nicht …?"),
        sorted(others, key=names.__getitem__),
        index=None,
        format_func=lambda each: names.get(each, each),
        key="widget.why",
        placeholder=_("Standort wählen"),
    )
    if key is None:
        return
    with st.spinner(_("Standorte werden verglichen …")):
        said = siting.why_not(found.task, found.best, key, names[key], Terms(clock=time.monotonic))
    widgets.text(said.fill(_, people, i18n.short))


def _adopt(shown: WhatIf, found: Found) -> None:
    spots = dict(zip(found.candidates.keys, found.candidates.spots, strict=True))
    names = found.names
    chosen = [(spots[key], names[key]) for key in found.best.keys]
    if what_if.add_places(shown.study, shown.view.kind.key, chosen):
        state.put("task", "effect")

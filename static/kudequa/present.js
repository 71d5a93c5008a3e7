/* Keys and touches of presentation mode. The page says in window.kudequaPresentation what it is;
   panels are a matter of this browser alone, the mode itself is the server's (it stands in the address). */
"use strict";
window.kudequaPresent = (function () {
  const root = document.documentElement;
  const PANELS = {
    controls: '[data-testid="stColumn"]:has(.st-key-controls)',
    answer: '[data-testid="stColumn"]:has(.st-key-answer):not(:has(iframe)), .st-key-overview [data-testid="stColumn"]:not(:has(iframe)), .st-key-figures',
    help: ".kdq-help",
  };
  let opener = null;

  function presenting() {
    return root.dataset.present === "1";
  }

  function maps() {
    return Array.from(document.querySelectorAll('iframe[title*="st_folium"]')).flatMap((frame) => {
      try {
        return [frame.contentWindow];
      } catch {
        return [];
      }
    });
  }

  function show(panel) {
    root.dataset.panel = panel;
    document.querySelectorAll("[data-present-panel]").forEach((button) => {
      button.setAttribute("aria-expanded", String(button.dataset.presentPanel === panel));
    });
    const target = panel && document.querySelector(PANELS[panel]);
    if (target) {
      opener = document.activeElement;
      if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
      target.focus({ preventScroll: true });
    } else if (opener && opener.isConnected) {
      opener.focus({ preventScroll: true });
      opener = null;
    }
  }

  function toggle(panel) {
    if (panel === "legend") {
      maps().forEach((each) => {
        const legend = each.document.querySelector(".kdq-legend");
        if (legend) legend.open = !legend.open;
      });
      return;
    }
    if (document.querySelector(PANELS[panel])) show(root.dataset.panel === panel ? "" : panel);
  }

  function begin() {
    root.dataset.present = window.kudequaPresentation.present;
    if (!presenting()) delete root.dataset.panel;
    else show(root.dataset.panel || "");
    maps().forEach((each) => each.dispatchEvent(new Event("kudequa:present")));
  }

  function leave() {
    root.dataset.present = "";
    delete root.dataset.panel;
    document.querySelector(".st-key-present-leave button")?.click();
    maps().forEach((each) => each.dispatchEvent(new Event("kudequa:present")));
    document.querySelector(".st-key-present-start button")?.focus({ preventScroll: true });
  }

  function turn(step) {
    const { pages, here } = window.kudequaPresentation;
    const next = pages[(pages.indexOf(here) + step + pages.length) % pages.length];
    const named = (link) => decodeURIComponent(new URL(link.href).pathname.split("/").pop());
    Array.from(document.querySelectorAll(".st-key-bar a")).find((link) => named(link) === next)?.click();
  }

  const STEP = 120;
  const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  const ACTIONS = {
    1: () => toggle("controls"),
    2: () => toggle("answer"),
    3: () => toggle("legend"),
    "?": () => toggle("help"),
    PageDown: () => turn(1),
    PageUp: () => turn(-1),
    f: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen().catch(() => {})),
    Escape: () => (root.dataset.panel ? show("") : leave()),
  };
  const ON_MAP = { "+": (map) => map.zoomIn(), "-": (map) => map.zoomOut() };
  for (const [key, by] of Object.entries(MOVES)) ON_MAP[key] = (map) => map.panBy(by, { animate: false });

  function typing(target) {
    return Boolean(target?.closest?.("input, textarea, select, [contenteditable], [role=listbox], [role=slider]"));
  }

  /* Leaflet moves the map itself while it has the focus. */
  function key(event, onMap) {
    if (!presenting() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const action = ACTIONS[event.key] || ACTIONS[event.key.toLowerCase()];
    const reading = root.dataset.panel && event.key.startsWith("Page");
    if (action && !reading) {
      event.preventDefault();
      action();
    } else if (event.key in ON_MAP && !onMap && !root.dataset.panel) {
      const first = maps().find((each) => each.map);
      if (!first) return;
      event.preventDefault();
      ON_MAP[event.key](first.map);
    }
  }

  document.addEventListener("keydown", (event) => key(event, false));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-present-key]");
    if (button) ACTIONS[button.dataset.presentKey]();
  });
  begin();
  return { begin, key: (event) => key(event, true) };
})();

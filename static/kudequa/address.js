/* The address of the page and the section of its map. The server writes what the reader has chosen into
   the address; which section the map shows, the browser alone knows and adds. One step of the history is
   one choice: moving the map, and what the server adds to a bare address, replace the step they belong to. */
"use strict";
window.kudequaAddress = (function () {
  const NAME = "view";
  const SOON_MS = 300;
  // A choice that moves the map has its step of the history within this time.
  const AFTER_CHOICE_MS = 1500;
  const original = { pushState: history.pushState.bind(history), replaceState: history.replaceState.bind(history) };
  let section = /^[-\d.]+,[-\d.]+,[\d.]+$/.test(written(location.search)) ? written(location.search) : "";
  let path = location.pathname;
  let waiting = null;
  let touched = false;
  let recalled = false;

  function written(search) {
    return new URLSearchParams(search).get(NAME) || "";
  }

  /* The query with this section; everything else in it stays letter by letter. */
  function withSection(search) {
    const others = search.replace(/^\?/, "").split("&").filter((part) => part && !part.startsWith(`${NAME}=`));
    if (section) others.push(`${NAME}=${section}`);
    return others.length ? `?${others.join("&")}` : "";
  }

  function write() {
    clearTimeout(waiting);
    waiting = null;
    const query = withSection(location.search);
    if (query !== location.search) original.replaceState(history.state, "", location.pathname + query + location.hash);
  }

  function soon(milliseconds) {
    clearTimeout(waiting);
    waiting = setTimeout(write, milliseconds);
  }

  /* The reader has moved the map. */
  function moved(text) {
    section = text;
    soon(SOON_MS);
  }

  /* The section names nothing of the area that the map shows. */
  function astray() {
    section = "";
    write();
  }

  /* A choice has moved the map: the step it belongs to is about to be written, or just was. */
  function left() {
    if (waiting !== null && section) write();
    section = "";
    soon(AFTER_CHOICE_MS);
  }

  function change(method, data, unused, url) {
    if (url === undefined || url === null) {
      original[method](data, unused, url);
      return;
    }
    const target = new URL(url, document.baseURI);
    const here = target.pathname === location.pathname;
    if (waiting !== null && section) write();
    if (!here) {
      section = "";
      touched = false;
    }
    clearTimeout(waiting);
    waiting = null;
    path = target.pathname;
    const address = target.pathname + withSection(target.search) + target.hash;
    if (address === location.pathname + location.search + location.hash) return;
    // What the server adds by itself to an address is no step of the reader.
    const step = method === "pushState" && here && !touched ? "replaceState" : method;
    original[step](data, unused, address);
  }

  function maps() {
    return Array.from(document.querySelectorAll('iframe[title*="st_folium"]')).flatMap((frame) => {
      try {
        return frame.contentWindow.map ? [frame.contentWindow.map] : [];
      } catch {
        return [];
      }
    });
  }

  function back() {
    clearTimeout(waiting);
    waiting = null;
    section = written(location.search);
    recalled = true;
    const same = location.pathname === path;
    path = location.pathname;
    if (same) maps().forEach((map) => map.kudequaRecall?.(section));
  }

  function touch() {
    touched = true;
    recalled = false;
  }

  for (const method of Object.keys(original)) history[method] = (...given) => change(method, ...given);
  window.addEventListener("popstate", back);
  for (const kind of ["pointerdown", "keydown", "click"]) document.addEventListener(kind, touch, true);

  // A map that was there first has judged the section already.
  if (maps().some((map) => map.kudequaRestored === false)) section = "";

  return { section: () => section, recalled: () => recalled, moved, astray, left, touch };
})();

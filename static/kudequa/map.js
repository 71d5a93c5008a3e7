/* What the tool adds to Leaflet: a quiet ground and buildings from tiles, symbols, legend, path.
   Every dynamic part is a Leaflet layer: added, it shows itself; removed, it leaves no trace.
   Text from data enters the page as text only, never as HTML. */
"use strict";
var kudequa = (function () {
  const L = window.L;
  const P = window.protomapsL;
  const FONT = "'Source Sans 3', sans-serif";

  function element(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  /* Value at a zoom between [zoom, value] stops. */
  function between(zoom, stops) {
    if (zoom <= stops[0][0]) return stops[0][1];
    for (let i = 1; i < stops.length; i++) {
      const [z1, v1] = stops[i];
      const [z0, v0] = stops[i - 1];
      if (zoom <= z1) return v0 + ((v1 - v0) * (zoom - z0)) / (z1 - z0);
    }
    return stops[stops.length - 1][1];
  }

  function map(id, settings) {
    const container = document.getElementById(id);
    const leaflet = L.map(container, {
      zoomControl: false, attributionControl: false, preferCanvas: true, fadeAnimation: false,
      minZoom: settings.zooms?.[0] ?? 9, maxZoom: settings.zooms?.[1] ?? 19,
      zoomSnap: 0.5, wheelPxPerZoomLevel: 90,
    });
    document.documentElement.lang = settings.language;
    container.setAttribute("role", "application");
    container.setAttribute("aria-label", settings.label);
    presented(leaflet);
    leaflet.kudequaMargin = settings.margin ?? 0;
    shownSection(leaflet, container, settings.bounds);
    const [closer, farther] = settings.zoomLabels;
    L.control.zoom({ zoomInTitle: closer, zoomOutTitle: farther, position: "topright" }).addTo(leaflet);
    credit(leaflet, settings.attribution);
    L.control.scale({ imperial: false, position: "topleft", maxWidth: 120 }).addTo(leaflet);
    leaflet.createPane("ground").style.zIndex = 150;
    leaflet.createPane("units").style.zIndex = 240;
    leaflet.createPane("buildings").style.zIndex = 250;
    const labels = leaflet.createPane("labels");
    labels.style.zIndex = 450;
    labels.style.pointerEvents = "none";
    keyboard(leaflet, container);
    if (settings.link) linked(leaflet, settings.link);
    return leaflet;
  }

  /* Maps of a page with the same link show the same section: who is moved tells the others. */
  function linked(leaflet, link) {
    leaflet.kudequaLink = link;
    leaflet.on("move zoomend", () => {
      if (leaflet.kudequaQuiet) return;
      for (const sibling of Array.from(window.parent.frames)) {
        try {
          const other = sibling.map;
          if (other && other !== leaflet && other.kudequaLink === link) {
            other.kudequaShow(leaflet.getCenter(), leaflet.getZoom());
          }
        } catch { /* A frame of somebody else is none of ours. */ }
      }
    });
  }

  /* The sources; in large type and on a narrow map the first of them, and all where one asks. */
  function credit(leaflet, text) {
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => {
      const box = element("details", "leaflet-control-attribution kdq-credit");
      box.append(element("summary", "", `${text.split(/[;·(]/)[0].trim()} …`), element("span", "", text));
      box.open = !leaflet.kudequaLarge && window.innerWidth > 900;
      L.DomEvent.disableClickPropagation(box);
      return box;
    };
    leaflet.kudequaCredit = control.addTo(leaflet).getContainer();
  }

  /* Where the bounds go: as large as they fit with room for the legend below or beside them. */
  function roomForLegend(leaflet, bounds) {
    const edge = 8;
    const around = { paddingTopLeft: [edge, edge], paddingBottomRight: [edge, edge] };
    const size = leaflet.getSize();
    const box = L.latLngBounds(bounds);
    const closest = leaflet.getBoundsZoom(box, false, L.point(2 * edge, 2 * edge));
    // On a narrow map the legend is closed.
    if (window.innerWidth < 640) return { ...around, maxZoom: closest };
    const [wide, high] = leaflet.kudequaLarge ? [420, 330] : [300, 300];
    for (let zoom = closest; zoom >= Math.max(closest - 1, leaflet.getMinZoom()); zoom -= leaflet.options.zoomSnap) {
      const start = leaflet.project(box.getNorthWest(), zoom);
      const end = leaflet.project(box.getSouthEast(), zoom);
      const spare = size.y - (end.y - start.y) - 2 * edge - 2;
      if (spare >= high) return { ...around, paddingBottomRight: [edge, edge + Math.min(spare, 400)], maxZoom: zoom };
      if (size.x - (end.x - start.x) >= wide + edge + 2) return { ...around, paddingTopLeft: [wide, edge], maxZoom: zoom };
    }
    return { ...around, maxZoom: closest };
  }

  /* The page around the map, as far as it keeps the section in its address; a file on its own does not. */
  function keeper() {
    try {
      return window.parent === window ? undefined : window.parent.kudequaAddress;
    } catch {
      return undefined;
    }
  }

  /* The section in the page's address; null where it names none of this area. */
  function section(leaflet, bounds, text) {
    const parts = text.split(",");
    const [lat, lng, zoom] = parts.map((part) => (/^-?\d{1,3}(\.\d{1,8})?$/.test(part) ? Number(part) : NaN));
    if (parts.length !== 3 || !Number.isFinite(lat + lng) || !(zoom >= leaflet.getMinZoom() && zoom <= leaflet.getMaxZoom())) return null;
    if (!L.latLngBounds(bounds).pad(leaflet.kudequaMargin).contains([lat, lng])) return null;
    return { centre: L.latLng(lat, lng), zoom: zoom };
  }

  function sectionText(leaflet, bounds) {
    const centre = leaflet.getCenter();
    const zoom = Number(leaflet.getZoom().toFixed(2));
    const digits = zoom > 16 ? 6 : 5;
    const text = `${centre.lat.toFixed(digits)},${centre.lng.toFixed(digits)},${zoom}`;
    return section(leaflet, bounds, text) ? text : "";
  }

  /* Show the section of the address or else the bounds, again when the frame gets its final size. What the
     reader moves to is told to the page; what the map does by itself is not. */
  function shownSection(leaflet, container, bounds) {
    let wanted = null;
    const quietly = (act) => {
      const before = leaflet.kudequaQuiet;
      leaflet.kudequaQuiet = true;
      act();
      leaflet.kudequaQuiet = before;
    };
    const show = () => {
      if (wanted) {
        leaflet.setView(wanted.centre, wanted.zoom, { animate: false });
        return;
      }
      const all = leaflet.kudequaBounds || bounds;
      leaflet.fitBounds(all, { ...roomForLegend(leaflet, all), animate: false });
    };
    leaflet.kudequaShow = (centre, zoom) => {
      wanted = { centre: centre, zoom: zoom };
      quietly(show);
    };
    leaflet.kudequaRecall = (text) => {
      wanted = section(leaflet, bounds, text);
      if (text && !wanted) keeper()?.astray();
      quietly(show);
    };
    leaflet.kudequaFit = () => {
      wanted = null;
      keeper()?.left();
      quietly(show);
    };
    leaflet.on("moveend", () => {
      if (leaflet.kudequaQuiet) return;
      wanted = { centre: leaflet.getCenter(), zoom: leaflet.getZoom() };
      keeper()?.moved(sectionText(leaflet, bounds));
    });
    L.DomEvent.on(container, "pointerdown keydown", () => keeper()?.touch());
    // The style sheet may arrive after the map and change its size; the window does not tell.
    new ResizeObserver(() => quietly(() => {
      leaflet.invalidateSize({ pan: false });
      show();
    })).observe(container);
    leaflet.kudequaRecall(keeper() ? keeper().section() : addressed());
    leaflet.kudequaRestored = Boolean(wanted);
  }

  /* What the address says while the page's own script is still on its way. */
  function addressed() {
    try {
      return window.parent === window ? "" : new URLSearchParams(window.parent.location.search).get("view") || "";
    } catch {
      return "";
    }
  }

  /* Enter asks about the place under the crosshair, as a click does for the mouse. */
  function keyboard(leaflet, container) {
    container.appendChild(element("div", "kdq-crosshair")).setAttribute("aria-hidden", "true");
    L.DomEvent.on(container, "pointerdown", () => container.classList.remove("kdq-keys"));
    L.DomEvent.on(container, "keyup keydown", () => container.classList.add("kdq-keys"));
    L.DomEvent.on(container, "keydown", (event) => {
      if (event.key !== "Enter" || event.target !== container) return;
      leaflet.fire("click", { latlng: leaflet.getCenter(), originalEvent: event });
    });
  }

  /* The page around the map says when it is shown to a meeting: everything larger then. */
  function presented(leaflet) {
    const follow = () => {
      let on = false;
      try {
        on = window.parent.document.documentElement.dataset.present === "1";
      } catch { /* A page of somebody else around the map says nothing. */ }
      if (on === Boolean(leaflet.kudequaLarge)) return;
      leaflet.kudequaLarge = on;
      document.documentElement.classList.toggle("kdq-present", on);
      if (leaflet.kudequaCredit) leaflet.kudequaCredit.open = !on && window.innerWidth > 900;
      if (leaflet.kudequaGround) labels(leaflet);
      leaflet.eachLayer((layer) => layer._resize && layer._resize({ target: leaflet }));
    };
    window.addEventListener("kudequa:present", follow);
    document.addEventListener("keydown", (event) => window.parent.kudequaPresent?.key(event));
    follow();
  }

  const ROAD_WIDTHS = {
    motorway: [[8, 1], [12, 2.2], [14, 5], [17, 14]],
    major: [[8, 0.6], [12, 1.6], [14, 4], [17, 12]],
    minor: [[12, 0.5], [13, 0.9], [15, 3], [17, 8]],
    path: [[14, 0.7], [17, 1.6]],
  };

  function isKind(kind) {
    return (zoom, feature) => feature.props.kind === kind;
  }

  function area(source, kind, fill, minzoom) {
    return { dataSource: source, dataLayer: source, minzoom: minzoom || 0, filter: isKind(kind),
      symbolizer: new P.PolygonSymbolizer({ fill: fill }) };
  }

  function line(source, kind, color, width, minzoom, maxzoom) {
    return { dataSource: source, dataLayer: source, minzoom: minzoom || 0, maxzoom: maxzoom,
      filter: isKind(kind), symbolizer: new P.LineSymbolizer({ color: color, width: width }) };
  }

  function road(source, kind, colours) {
    const width = (zoom) => between(zoom, ROAD_WIDTHS[kind]);
    return {
      far: line(source, kind, colours.casing, width, 0, 13),
      casing: line(source, kind, colours.casing, (zoom) => width(zoom) + 1.4, 14),
      fill: line(source, kind, colours[kind], width, 14),
    };
  }

  function groundRules(colours) {
    const roads = [road("detail", "minor", colours), road("ground", "major", colours),
      road("ground", "motorway", colours)];
    return [
      area("ground", "built", colours.built),
      area("ground", "green", colours.green),
      area("ground", "water", colours.water),
      line("ground", "waterway", colours.water, (z) => between(z, [[10, 1], [14, 2.5], [17, 7]])),
      area("detail", "building", colours.building, 14),
      line("detail", "path", colours.path, (z) => between(z, ROAD_WIDTHS.path), 14),
      ...roads.map((rules) => rules.far), ...roads.map((rules) => rules.casing),
      ...roads.map((rules) => rules.fill),
      line("ground", "rail", colours.rail, (z) => between(z, [[10, 0.7], [14, 1.3], [17, 2.4]])),
      { dataSource: "ground", dataLayer: "ground", filter: isKind("district"),
        symbolizer: new P.LineSymbolizer({ color: colours.label, width: 1, opacity: 0.55, dash: [6, 4] }) },
    ];
  }

  /* Between two zooms the tiles are drawn smaller or larger than they are. */
  function tileScale(leaflet) {
    return leaflet.getZoomScale(leaflet.getZoom(), Math.round(leaflet.getZoom()));
  }

  function labelRules(colours, large, scale) {
    const text = { labelProps: ["name"], fill: colours.label, stroke: colours.halo, width: (large ? 3 : 2) / scale };
    const [street_px, quarter_px] = (large ? [22, 24] : [13, 14]).map((size) => Math.round(size / scale));
    const street = (source, kind, minzoom) => ({
      dataSource: source, dataLayer: source, minzoom: minzoom, filter: isKind(kind),
      symbolizer: new P.LineLabelSymbolizer({ ...text, font: `500 ${street_px}px ${FONT}`, maxLabelCodeUnits: 40 }),
    });
    return [
      { dataSource: "ground", dataLayer: "ground", minzoom: 11, filter: isKind("quarter"),
        symbolizer: new P.CenteredTextSymbolizer({ ...text, font: `600 ${quarter_px}px ${FONT}` }),
        sort: (a, b) => a.rank - b.rank },
      street("ground", "major", 15), street("detail", "minor", 16),
    ];
  }

  /* A request that fails once, as over a weak connection, must not leave a hole in the map. */
  function retry(source) {
    const fetchOnce = source.getBytes.bind(source);
    source.getBytes = async (...request) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await fetchOnce(...request);
        } catch (error) {
          if (error.name === "AbortError" || attempt === 3) throw error;
          await new Promise((resolve) => setTimeout(resolve, 150 * attempt));
        }
      }
    };
  }

  function tileLayer(options) {
    const layer = P.leafletLayer({
      attribution: "", noWrap: true, tileDelay: 1, bounds: [[-85, -180], [85, 180]], ...options,
    });
    for (const view of layer.views.values()) retry(view.tileCache.source.p.source);
    return layer;
  }

  function sources(urls) {
    return Object.fromEntries(
      Object.entries(urls).map(([name, source]) => [name, { url: source.url, maxDataZoom: source.maxZoom }]),
    );
  }

  function ground(leaflet, settings) {
    leaflet.getContainer().style.background = settings.colours.background;
    const base = tileLayer({
      pane: "ground", sources: sources(settings.sources), paintRules: groundRules(settings.colours),
    });
    base.addTo(leaflet);
    leaflet.kudequaGround = { settings: settings, views: base.views };
    labels(leaflet);
    leaflet.on("zoomend", () => {
      if (leaflet.kudequaGround.scale !== tileScale(leaflet)) labels(leaflet);
    });
  }

  /* The names, in the size of the moment; both layers read the same tiles, fetched and unpacked once. */
  function labels(leaflet) {
    const drawn = leaflet.kudequaGround;
    if (drawn.labels) drawn.labels.remove();
    drawn.scale = tileScale(leaflet);
    drawn.labels = tileLayer({
      pane: "labels", sources: sources(drawn.settings.sources),
      labelRules: labelRules(drawn.settings.colours, leaflet.kudequaLarge, drawn.scale),
      tasks: [document.fonts.load("600 14px 'Source Sans 3'"), document.fonts.load("500 13px 'Source Sans 3'")],
    });
    drawn.labels.views = drawn.views;
    drawn.labels.addTo(leaflet);
  }

  function hatch(ground, lines) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const pen = tile.getContext("2d");
    pen.fillStyle = ground;
    pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = lines;
    pen.lineWidth = 1.6;
    pen.beginPath();
    for (const start of [-6, 0, 6]) {
      pen.moveTo(start, 6);
      pen.lineTo(start + 6, 0);
    }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  /* Far out a building is smaller than a pixel: a square of this side keeps its colour readable. */
  const FAR_SIDE = [[10, 1.5], [12, 2.4], [13, 3.4]];

  class BuildingPainter {
    constructor(style) {
      this.style = style;
      this.codes = null;
      this.fills = null;
      this.shade = null;
    }

    draw(context, rings, zoom, feature) {
      if (this.shade) {
        // Far out the homes would cover each other and the colour below.
        if (zoom <= 13 || feature.geomType === 1) return;
        context.fillStyle = this.shade;
        this.shape(context, rings);
        return;
      }
      const code = this.codes && this.codes[feature.props.row];
      if (code === null || code === undefined) return;
      context.fillStyle = this.fills[code];
      if (zoom <= 13 || feature.geomType === 1) this.square(context, zoom, rings, feature, code);
      else this.footprint(context, rings, zoom, code);
    }

    square(context, zoom, rings, feature, code) {
      const box = feature.bbox;
      const scale = feature.geomType === 1 && zoom > 15 ? rings[0][0].x / (box.minX || 1) : 1;
      const least = zoom <= 13 ? between(zoom, FAR_SIDE) : 7;
      const width = Math.max(box.maxX - box.minX, least);
      const height = Math.max(box.maxY - box.minY, least);
      const x = ((box.minX + box.maxX) / 2) * scale - width / 2;
      const y = ((box.minY + box.maxY) / 2) * scale - height / 2;
      if (code === this.style.hatched && zoom <= 13) context.fillStyle = this.style.hatch;
      context.fillRect(x, y, width, height);
    }

    footprint(context, rings, zoom, code) {
      this.shape(context, rings);
      // Around small footprints a dark outline would swallow the colour.
      context.lineWidth = zoom >= 16 ? 0.8 : zoom === 15 ? 0.4 : 1;
      context.strokeStyle = zoom >= 15 ? this.style.outline : this.fills[code];
      context.stroke();
    }

    shape(context, rings) {
      context.beginPath();
      for (const ring of rings) {
        context.moveTo(ring[0].x, ring[0].y);
        for (let i = 1; i < ring.length; i++) context.lineTo(ring[i].x, ring[i].y);
        context.closePath();
      }
      context.fill("evenodd");
    }
  }

  function buildings(leaflet, settings) {
    const painter = new BuildingPainter(settings.style);
    const layer = tileLayer({
      pane: "buildings", sources: sources(settings.sources),
      paintRules: [{ dataSource: "buildings", dataLayer: "buildings", symbolizer: painter }],
    });
    leaflet.kudequaBuildings = { layer: layer, painter: painter };
    layer.addTo(leaflet);
  }

  /* Paint every tile on the screen again; resolves when the last one is done. */
  function repainted(layer) {
    return Promise.allSettled(Object.entries(layer._tiles).map(([name, tile]) => {
      const coords = layer._wrapCoords(layer._keyToTileCoords(name));
      return layer.renderTile(coords, tile.el, layer._tileCoordsToKey(coords));
    }));
  }

  /* Colours of the buildings; replacing them repaints the tiles in place, without a flash. */
  const Colours = L.Layer.extend({
    initialize: function (settings) {
      this.settings = settings;
    },
    onAdd: function (leaflet) {
      const target = leaflet.kudequaBuildings;
      if (target.key === this.settings.key) return;
      target.key = this.settings.key;
      target.painter.shade = null;
      const style = target.painter.style;
      target.painter.fills = this.settings.colours.map((colour, code) =>
        code === style.hatched ? hatch(style.hatchGround, style.hatch) : colour);
      target.painter.codes = Uint8Array.from(atob(this.settings.codes), (sign) => sign.charCodeAt(0));
      repainted(target.layer).then(() => {
        if (target.key === this.settings.key) leaflet.getContainer().dataset.painted = target.key;
      });
    },
    onRemove: function () {},
  });

  /* Areas or cells in the colours of their classes; homes stay visible as a shade. */
  const Units = L.FeatureGroup.extend({
    initialize: function (settings) {
      const fill = (code) =>
        code === settings.style.hatched ? hatch(settings.style.hatchGround, settings.style.hatch) : settings.colours[code];
      const parts = settings.areas.map((area) => L.polygon(area.rings, {
        color: settings.outline, weight: 1.2, fillColor: fill(area.code), fillOpacity: 0.82, lineJoin: "round",
      }).bindTooltip(() => element("span", "", area.label), { sticky: true }));
      if (settings.image) {
        parts.push(L.imageOverlay(settings.image, settings.bounds, { pane: "units", className: "kdq-cells", alt: "" }));
      }
      L.FeatureGroup.prototype.initialize.call(this, parts);
      this.settings = settings;
    },
    onAdd: function (leaflet) {
      const target = leaflet.kudequaBuildings;
      if (target.key !== "homes") {
        target.key = "homes";
        target.painter.shade = this.settings.homes;
        repainted(target.layer).then(() => (leaflet.getContainer().dataset.painted = "homes"));
      }
      // Above the colours of areas, which lie with all other shapes.
      leaflet.getPane("buildings").style.zIndex = 420;
      L.FeatureGroup.prototype.onAdd.call(this, leaflet);
      leaflet.kudequaUnits = this;
      leaflet.getContainer().dataset.units = this.settings.key;
    },
    onRemove: function (leaflet) {
      L.FeatureGroup.prototype.onRemove.call(this, leaflet);
      // Those that follow may be there already.
      if (leaflet.kudequaUnits !== this) return;
      leaflet.getPane("buildings").style.zIndex = 250;
      delete leaflet.getContainer().dataset.units;
    },
  });

  /* One closed outline per shape, in units of its radius. */
  const SHAPES = {
    square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
    triangle: [[0, -1.1], [1, 0.75], [-1, 0.75]],
    cross: [[-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35], [0.35, 1],
      [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35]],
    star: Array.from({ length: 10 }, (_, i) => {
      const radius = i % 2 ? 0.5 : 1.2;
      return [radius * Math.sin((i * Math.PI) / 5), -radius * Math.cos((i * Math.PI) / 5)];
    }),
    diamond: [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]],
    hexagon: [[-1, 0], [-0.5, -0.87], [0.5, -0.87], [1, 0], [0.5, 0.87], [-0.5, 0.87]],
    circle: Array.from({ length: 16 }, (_, i) => [Math.cos((i * Math.PI) / 8), Math.sin((i * Math.PI) / 8)]),
  };

  const Symbol = L.CircleMarker.extend({
    _updatePath: function () {
      if (!this._renderer._drawing || this._empty()) return;
      const pen = this._renderer._ctx;
      const radius = this._radius;
      pen.beginPath();
      SHAPES[this.options.shape].forEach(([dx, dy], i) => {
        pen[i ? "lineTo" : "moveTo"](this._point.x + dx * radius, this._point.y + dy * radius);
      });
      pen.closePath();
      this._renderer._fillStroke(pen, this);
    },
  });

  function symbolRadius(leaflet) {
    const radius = between(leaflet.getZoom(), [[11, 3.5], [13, 5], [15, 7], [17, 9]]);
    return leaflet.kudequaLarge && window.innerWidth > 900 ? 1.7 * radius : radius;
  }

  /* Places of one or several kinds with the shape of their field and their name on hover. */
  const Places = L.FeatureGroup.extend({
    initialize: function (settings) {
      const markers = settings.places.map(([lat, lon, symbol, name]) => {
        const style = settings.symbols[symbol];
        const marker = new Symbol([lat, lon], {
          shape: style.shape, fillColor: style.colour, fillOpacity: 1, color: settings.casing, weight: 1.5,
        });
        // Only who listens is asked: a click on a symbol then means the place itself, not the pixel.
        marker.on("click", L.Util.falseFn);
        return marker.bindTooltip(() => element("span", "", name), { direction: "top", offset: [0, -6] });
      });
      L.FeatureGroup.prototype.initialize.call(this, markers);
      this.fromZoom = settings.fromZoom;
    },
    onAdd: function (leaflet) {
      leaflet.on("zoomend", this._resize, this);
      this._resize({ target: leaflet });
      L.FeatureGroup.prototype.onAdd.call(this, leaflet);
    },
    onRemove: function (leaflet) {
      leaflet.off("zoomend", this._resize, this);
      L.FeatureGroup.prototype.onRemove.call(this, leaflet);
    },
    _resize: function (event) {
      const radius = symbolRadius(event.target);
      // Many places would hide what they explain.
      const shown = event.target.getZoom() >= this.fromZoom;
      this.eachLayer((marker) => marker.setStyle({ stroke: shown, fill: shown }).setRadius(shown ? radius : 0));
    },
  });

  /* What a symbol or an area of a site is filled with. */
  function filling(symbol, casing) {
    if (symbol.filling === "hatched") return { fillColor: hatch(casing, symbol.colour), fillOpacity: 0.9 };
    return { fillColor: symbol.filling === "open" ? casing : symbol.colour, fillOpacity: 1 };
  }

  /* Sites by kind, areas with their outline; a click on one asks about exactly this one. */
  const Sites = L.FeatureGroup.extend({
    initialize: function (settings) {
      this.marks = [];
      const parts = [];
      settings.sites.forEach(([lat, lon, kind, name, rings], row) => {
        const symbol = settings.symbols[kind];
        const chosen = row === settings.chosen;
        const ask = (shape) => shape
          .bindTooltip(() => element("span", "", name), { direction: "top", offset: [0, -8], sticky: !shape.getRadius })
          .on("click", (event) => {
            L.DomEvent.stopPropagation(event);
            shape._map.fire("click", { latlng: L.latLng(lat, lon), originalEvent: event.originalEvent });
          });
        if (rings.length) {
          const edge = { color: chosen ? settings.accent : symbol.colour, weight: chosen ? 4 : 2 };
          parts.push(ask(L.polygon(rings, { ...edge, ...filling(symbol, "rgba(255,255,255,0.35)"), fillOpacity: 0.55 })));
        }
        const under = { shape: symbol.shape, fill: false, color: chosen ? settings.accent : settings.casing,
          weight: chosen ? 9 : 5, interactive: false };
        const over = { shape: symbol.shape, color: symbol.colour, weight: 2, ...filling(symbol, settings.casing) };
        this.marks.push(new Symbol([lat, lon], under), ask(new Symbol([lat, lon], over)));
      });
      L.FeatureGroup.prototype.initialize.call(this, [...parts, ...this.marks]);
      this.settings = settings;
    },
    onAdd: function (leaflet) {
      leaflet.on("zoomend", this._resize, this);
      this._resize({ target: leaflet });
      L.FeatureGroup.prototype.onAdd.call(this, leaflet);
      leaflet.getContainer().dataset.sites = this.settings.sites.length;
    },
    onRemove: function (leaflet) {
      leaflet.off("zoomend", this._resize, this);
      L.FeatureGroup.prototype.onRemove.call(this, leaflet);
    },
    _resize: function (event) {
      const radius = symbolRadius(event.target) * 1.25;
      this.marks.forEach((mark) => mark.setRadius(radius));
    },
  });

  /* Areas around a point, each with its label at the northern end. */
  const Areas = L.FeatureGroup.extend({
    initialize: function (settings) {
      const parts = [];
      settings.areas.forEach((area, row) => {
        const line = { fill: false, interactive: false, lineJoin: "round" };
        parts.push(L.polygon(area.rings, { ...line, color: settings.casing, weight: 6, opacity: 0.9 }));
        parts.push(L.polygon(area.rings,
          { ...line, color: settings.colour, weight: 3, dashArray: ["", "10 5", "2 6"][row] }));
        const north = area.rings.flat(2).reduce((best, point) => (point[0] > best[0] ? point : best));
        // No tooltip: that one measures its width, which is wrong while the style sheet is on its way.
        const icon = L.divIcon({ className: "kdq-ring", html: element("span", "", area.label), iconSize: [0, 0] });
        parts.push(L.marker(north, { icon: icon, interactive: false, keyboard: false }));
      });
      L.FeatureGroup.prototype.initialize.call(this, parts);
      this.settings = settings;
    },
    onAdd: function (leaflet) {
      L.FeatureGroup.prototype.onAdd.call(this, leaflet);
      leaflet.getContainer().dataset.areas = this.settings.areas.length;
    },
    onRemove: function (leaflet) {
      L.FeatureGroup.prototype.onRemove.call(this, leaflet);
      delete leaflet.getContainer().dataset.areas;
    },
  });

  /* Hide markers that would cover an earlier one. */
  function apart(markers, leaflet) {
    const shown = [];
    markers.forEach((marker) => {
      const point = leaflet.latLngToLayerPoint(marker.getLatLng());
      const free = shown.every((other) => Math.abs(point.x - other.x) > 30 || Math.abs(point.y - other.y) > 24);
      if (free) shown.push(point);
      marker.setOpacity(free ? 1 : 0);
    });
  }

  /* The rings of a text of maps/outline.py: each number is the step from the point before. */
  function rings(text) {
    return text.split("/").map((polygon) => polygon.split(";").map((ring) => {
      const steps = ring.split(" ").map(Number);
      const points = [];
      for (let i = 0, lat = 0, lon = 0; i + 1 < steps.length; i += 2) {
        lat += steps[i];
        lon += steps[i + 1];
        points.push([lat / 1e6, lon / 1e6]);
      }
      return points;
    }));
  }

  /* Gap areas: outline, rank in the middle, name and people on hover; the map below takes the click. */
  const Gaps = L.FeatureGroup.extend({
    initialize: function (settings) {
      const parts = [];
      // One casing below all lines: half as many shapes to project and to clip.
      const casings = { 1: [], 2: [] };
      this.lines = [];
      this.ranks = [];
      settings.areas.forEach((area) => {
        const scale = area.chosen ? 2 : 1;
        const outline = rings(area.outline);
        casings[scale].push(...outline);
        const line = L.polygon(outline, {
          color: area.chosen ? settings.accent : settings.colour, fillOpacity: 0, lineJoin: "round",
        }).bindTooltip(() => element("span", "", area.label), { sticky: true });
        this.lines.push([line, scale]);
        parts.push(line);
        if (!area.rank) return;
        // Of no size itself: centred by the style sheet, which may arrive after the map.
        const icon = L.divIcon({ className: area.chosen ? "kdq-rank kdq-chosen" : "kdq-rank", iconSize: [0, 0],
          html: element("span", "", area.rank) });
        const rank = L.marker(area.middle, { icon: icon, interactive: false, keyboard: false });
        if (area.chosen) this.ranks.unshift(rank);
        else this.ranks.push(rank);
        parts.push(rank);
      });
      for (const scale of [2, 1]) {
        if (!casings[scale].length) continue;
        const casing = L.polygon(casings[scale], {
          fill: false, interactive: false, lineJoin: "round", color: settings.casing, opacity: 0.9 });
        this.lines.push([casing, 2 * scale]);
        parts.unshift(casing);
      }
      L.FeatureGroup.prototype.initialize.call(this, parts);
    },
    onAdd: function (leaflet) {
      L.FeatureGroup.prototype.onAdd.call(this, leaflet);
      leaflet.on("zoomend viewreset", this._arrange, this);
      this._arrange({ target: leaflet });
      leaflet.getContainer().dataset.gaps = this.getLayers().length;
    },
    onRemove: function (leaflet) {
      leaflet.off("zoomend viewreset", this._arrange, this);
      L.FeatureGroup.prototype.onRemove.call(this, leaflet);
      delete leaflet.getContainer().dataset.gaps;
    },
    /* Far out the lines are thin, and of ranks that would cover each other the first stays. */
    _arrange: function (event) {
      const weight = between(event.target.getZoom(), [[11, 1], [13, 2], [15, 2.5]]);
      this.lines.forEach(([line, scale]) => line.setStyle({ weight: weight * scale }));
      apart(this.ranks, event.target);
    },
  });

  /* The walk from a building to a place: white below, colour above, both ends marked. */
  const Walk = L.FeatureGroup.extend({
    initialize: function (settings) {
      const stroke = (color, weight, extra) =>
        L.polyline(settings.line, { color: color, weight: weight, lineJoin: "round", interactive: false, ...extra });
      const parts = [];
      if (settings.footprint.length) {
        parts.push(L.polygon(settings.footprint,
          { color: settings.colour, weight: 3, fill: false, interactive: false }));
      }
      if (settings.line.length) parts.push(stroke(settings.casing, 9), stroke(settings.colour, 5));
      if (settings.beeline.length) {
        parts.push(L.polyline(settings.beeline,
          { color: settings.colour, weight: 1.5, dashArray: "3 6", interactive: false }));
      }
      if (settings.start) {
        parts.push(L.circleMarker(settings.start, {
          radius: 6, color: settings.colour, weight: 3, fillColor: settings.casing, fillOpacity: 1, interactive: false,
        }));
      }
      L.FeatureGroup.prototype.initialize.call(this, parts);
      this.settings = settings;
    },
    onAdd: function (leaflet) {
      L.FeatureGroup.prototype.onAdd.call(this, leaflet);
      leaflet.getContainer().dataset.walk = this.settings.line.length ? "drawn" : "none";
    },
    onRemove: function (leaflet) {
      L.FeatureGroup.prototype.onRemove.call(this, leaflet);
      delete leaflet.getContainer().dataset.walk;
    },
  });

  /* What a scenario draws: paths that open or close, points of a click, numbered spots. */
  const Sketch = L.FeatureGroup.extend({
    initialize: function (settings) {
      const parts = [];
      const still = { interactive: false, lineJoin: "round" };
      this.signs = [];
      settings.lines.forEach((line) => {
        parts.push(L.polyline(line.points, { ...still, color: settings.casing, weight: 9, opacity: 0.95 }));
        parts.push(L.polyline(line.points,
          { ...still, color: settings.colour, weight: 4, dashArray: line.dashed ? "8 7" : "" }));
      });
      settings.marks.forEach((mark) => {
        const icon = L.divIcon({ className: mark.chosen ? "kdq-rank kdq-chosen" : "kdq-rank", iconSize: [0, 0],
          html: element("span", "", mark.label) });
        const sign = L.marker(mark.at, { icon: icon, interactive: Boolean(mark.name), keyboard: false });
        if (mark.name) {
          sign.bindTooltip(() => element("span", "", mark.name), { direction: "top", offset: [0, -12] });
          sign.on("click", (event) => sign._map.fire("click", { latlng: L.latLng(mark.at), originalEvent: event.originalEvent }));
        }
        if (mark.chosen) this.signs.unshift(sign);
        else this.signs.push(sign);
        parts.push(sign);
      });
      L.FeatureGroup.prototype.initialize.call(this, parts);
      this.settings = settings;
    },
    onRemove: function (leaflet) {
      leaflet.off("zoomend viewreset", this._arrange, this);
      L.FeatureGroup.prototype.onRemove.call(this, leaflet);
    },
    /* Of signs that would cover each other the first stays. */
    _arrange: function (event) {
      apart(this.signs, event.target);
    },
    onAdd: function (leaflet) {
      L.FeatureGroup.prototype.onAdd.call(this, leaflet);
      leaflet.on("zoomend viewreset", this._arrange, this);
      this._arrange({ target: leaflet });
      leaflet.getContainer().dataset.sketch = this.settings.lines.length + "/" + this.settings.marks.length;
    },
  });

  /* Moves the map to a district once per choice; later repaints leave the reader's view alone. */
  const Focus = L.FeatureGroup.extend({
    initialize: function (settings) {
      const outline = settings.outline.length
        ? [L.polygon(settings.outline, { color: settings.colour, weight: 3, fill: false, interactive: false })]
        : [];
      L.FeatureGroup.prototype.initialize.call(this, outline);
      this.settings = settings;
    },
    onAdd: function (leaflet) {
      L.FeatureGroup.prototype.onAdd.call(this, leaflet);
      const before = leaflet.kudequaFocus;
      leaflet.kudequaFocus = this.settings.key;
      leaflet.kudequaBounds = this.settings.bounds;
      if (before === this.settings.key || (before === undefined && (!this.settings.key || leaflet.kudequaRestored))) return;
      // Going back in the history brings the section of then with it.
      if (!keeper()?.recalled()) leaflet.kudequaFit();
    },
  });

  function swatch(row, style) {
    const box = element("span", "kdq-swatch");
    box.style.background = row.code === style.hatched
      ? `repeating-linear-gradient(135deg, ${style.hatch} 0 1.5px, ${style.hatchGround} 1.5px 5px)`
      : row.colour;
    return box;
  }

  function symbolSwatch(symbol) {
    const points = SHAPES[symbol.shape].map(([x, y]) => `${10 + x * 7},${10 + y * 7}`).join(" ");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 20 20");
    svg.setAttribute("class", "kdq-symbol");
    svg.setAttribute("aria-hidden", "true");
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    shape.setAttribute("points", points);
    shape.setAttribute("fill", symbol.filling === "solid" ? symbol.colour : "none");
    if (symbol.filling !== "solid") {
      shape.setAttribute("stroke", symbol.colour);
      shape.setAttribute("stroke-width", "2");
    }
    svg.appendChild(shape);
    if (symbol.filling === "hatched") {
      const lines = document.createElementNS("http://www.w3.org/2000/svg", "path");
      lines.setAttribute("d", "M5 12L12 5M5 16L16 5M9 16L16 9");
      lines.setAttribute("stroke", symbol.colour);
      lines.setAttribute("stroke-width", "1.5");
      svg.appendChild(lines);
    }
    return svg;
  }

  function legendBody(settings) {
    const body = element("table", "kdq-classes");
    const head = body.createTHead().insertRow();
    head.appendChild(element("th", "", settings.classHead)).scope = "col";
    head.appendChild(element("th", "kdq-number", settings.peopleHead)).scope = "col";
    const rows = body.createTBody();
    settings.rows.forEach((row, index) => {
      const line = rows.insertRow();
      if (row.code >= settings.style.hatched && row.people === "0") line.className = "kdq-nobody";
      const words = line.insertCell();
      words.append(swatch(row, settings.style), element("span", "", row.words));
      line.insertCell().append(element("span", "", row.people));
      line.lastChild.className = "kdq-number";
      if (index === settings.limitAfter) {
        const limit = rows.insertRow();
        limit.className = "kdq-limit";
        limit.insertCell().colSpan = 2;
        limit.firstChild.append(element("span", "", settings.limit));
      }
    });
    return body;
  }

  /* Classes in words with the people in each, the limit marked between them; readable without the map. */
  const Legend = L.Layer.extend({
    initialize: function (settings) {
      this.settings = settings;
    },
    onAdd: function (leaflet) {
      const settings = this.settings;
      const closed = leaflet.kudequaLegendClosed ?? window.innerWidth < 640;
      this.control = L.control({ position: "bottomleft" });
      this.control.onAdd = () => {
        const box = element("details", "kdq-legend");
        box.open = !closed;
        box.setAttribute("aria-label", settings.label);
        box.appendChild(element("summary", "", settings.title));
        box.appendChild(legendBody(settings));
        settings.symbols.forEach((symbol) => {
          const line = element("p", "kdq-place");
          line.append(symbolSwatch(symbol), element("span", "", symbol.words));
          box.appendChild(line);
        });
        box.addEventListener("toggle", () => (leaflet.kudequaLegendClosed = !box.open));
        L.DomEvent.disableClickPropagation(box);
        L.DomEvent.disableScrollPropagation(box);
        return box;
      };
      this.control.addTo(leaflet);
    },
    onRemove: function () {
      this.control.remove();
    },
  });

  return { map, ground, buildings, Colours, Units, Places, Sites, Areas, Gaps, Walk, Focus, Legend, Sketch };
})();

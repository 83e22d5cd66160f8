// The picture: pods with their users, connections between them, and messages on their way.

import { curve, layout, path, pointAt, split } from "./geometry.js";
import { fill, plain, status, svg } from "./text.js";

const SHORTEST = 900; // milliseconds for which a message is shown, however fast it was

export class Picture {
  #parent;
  #onChoice;
  #view = null;
  #layout = null;
  #drawn = "";
  #letters = new Map();
  #letterLayer = svg("g", { "aria-hidden": true });
  #isFirst = true;
  #isMoving = !matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** A picture inside an element; `onChoice` is called with the id of a user that is chosen. */
  constructor(parent, onChoice) {
    this.#parent = parent;
    this.#onChoice = onChoice;
    new ResizeObserver(() => this.#draw()).observe(parent);
  }

  /** Show a view; `actor` and `other` are the ids of the chosen users. */
  show(view, actor, other) {
    this.#view = { ...view, actor, other };
    this.#draw();
    this.#send(view.messages);
    this.#isFirst = false;
  }

  #draw() {
    const width = Math.round(this.#parent.clientWidth);
    if (!this.#view || !width) return;
    const { pods, sides, actor, other } = this.#view;
    const wanted = JSON.stringify([width, pods, sides, actor, other]);
    if (wanted === this.#drawn) return;
    this.#drawn = wanted;
    this.#layout = layout(pods, width);
    const edges = this.#edges(sides);
    fill(this.#parent, [
      svg(
        "svg",
        { viewBox: `0 0 ${width} ${Math.ceil(this.#layout.height)}`, role: "group", "aria-label": "Picture of the pods" },
        ...this.#layout.places.map((place) => this.#pod(place)),
        svg("g", { "aria-hidden": true }, ...edges),
        ...[...this.#layout.users.values()].map((place) => this.#user(place, edges)),
        this.#letterLayer,
      ),
    ]);
  }

  #pod(place) {
    const { pod, x, y, width, height } = place;
    const towards = Object.entries(pod.crossPod);
    const on = towards.filter(([, isOn]) => isOn).map(([name]) => name);
    const fits = Math.floor((width - 24) / 6.6);
    return svg(
      "g",
      { class: "pod" },
      svg("title", {}, `Pod ${plain(pod.name)} at ${plain(pod.url)}`),
      svg("rect", { x, y, width, height, rx: 12 }),
      svg("text", { class: "name", x: x + 12, y: y + 24 }, plain(pod.name, Math.floor(width / 10))),
      svg("text", { class: "fine", x: x + 12, y: y + 42 }, plain(`crossPod on: ${on.length ? on.join(", ") : "none"}`, fits)),
      ...(pod.hasMoreUsers ? [svg("text", { class: "fine", x: x + 12, y: y + height - 12 }, "and more users")] : []),
    );
  }

  #user(place, edges) {
    const { user, pod, x, y, width, height } = place;
    const { actor, other } = this.#view;
    const name = plain(user.username, Math.floor((width - 24) / 7.6));
    const fine = plain(user.id + (user.entitled ? "" : " · not entitled"), Math.floor((width - 24) / 6.2));
    const role = user.id === actor ? " actor" : user.id === other ? " other" : "";
    const choose = () => this.#onChoice(user.id);
    const highlight = (isOn) => () => {
      for (const edge of edges) {
        edge.classList.toggle("dim", isOn && edge.dataset.one !== user.id && edge.dataset.two !== user.id);
      }
    };
    return svg(
      "g",
      {
        class: `user${role}`,
        role: "button",
        tabindex: 0,
        "aria-pressed": String(user.id === actor),
        "aria-label": `${name} ${fine} in pod ${plain(pod.name)}`,
        "data-key": user.id,
        onclick: choose,
        onkeydown: (event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            choose();
          }
        },
        onpointerenter: highlight(true),
        onpointerleave: highlight(false),
        onfocus: highlight(true),
        onblur: highlight(false),
      },
      svg("rect", { x, y, width, height, rx: 9 }),
      svg("text", { x: x + 12, y: y + 20 }, name),
      " ",
      svg("text", { class: "fine", x: x + 12, y: y + 37 }, fine),
    );
  }

  #edges(sides) {
    const pairs = new Map();
    for (const side of sides) {
      const key = [side.owner, side.other].sort().join(" ");
      const pair = pairs.get(key) ?? { one: side.owner, two: side.other };
      pair[side.owner === pair.one ? "oneSees" : "twoSees"] = side.status;
      pairs.set(key, pair);
    }
    const { users } = this.#layout;
    const known = [...pairs.values()].filter((pair) => users.has(pair.one) && users.has(pair.two));
    for (const pair of known) {
      users.get(pair.one).edges.push(pair);
      users.get(pair.two).edges.push(pair);
    }
    // The edges of a user leave in the order in which their other ends stand, so that fewer cross.
    for (const [id, place] of users) {
      place.edges.sort((a, b) => users.get(a.one === id ? a.two : a.one).y - users.get(b.one === id ? b.two : b.one).y);
    }
    return known.map((pair) => this.#edge(pair));
  }

  // Each half shows what the user at its end sees; the halves differ while a message is on its way.
  #edge(pair) {
    const points = this.#curve(pair.one, pair.two, pair);
    const [first, second] = split(points);
    const [oneClass] = status(pair.oneSees);
    const [twoClass] = status(pair.twoSees);
    return svg(
      "g",
      { "data-one": pair.one, "data-two": pair.two },
      svg("path", { class: `edge ${oneClass}`, d: path(first) }),
      svg("path", { class: `edge ${twoClass}`, d: path(second) }),
      ...(pair.oneSees === "PENDING_INCOMING" ? [this.#tip(pair.one, points[0])] : []),
      ...(pair.twoSees === "PENDING_INCOMING" ? [this.#tip(pair.two, points[3])] : []),
      ...(oneClass === "rejected" || twoClass === "rejected" ? [this.#cross(second[0])] : []),
    );
  }

  #tip(id, [x, y]) {
    const back = this.#layout.users.get(id).column === 0 ? 11 : -11;
    return svg("path", { class: "tip pending", d: `M${x} ${y}l${back} -6v12z` });
  }

  #cross([x, y]) {
    return svg("path", { class: "cross rejected", d: `M${x - 5} ${y - 5}l10 10m0 -10l-10 10` });
  }

  #curve(one, two, pair = null) {
    const end = (id) => {
      const place = this.#layout.users.get(id);
      const index = pair ? place.edges.indexOf(pair) - (place.edges.length - 1) / 2 : 0;
      const room = Math.min(9, (place.height - 12) / Math.max(1, place.edges.length - 1));
      return {
        x: place.column === 0 ? place.x + place.width : place.x,
        y: place.y + place.height / 2 + index * room,
        column: place.column,
      };
    };
    return curve(end(one), end(two), this.#layout.gap);
  }

  #send(messages) {
    const now = performance.now();
    for (const message of messages) {
      const letter = this.#letters.get(message.key);
      if (!letter && (message.isUnderWay || !this.#isFirst)) {
        // What has arrived before it was seen is shown for a moment.
        const passed = message.isUnderWay ? message.milliseconds - message.remaining : 0;
        const whole = message.isUnderWay ? Math.max(SHORTEST, message.milliseconds) : SHORTEST;
        this.#letters.set(message.key, { message, start: now - passed, whole, hasArrived: !message.isUnderWay });
      } else if (letter && letter !== "gone" && !message.isUnderWay && !letter.hasArrived) {
        // It has arrived, perhaps before its time: it covers the rest of the way at once.
        const part = Math.min(1, (now - letter.start) / letter.whole);
        Object.assign(letter, { hasArrived: true, whole: SHORTEST, start: now - part * SHORTEST });
      }
    }
    const known = new Set(messages.map((message) => message.key));
    for (const key of this.#letters.keys()) if (!known.has(key)) this.#letters.delete(key);
    this.#drawLetters();
  }

  #drawLetters() {
    const now = performance.now();
    const circles = [];
    for (const [key, letter] of this.#letters) {
      if (letter === "gone") continue;
      const part = Math.min(1, (now - letter.start) / letter.whole);
      if (part >= 1 && letter.hasArrived) {
        this.#letters.set(key, "gone");
        continue;
      }
      const point = this.#placeOf(letter.message, this.#isMoving ? part : 0.5);
      if (point) circles.push(svg("circle", { class: "letter", cx: point[0].toFixed(1), cy: point[1].toFixed(1), r: 7 }));
    }
    this.#letterLayer.replaceChildren(...circles);
    if (circles.length) requestAnimationFrame(() => this.#drawLetters());
  }

  #placeOf(message, part) {
    const { users, places, gap } = this.#layout;
    if (users.has(message.from) && users.has(message.to)) {
      const place = users.get(message.from);
      const pair = place.edges.find((edge) => edge.one === message.to || edge.two === message.to) ?? null;
      if (pair) {
        const points = this.#curve(pair.one, pair.two, pair);
        return pointAt(points, pair.one === message.from ? part : 1 - part);
      }
      return pointAt(this.#curve(message.from, message.to), part);
    }
    const ends = [message.sender, message.receiver].map((name) => places.find((place) => place.pod.name === name));
    if (ends.includes(undefined)) return null;
    const [from, to] = ends.map((place) => ({
      x: place.column === 0 ? place.x + place.width : place.x,
      y: place.y + 24,
      column: place.column,
    }));
    return pointAt(curve(from, to, gap), part);
  }
}

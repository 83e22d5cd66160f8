// Text and elements. Names, paths and bodies come from users and requests: they are only ever text, never markup.

// Control characters, and characters that are not seen or change the order of text.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A text as it may be shown: on one line unless `isLong`, and with escapes for what could deceive the reader. */
export function plain(value, longest = 120, isLong = false) {
  const characters = [...String(value)];
  const kept = characters.length > longest ? [...characters.slice(0, longest - 1), "…"] : characters;
  return kept.join("").replace(UNSEEN, (character) =>
    isLong && (character === "\n" || character === "\t") ? character : `\\u{${character.codePointAt(0).toString(16)}}`,
  );
}

function built(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

/** An element of HTML. Children are elements, or become text; attributes `on…` are listeners. */
export function html(name, attributes = {}, ...children) {
  return built(document.createElement(name), attributes, children);
}

/** An element of SVG, likewise. */
export function svg(name, attributes = {}, ...children) {
  return built(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

/** Fill an element anew. What has the focus inside keeps it, found again by its `data-key`. */
export function fill(parent, children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  parent.replaceChildren(...children);
  if (focused) {
    const again = [...parent.querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused.dataset.key);
    const home = parent.closest("section");
    if (!again) home.tabIndex = -1;
    (again ?? home).focus({ preventScroll: true });
  }
}

const WORDS = {
  PENDING_OUTGOING: ["pending", "pending, has asked"],
  PENDING_INCOMING: ["pending", "pending, was asked"],
  ACCEPTED: ["accepted", "accepted"],
  REJECTED: ["rejected", "rejected"],
};

/** The class and the words of a status; nothing is a status too. */
export function status(value) {
  return WORDS[value] ?? ["none", value ? plain(value) : "no connection"];
}

/** A duration in words. */
export function duration(milliseconds) {
  const seconds = Math.abs(milliseconds) / 1000;
  if (seconds < 120) return `${seconds < 10 && seconds % 1 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

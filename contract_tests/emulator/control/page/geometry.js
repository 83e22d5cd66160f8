// Where pods, users and connections stand in the picture. All lengths are pixels.

const PAD = 12;
const HEAD = 54;
const PILL = 46;
const SPACE = 8;
const BETWEEN_PODS = 20;

/** The place of every pod and user: two columns with a gap for the connections, or one where it is narrow. */
export function layout(pods, width) {
  const isWide = width >= 560;
  const podWidth = isWide ? Math.min(290, Math.max(190, width * 0.34)) : width - 84;
  const heights = [0, 0];
  const places = pods.map((pod) => {
    const lines = Math.max(1, pod.users.length) + (pod.hasMoreUsers ? 0.5 : 0);
    const height = HEAD + lines * (PILL + SPACE) + PAD - SPACE;
    const column = isWide && heights[1] < heights[0] ? 1 : 0;
    const y = heights[column];
    heights[column] += height + BETWEEN_PODS;
    return { pod, column, y, height };
  });
  const total = Math.max(...heights, BETWEEN_PODS + 1) - BETWEEN_PODS;
  const users = new Map();
  for (const place of places) {
    place.x = place.column === 0 ? 1 : width - podWidth - 1;
    place.width = podWidth;
    place.y += 1 + (isWide ? (total + BETWEEN_PODS - heights[place.column]) / 2 : 0);
    place.pod.users.forEach((user, index) => {
      users.set(user.id, {
        user,
        pod: place.pod,
        x: place.x + PAD,
        y: place.y + HEAD + index * (PILL + SPACE),
        width: podWidth - 2 * PAD,
        height: PILL,
        column: place.column,
        edges: [],
      });
    });
  }
  return { width, height: total + 2, isWide, gap: isWide ? width - 2 * podWidth : 84, places, users };
}

/** The curve between two points, each with the column that it stands in: four points of a cubic Bézier. */
export function curve(from, to, gap) {
  const out = (point) => (point.column === 0 ? 1 : -1);
  let reach = gap * 0.5;
  if (from.column === to.column) reach = Math.min(gap * 0.9, 34 + Math.abs(from.y - to.y) * 0.22);
  return [
    [from.x, from.y],
    [from.x + out(from) * reach, from.y],
    [to.x + out(to) * reach, to.y],
    [to.x, to.y],
  ];
}

const between = (one, other, part) => [one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part];

/** A curve in two parts. */
export function split([a, b, c, d], part = 0.5) {
  const ab = between(a, b, part);
  const bc = between(b, c, part);
  const cd = between(c, d, part);
  const abc = between(ab, bc, part);
  const bcd = between(bc, cd, part);
  const middle = between(abc, bcd, part);
  return [
    [a, ab, abc, middle],
    [middle, bcd, cd, d],
  ];
}

/** The point at a part of a curve, from 0 to 1. */
export const pointAt = (points, part) => split(points, part)[1][0];

/** A curve as the attribute `d` of a path. */
export function path([a, b, c, d]) {
  const text = (point) => point.map((number) => number.toFixed(1)).join(" ");
  return `M${text(a)}C${text(b)} ${text(c)} ${text(d)}`;
}

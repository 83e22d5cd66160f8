// The page of the emulated pods: it asks for a view a few times a second, shows it, and sends what the buttons say.

import { Journal } from "./journal.js";
import { Picture } from "./picture.js";
import { duration, fill, html, plain, status } from "./text.js";

const PAUSE = 300; // milliseconds between two views
const LONGEST = 10_000; // milliseconds to wait for an answer

const at = (id) => document.getElementById(id);
const chosen = { actor: null, other: null };
const shown = new Map();
let view = null;
let clock = null;
let timer = null;
let isAsking = false;

const picture = new Picture(at("picture"), (id) => {
  if (id !== chosen.actor) choose(id, chosen.actor);
});
const journal = new Journal(at("journal"), (id) => nameOf(id));

async function call(method, path, body, longest = LONGEST) {
  const answer = await fetch(path, {
    method,
    signal: AbortSignal.timeout(longest),
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.message);
  return value;
}

// A view at a time: what changes meanwhile is in the next one.
async function look() {
  clearTimeout(timer);
  if (isAsking) return;
  isAsking = true;
  const start = performance.now();
  try {
    show(await call("GET", `view?after=${journal.after}`));
    link("live", false);
  } catch (error) {
    link(`no answer from the pods (${plain(error.message)})`, true);
  } finally {
    isAsking = false;
    // A large state takes its time; it is not asked for more than a fifth of that.
    const pause = Math.max(PAUSE, 4 * (performance.now() - start));
    if (!document.hidden) timer = setTimeout(look, pause);
  }
}

function link(text, isLost) {
  if (at("link").textContent !== text) at("link").textContent = text;
  at("link").classList.toggle("lost", isLost);
}

/** Send what a button says; a refusal is said below the actions. */
async function act(method, path, body) {
  try {
    await call(method, path, body);
  } catch (error) {
    say([html("p", { class: "bad" }, plain(error.message, 500))]);
  }
  await look();
}

function say(children) {
  at("outcome").replaceChildren(...children);
}

function show(latest) {
  view = latest;
  clock = { now: latest.now, read: performance.now() };
  tick();
  const back = latest.ahead ? `${duration(latest.ahead)} ${latest.ahead > 0 ? "ahead" : "behind"}` : "";
  at("ahead").textContent = back;
  at("clock-back").hidden = !latest.ahead;
  keepChoice();
  picture.show(latest, chosen.actor, chosen.other);
  journal.show(latest.journal);
  part("note", [latest.hasMoreSides, latest.pods.some((pod) => pod.hasMoreUsers)], showNote);
  part("choices", [latest.pods, chosen], showChoices);
  part("between", [latest.sides, chosen], showBetween);
  part("connections", [latest.pods, latest.sides], showConnections);
  part("messages", latest.messages.filter((message) => message.isUnderWay), showMessages);
  part("faults", latest.faults, showFaults);
  part("changes", latest.changes, showChanges);
}

/** Show a part of the view, if it is another one than before. */
function part(name, value, showPart) {
  const text = JSON.stringify(value);
  if (shown.get(name) === text) return;
  shown.set(name, text);
  showPart(value);
}

function tick() {
  if (!clock) return;
  const now = new Date(clock.now + performance.now() - clock.read);
  const isDate = Number.isFinite(now.getTime());
  at("now").textContent = isDate ? now.toISOString().slice(0, 19).replace("T", " ") + " UTC" : "beyond the calendar";
}

function users() {
  return view.pods.flatMap((pod) => pod.users.map((user) => ({ ...user, pod: pod.name })));
}

const nameOf = (id) => plain(users().find((user) => user.id === id)?.username ?? id, 40);
const seen = (owner, other) => view.sides.find((side) => side.owner === owner && side.other === other)?.status;

function keepChoice() {
  const all = users();
  const has = (id) => all.some((user) => user.id === id);
  if (!has(chosen.actor)) chosen.actor = all[0]?.id ?? null;
  const pod = all.find((user) => user.id === chosen.actor)?.pod;
  if (!has(chosen.other) || chosen.other === chosen.actor) {
    chosen.other = (all.find((user) => user.pod !== pod) ?? all.find((user) => user.id !== chosen.actor))?.id ?? null;
  }
}

function choose(actor, other) {
  Object.assign(chosen, { actor, other });
  show({ ...view, now: clock.now + performance.now() - clock.read, journal: { first: 0, entries: [] } });
}

function showNote([hasMoreSides, hasMoreUsers]) {
  const parts = ["Choose a user to act as that one; the user chosen before becomes the other one. Users of one pod are connected implicitly."];
  if (hasMoreUsers || hasMoreSides) parts.push("There is more than is shown: GET /emulator/users and /emulator/connections list all.");
  at("picture-note").textContent = parts.join(" ");
}

function showChoices() {
  for (const [id, choice] of [["actor", chosen.actor], ["other", chosen.other]]) {
    const groups = view.pods.map((pod) =>
      html("optgroup", { label: plain(pod.name, 60) }, ...pod.users.map((user) => html("option", { value: user.id }, plain(user.username, 60)))),
    );
    at(id).replaceChildren(...groups);
    at(id).value = choice;
  }
}

function showBetween() {
  const { actor, other } = chosen;
  const all = users();
  const [one, two] = [actor, other].map((id) => all.find((user) => user.id === id));
  if (!one || !two) at("between").textContent = "";
  else if (one.pod === two.pod) at("between").textContent = "They share a pod, which connects them implicitly.";
  else {
    const words = (owner, to) => `${nameOf(owner)} sees: ${status(seen(owner, to))[1]}`;
    at("between").textContent = `${words(actor, other)}. ${words(other, actor)}.`;
  }
}

function showConnections() {
  const pairs = new Map();
  for (const side of view.sides) {
    const key = [side.owner, side.other].sort().join(" ");
    if (!pairs.has(key) || side.hasAsked) pairs.set(key, [side.owner, side.other]);
  }
  const cell = (value) => {
    const [name, words] = status(value);
    return html("td", {}, html("span", { class: `status ${name}` }, words));
  };
  const rows = [...pairs.values()].map(([one, two]) =>
    html("tr", {}, html("td", {}, nameOf(one)), cell(seen(one, two)), html("td", {}, nameOf(two)), cell(seen(two, one))),
  );
  at("connections").replaceChildren(...rows);
}

function list(id, entries, none) {
  fill(at(id), entries.length ? entries : [html("li", { class: "empty" }, none)]);
}

function showMessages(messages) {
  at("deliver").disabled = messages.length === 0;
  const entries = messages.map((message) => {
    const isConnection = message.kind === "ConnectionChanged";
    const what = isConnection
      ? `${nameOf(message.from)} → ${nameOf(message.to)}: ${status(message.status)[1]}`
      : `${plain(message.sender, 40)} → ${plain(message.receiver, 40)}: ${plain(message.kind)}`;
    return html("li", {}, html("span", {}, what), html("span", { class: "muted" }, `in ${duration(message.remaining)}`));
  });
  list("messages", entries, "None.");
}

function showFaults(faults) {
  at("clear-faults").disabled = faults.length === 0;
  const entries = faults.map((fault) => {
    const what = fault.kind === "status" ? `status ${fault.status}` : fault.kind === "delay" ? `delay of ${duration(fault.milliseconds)}` : fault.kind;
    const where = [
      fault.operation ?? "all operations",
      ...(fault.pod === null ? [] : [`pod ${plain(fault.pod, 40)}`]),
      ...(fault.user === null ? [] : [`user ${nameOf(fault.user)}`]),
      fault.times === null ? "every request" : fault.times === 1 ? "1 more request" : `${fault.times} more requests`,
      ...(fault.probability < 1 ? [`probability ${fault.probability}`] : []),
    ];
    return html(
      "li",
      {},
      html("span", {}, `${fault.number}: ${what}, ${where.join(", ")}`),
      removal(`fault ${fault.number}`, `faults/${fault.number}`),
    );
  });
  list("faults", entries, "None is set.");
}

function showChanges(changes) {
  const entries = changes.map((change) =>
    html(
      "li",
      {},
      html("span", { title: change.sentence }, `${change.kind} ${change.name}`),
      removal(`${change.kind} ${change.name}`, `${change.kind}s/${change.name}`),
    ),
  );
  list("changes", entries, "None is on.");
}

function removal(name, path) {
  const remove = () => act("DELETE", path);
  return html("button", { type: "button", class: "small", "data-key": name, "aria-label": `Remove ${name}`, onclick: remove }, "Remove");
}

async function actAsUser(action) {
  const { actor, other } = chosen;
  const said = `${nameOf(actor)}, ${action} ${nameOf(other)}`;
  say([html("p", {}, `${said}: waiting for the answer …`)]);
  try {
    const answer = await call("POST", `users/${actor}/connections/${other}`, { action }, 65_000);
    const isGood = answer.status !== null && answer.status < 400;
    const words = answer.status === null ? "the connection was closed without an answer" : answer.status;
    const body = answer.body ? [html("span", { class: "mono" }, plain(answer.body, 400))] : [];
    say([html("p", { class: isGood ? "good" : "bad" }, `${said}: ${words}`, ...body)]);
  } catch (error) {
    say([html("p", { class: "bad" }, `${said}: ${plain(error.message, 500)}`)]);
  }
  await look();
}

function setFault(event) {
  event.preventDefault();
  const operation = at("fault-operation").value;
  const times = Number.parseInt(at("fault-times").value, 10);
  const kind = at("fault-kind").value;
  act("POST", "faults", {
    kind,
    ...(operation ? { operation } : {}),
    ...(times > 0 ? { times } : {}),
    ...(kind === "delay" ? { milliseconds: 5000 } : {}),
  });
}

for (const button of document.querySelectorAll("[data-action]")) {
  button.addEventListener("click", () => actAsUser(button.dataset.action));
}
for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => act("POST", "clock", { advance: Number(button.dataset.advance) }));
}
at("clock-back").addEventListener("click", () => act("POST", "clock", { advance: -view.ahead }));
at("actor").addEventListener("change", (event) => choose(event.target.value, chosen.other));
at("other").addEventListener("change", (event) => choose(chosen.actor, event.target.value));
at("act-form").addEventListener("submit", (event) => event.preventDefault());
at("deliver").addEventListener("click", () => act("POST", "messages/deliver"));
at("clear-faults").addEventListener("click", () => act("DELETE", "faults"));
at("fault-form").addEventListener("submit", setFault);
at("clear-journal").addEventListener("click", () => act("DELETE", "journal"));
at("filter").addEventListener("input", (event) => journal.filter(event.target.value));
at("reset").addEventListener("click", () => at("reset-dialog").showModal());
at("reset-cancel").addEventListener("click", () => at("reset-dialog").close());
at("reset-confirm").addEventListener("click", () => {
  at("reset-dialog").close();
  say([]);
  act("POST", "reset");
});
document.addEventListener("visibilitychange", look);
setInterval(tick, 500);
look();

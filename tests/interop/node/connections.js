// What symphony-api-client-node 1.1.4 does with the emulated pod; run by ../sdks.py with its own node_modules.
//
// Reads the environment that the emulated pod prints. Prints each step; the first that fails ends it with status 1.

const assert = require("node:assert/strict");
const { createRequire } = require("node:module");
const path = require("node:path");

const here = createRequire(path.join(process.cwd(), "package.json"));
const client = here("symphony-api-client-node");
const { version } = here("symphony-api-client-node/package.json");

const address = new URL(process.env.POD_URL);
const id = (role) => Number(process.env[`POD_${role}_USER_ID`]);

// The client keeps one configuration; each call takes the session's token.
async function logIn(role) {
  const key = path.parse(process.env[`POD_${role}_PRIVATE_KEY`]);
  const { sessionAuthToken, kmAuthToken } = await client.initBotFromObjects({
    authType: "rsa",
    botUsername: process.env[`POD_${role}_USERNAME`],
    botPrivateKeyPath: `${key.dir}/`,
    botPrivateKeyName: key.base,
    podHost: address.hostname,
    podPort: Number(address.port),
    keyAuthHost: address.hostname,
    keyAuthPort: Number(address.port),
    agentHost: address.hostname,
    agentPort: Number(address.port),
  });
  expect(`${role} has both tokens`, [true, true], [sessionAuthToken.length > 20, kmAuthToken.length > 20]);
  return sessionAuthToken;
}

function expect(step, expected, actual) {
  assert.deepEqual(actual, expected, step);
  console.log(`interop: ${step}: ${JSON.stringify(actual)}`);
}

const brief = ({ userId, status }) => [userId, status];
const briefs = (connections) => connections.map(brief);

async function main() {
  console.log(`interop: symphony-api-client-node ${version} at ${process.env.POD_URL}`);
  const requester = await logIn("REQUESTER");
  const caller = await logIn("CALLER");
  const [callerId, requesterId, colleagueId, isolatedId] = ["CALLER", "REQUESTER", "COLLEAGUE", "ISOLATED"].map(id);

  expect("sendConnectionRequest", [callerId, "PENDING_OUTGOING"], brief(await client.sendConnectionRequest(callerId, requester)));
  expect("getConnectionRequestStatus", [requesterId, "PENDING_INCOMING"], brief(await client.getConnectionRequestStatus(requesterId, caller)));
  const outgoing = briefs(await client.getPendingConnections(requester));
  expect("getPendingConnections", true, outgoing.some(([user, status]) => user === callerId && status === "PENDING_OUTGOING"));
  const incoming = briefs(await client.getInboundPendingConnections(caller));
  expect("getInboundPendingConnections", [[requesterId, "PENDING_INCOMING"], [isolatedId, "PENDING_INCOMING"]], incoming);

  expect("acceptConnectionRequest", [requesterId, "ACCEPTED"], brief(await client.acceptConnectionRequest(requesterId, caller)));
  expect("getAcceptedConnections", [[requesterId, "ACCEPTED"]], briefs(await client.getAcceptedConnections(caller)));
  const all = [[requesterId, "ACCEPTED"], [isolatedId, "PENDING_INCOMING"]];
  expect("getAllConnections", all, briefs(await client.getAllConnections(caller)));
  expect("getConnections of two users", all, briefs(await client.getConnections("all", [requesterId, isolatedId], caller)));
  expect("getConnections of one user", [all[0]], briefs(await client.getConnections("all", requesterId, caller)));
  expect("removeConnection", "Connection Removed.", (await client.removeConnection(requesterId, caller)).message);
  expect("getConnectionRequestStatus of what was removed", 404, (await client.getConnectionRequestStatus(requesterId, caller)).code);

  await client.sendConnectionRequest(callerId, requester);
  expect("rejectConnectionRequest", [requesterId, "REJECTED"], brief(await client.rejectConnectionRequest(requesterId, caller)));
  expect("getRejectedConnections", [[requesterId, "REJECTED"]], briefs(await client.getRejectedConnections(caller)));
  expect("accept a colleague", [colleagueId, "ACCEPTED"], brief(await client.acceptConnectionRequest(colleagueId, caller)));
  expect("accept over pods without crossPod", 403, (await client.acceptConnectionRequest(isolatedId, caller)).code);
  expect("accept with a token that opens no session", 401, (await client.acceptConnectionRequest(requesterId, "none")).code);
  // Neither connections nor sessions: the emulated pod has no users service, no streams, no messages and no agent.
  expect("what the pod has not got", 404, (await client.getUserFromUsername("caller", true)).code);
  console.log("interop: everything as expected");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

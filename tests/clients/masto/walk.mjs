// masto.js, walked through: what it cannot do here ends the process with its own words.
//
//   node walk.mjs '{"origin": …, "place": "ADDRESS:PORT", …}'

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import net from "node:net";
import { createInterface } from "node:readline";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";
import WebSocket from "ws";

const given = JSON.parse(process.argv[2]);
const host = new URL(given.origin).hostname;
const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";
const scopes = "read write follow push";

// Names under `.test` stand in no DNS: connections to this one go where the first argument says.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...words) {
  const options = Array.isArray(words[0]) ? words[0][0] : words[0];
  if (options?.host === host) {
    const at = given.place.lastIndexOf(":");
    options.host = given.place.slice(0, at);
    options.port = Number(given.place.slice(at + 1));
  }
  return connect.apply(this, words);
};

// It wants node 22; this is all that node 20 lacks.
globalThis.WebSocket ??= WebSocket;
Promise.withResolvers ??= function () {
  const found = {};
  found.promise = new Promise((resolve, reject) => Object.assign(found, { resolve, reject }));
  return found;
};

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = async (said) => {
  console.log(JSON.stringify(said));
  return "done" in said ? "" : (await lines.next()).value.trim();
};
const bob = (method, path, body = {}) => tell({ bob: [method, path, body] });

async function until(what, check) {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    const found = await check();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${what} did not happen`);
}

async function logIn() {
  const api = createRestAPIClient({ url: given.origin });
  const app = await api.v1.apps.create({ clientName: "Walk", redirectUris: OUT_OF_BAND, scopes });
  const query = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: OUT_OF_BAND,
    response_type: "code",
    scope: scopes,
  });
  const code = await tell({ open: `${given.origin}/oauth/authorize?${query}` });
  const oauth = createOAuthAPIClient({ url: given.origin });
  const token = await oauth.token.create({
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    redirectUri: OUT_OF_BAND,
    grantType: "authorization_code",
    code,
    scope: scopes,
  });
  return token.accessToken;
}

async function write(api) {
  const file = new Blob([await readFile(given.picture)], { type: "image/png" });
  const media = await api.v2.media.create({ file, description: "blue" });
  assert.ok(media.url);
  const post = await api.v1.statuses.create({ status: "look #walkjs", mediaIds: [media.id] });
  assert.equal(post.mediaAttachments[0].description, "blue");
  const one = api.v1.statuses.$select(post.id);
  assert.equal((await one.source.fetch()).text, "look #walkjs");
  const changed = await one.update({ status: "look again #walkjs", mediaIds: [media.id] });
  assert.ok(changed.editedAt);
  assert.equal((await one.history.list()).length, 2);
  const poll = { options: ["tea", "coffee"], expiresIn: 3600 };
  const asked = await api.v1.statuses.create({ status: "which?", poll });
  await bob("POST", `/api/v1/polls/${asked.poll.id}/votes`, { choices: [0] });
  assert.equal((await api.v1.polls.$select(asked.poll.id).fetch()).options[0].votesCount, 1);
  const answer = await api.v1.statuses.create({ status: "and more", inReplyToId: post.id });
  assert.deepEqual((await one.context.fetch()).descendants.map((s) => s.id), [answer.id]);
  return post;
}

async function react(api) {
  const there = await bob("POST", "/api/v1/statuses", { status: "bobs post" });
  const one = api.v1.statuses.$select(there);
  assert.equal((await one.reblog()).reblog.id, there);
  assert.ok((await one.favourite()).favourited);
  assert.ok((await one.bookmark()).bookmarked);
  assert.deepEqual((await api.v1.favourites.list()).map((s) => s.id), [there]);
  assert.deepEqual((await api.v1.bookmarks.list()).map((s) => s.id), [there]);
  await one.unreblog();
  await one.unfavourite();
  const quoting = await api.v1.statuses.create({ status: "see", quotedStatusId: there });
  assert.equal(quoting.quote.state, "accepted");
}

async function arrange(api) {
  await api.v1.accounts.$select(given.bob).follow();
  const list = await api.v1.lists.create({ title: "friends" });
  const members = api.v1.lists.$select(list.id).accounts;
  await members.create({ accountIds: [given.bob] });
  assert.deepEqual((await members.list()).map((a) => a.acct), ["bob"]);
  const listed = await bob("POST", "/api/v1/statuses", { status: "noise for the list" });
  await until("the post reaches the list", async () =>
    (await api.v1.timelines.list.$select(list.id).list()).some((s) => s.id === listed),
  );
  const filter = await api.v2.filters.create({
    title: "noise",
    context: ["home"],
    filterAction: "warn",
    keywordsAttributes: [{ keyword: "noise", wholeWord: true }],
  });
  const seen = await api.v1.statuses.$select(listed).fetch();
  assert.equal(seen.filtered[0].filter.title, "noise");
  await api.v2.filters.$select(filter.id).remove();
  await members.remove({ accountIds: [given.bob] });
  await api.v1.lists.$select(list.id).remove();
  const me = await api.v1.accounts.updateCredentials({
    note: "I walk",
    fieldsAttributes: [{ name: "home", value: "https://walk.test" }],
    source: { language: "en" },
  });
  assert.equal(me.source.note, "I walk");
  assert.equal(me.fields.length, 1);
}

async function lookAround(api, post) {
  const found = await api.v2.search.list({ q: post.uri, resolve: true });
  assert.deepEqual(found.statuses.map((s) => s.id), [post.id]);
  await bob("POST", `/api/v1/statuses/${post.id}/favourite`);
  await until("the notification is there", async () =>
    (await api.v1.notifications.list()).some((n) => n.type === "favourite"),
  );
  assert.ok((await api.v2.notifications.list()).notificationGroups.length > 0);
  const pages = [];
  for await (const page of api.v1.timelines.home.list({ limit: 2 })) {
    pages.push(page);
    if (pages.length === 3) break;
  }
  const ids = pages.flat().map((s) => s.id);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.length > 3, "pages follow each other");
  const markers = await api.v1.markers.create({ home: { lastReadId: post.id } });
  assert.equal(markers.home.lastReadId, post.id);
  assert.equal((await api.v2.instance.fetch()).domain, host);
  const related = await api.v1.accounts.relationships.fetch({ id: [given.bob] });
  assert.ok(related[0].following);
}

// Not `for await`: leaving it would end the subscription.
async function next(events, kind) {
  for (;;) {
    const { value, done } = await events.next();
    assert.ok(!done, `the stream ended before ${kind}`);
    if (value.event === kind) return value.payload;
  }
}

async function hear(api, accessToken) {
  const { configuration } = await api.v2.instance.fetch();
  const streaming = createStreamingAPIClient({
    streamingApiUrl: configuration.urls.streaming,
    accessToken,
    implementation: WebSocket,
  });
  const events = streaming.user.subscribe().values();
  // Nothing says that a subscription has begun: write until something of it is heard.
  const heard = next(events, "notification");
  let written;
  const isDone = heard.then(() => true);
  const soon = () => new Promise((done) => setTimeout(() => done(false), 500));
  do {
    written = await bob("POST", "/api/v1/statuses", { status: "heard @walkjs" });
  } while (!(await Promise.race([isDone, soon()])));
  assert.equal((await heard).type, "mention");
  await bob("DELETE", `/api/v1/statuses/${written}`);
  assert.equal(await next(events, "delete"), written);
  streaming.close();
}

async function subscribe(api) {
  const made = await api.v1.push.subscription.create({
    subscription: { endpoint: given.endpoint, keys: { p256dh: given.p256dh, auth: given.auth } },
    data: { alerts: { mention: true } },
    policy: "all",
  });
  assert.ok(made.alerts.mention);
  assert.equal((await api.v1.push.subscription.fetch()).endpoint, given.endpoint);
  await bob("POST", "/api/v1/statuses", { status: "wake up @walkjs" });
}

const accessToken = await logIn();
const api = createRestAPIClient({ url: given.origin, accessToken });
assert.equal((await api.v1.accounts.verifyCredentials()).acct, "walkjs");
const post = await write(api);
await react(api);
await arrange(api);
await lookAround(api, post);
await hear(api, accessToken);
await subscribe(api);
await tell({ done: {} });
process.exit(0);

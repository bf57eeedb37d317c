// A small server built on Fedify: a few actors with RSA and Ed25519 keys, notes, followers, and an
// inbox that remembers what it was sent. The tests tell it what to do through /control.
//
// It is started with one JSON argument: {host, address, port, cert, key, ca, hosts}; `hosts` says
// where the servers of the test really listen. It prints a line when it is ready.

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { buildConnector, Agent, setGlobalDispatcher } from "undici";
import {
  createFederation,
  generateCryptoKeyPair,
  MemoryKvStore,
} from "@fedify/fedify";
import {
  Accept,
  Announce,
  Create,
  Delete,
  Endpoints,
  EmojiReact,
  Follow,
  Image,
  InteractionPolicy,
  InteractionRule,
  Like,
  Mention,
  Move,
  Note,
  Person,
  PUBLIC_COLLECTION,
  QuoteAuthorization,
  QuoteRequest,
  Reject,
  Tombstone,
  Undo,
  Update,
  Activity,
} from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";

const given = JSON.parse(process.argv[2]);
const origin = `https://${given.host}`;

// Names of the test are names of nobody: connect to where they really are.
const connect = buildConnector({ ca: readFileSync(given.ca) });
setGlobalDispatcher(
  new Agent({
    connect(options, callback) {
      const place = given.hosts[options.hostname];
      if (!place) return callback(new Error(`unknown host ${options.hostname}`), null);
      const [hostname, port] = place.split(":");
      const there = { ...options, hostname, host: place, port, servername: options.hostname };
      return connect(there, callback);
    },
  }),
);

// What it knows.
const people = new Map();
const received = [];
const knocks = [];
const problems = [];
// Which signatures it does not take at the moment: "cavage", "rfc9421" or none.
let refused = null;

function person(name) {
  if (!people.has(name)) {
    people.set(name, {
      followers: new Map(),
      notes: new Map(),
      stamps: new Map(),
      // A number is never given twice: what was deleted stays deleted.
      written: 0,
      bio: `<p>${name}, who lives on Fedify</p>`,
      keys: null,
      aliases: [],
      movedTo: null,
    });
  }
  return people.get(name);
}

function build(firstKnock) {
  const federation = createFederation({
    kv: new MemoryKvStore(),
    allowPrivateAddress: true,
    firstKnock,
  });
  federation
    .setActorDispatcher("/users/{identifier}", async (ctx, name) => {
      if (!people.has(name)) return null;
      const mine = person(name);
      const keys = await ctx.getActorKeyPairs(name);
      return new Person({
        id: ctx.getActorUri(name),
        preferredUsername: name,
        name: `${name} of Fedify`,
        summary: mine.bio,
        inbox: ctx.getInboxUri(name),
        outbox: ctx.getOutboxUri(name),
        followers: ctx.getFollowersUri(name),
        endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
        url: new URL(`/@${name}`, origin),
        icon: new Image({ url: new URL("/icon.png", origin), mediaType: "image/png" }),
        publicKey: keys[0].cryptographicKey,
        assertionMethods: keys.map((pair) => pair.multikey),
        aliases: mine.aliases.map((uri) => new URL(uri)),
        successor: mine.movedTo ? new URL(mine.movedTo) : null,
      });
    })
    .setKeyPairsDispatcher(async (_ctx, name) => {
      const mine = person(name);
      mine.keys ??= [
        await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"),
        await generateCryptoKeyPair("Ed25519"),
      ];
      return mine.keys;
    });
  federation.setFollowersDispatcher("/users/{identifier}/followers", (_ctx, name) => ({
    items: [...person(name).followers.values()],
  }));
  federation.setOutboxDispatcher("/users/{identifier}/outbox", async (ctx, name) => ({
    items: [...person(name).notes.values()].map((note) => wrap(ctx, name, Create, note)),
  }));
  federation.setObjectDispatcher(
    Note,
    "/users/{identifier}/notes/{number}",
    (_ctx, { identifier, number }) => person(identifier).notes.get(number) ?? null,
  );
  federation.setObjectDispatcher(
    QuoteAuthorization,
    "/users/{identifier}/stamps/{number}",
    (_ctx, { identifier, number }) => person(identifier).stamps.get(number) ?? null,
  );
  federation
    .setInboxListeners("/users/{identifier}/inbox", "/inbox")
    .setSharedKeyDispatcher(() => ({ identifier: "keeper" }))
    .on(Activity, (ctx, activity) => hear(ctx, activity))
    .onError((_ctx, problem) => problems.push(String(problem.stack ?? problem)));
  return federation;
}

person("keeper");
const dialects = {
  rfc9421: build("rfc9421"),
  cavage: build("draft-cavage-http-signatures-12"),
};
let federation = dialects.rfc9421;

async function hear(ctx, activity) {
  received.push(await activity.toJsonLd({ format: "compact", contextLoader: ctx.contextLoader }));
  if (activity instanceof Follow) {
    const target = ctx.parseUri(activity.objectId);
    if (target?.type !== "actor") return;
    const follower = await activity.getActor(ctx);
    if (follower?.id == null) return;
    person(target.identifier).followers.set(follower.id.href, follower);
    await ctx.sendActivity(
      { identifier: target.identifier },
      follower,
      new Accept({
        id: new URL(`/accepts/${crypto.randomUUID()}`, origin),
        actor: activity.objectId,
        object: activity,
      }),
    );
  }
  if (activity instanceof QuoteRequest) await allowQuote(ctx, activity);
  if (activity instanceof Undo) {
    const undone = await activity.getObject(ctx);
    if (undone instanceof Follow && undone.objectId) {
      const target = ctx.parseUri(undone.objectId);
      if (target?.type === "actor") {
        person(target.identifier).followers.delete(activity.actorId.href);
      }
    }
  }
}

// Everybody may quote what is written here, and gets it in writing.
async function allowQuote(ctx, request) {
  const quoted = ctx.parseUri(request.objectId);
  if (quoted?.type !== "object") return;
  const { identifier } = quoted.values;
  const number = String(person(identifier).stamps.size + 1);
  const stamp = new QuoteAuthorization({
    id: ctx.getObjectUri(QuoteAuthorization, { identifier, number }),
    attribution: ctx.getActorUri(identifier),
    interactingObject: request.instrumentId,
    interactionTarget: request.objectId,
  });
  person(identifier).stamps.set(number, stamp);
  const yes = new Accept({
    id: new URL(`/accepts/${crypto.randomUUID()}`, origin),
    actor: ctx.getActorUri(identifier),
    object: request,
    result: stamp.id,
  });
  await ctx.sendActivity({ identifier }, await request.getActor(ctx), yes);
}

function wrap(ctx, name, Kind, object, more = {}) {
  return new Kind({
    id: new URL(`/activities/${crypto.randomUUID()}`, origin),
    actor: ctx.getActorUri(name),
    to: PUBLIC_COLLECTION,
    cc: ctx.getFollowersUri(name),
    object,
    ...more,
  });
}

// Everything that the tests can ask for. `to` is the id of a remote actor; without it, followers.
const deeds = {
  async join({ name }) {
    person(name);
    return { id: new URL(`/users/${name}`, origin).href };
  },
  async follow({ ctx, name, to }) {
    const target = await lookUp(ctx, name, to);
    const follow = new Follow({
      id: new URL(`/follows/${crypto.randomUUID()}`, origin),
      actor: ctx.getActorUri(name),
      object: target.id,
    });
    await ctx.sendActivity({ identifier: name }, target, follow);
    return { id: follow.id.href };
  },
  async unfollow({ ctx, name, to, id }) {
    const target = await lookUp(ctx, name, to);
    const actor = ctx.getActorUri(name);
    const follow = new Follow({ id: new URL(id), actor, object: target.id });
    const undo = new Undo({
      id: new URL(`${id}#undo`),
      actor,
      object: follow,
    });
    await ctx.sendActivity({ identifier: name }, target, undo);
    return {};
  },
  async post({ ctx, name, text, answers, mentions = [], to }) {
    const number = String(++person(name).written);
    const id = ctx.getObjectUri(Note, { identifier: name, number });
    const note = new Note({
      id,
      attribution: ctx.getActorUri(name),
      to: PUBLIC_COLLECTION,
      ccs: [ctx.getFollowersUri(name), ...mentions.map((each) => new URL(each.href))],
      content: `<p>${text}</p>`,
      url: new URL(`/@${name}/${number}`, origin),
      published: Temporal.Now.instant(),
      interactionPolicy: new InteractionPolicy({
        canQuote: new InteractionRule({ automaticApproval: PUBLIC_COLLECTION }),
      }),
      replyTarget: answers ? new URL(answers) : null,
      tags: mentions.map((each) => new Mention({ href: new URL(each.href), name: each.name })),
    });
    person(name).notes.set(number, note);
    await tell(ctx, name, wrap(ctx, name, Create, note), to);
    return { id: id.href };
  },
  async edit({ ctx, name, number, text, to }) {
    const updated = Temporal.Now.instant();
    const note = person(name).notes.get(number).clone({ content: `<p>${text}</p>`, updated });
    person(name).notes.set(number, note);
    await tell(ctx, name, wrap(ctx, name, Update, note), to);
    return {};
  },
  async remove({ ctx, name, number, to }) {
    const note = person(name).notes.get(number);
    person(name).notes.delete(number);
    const gone = new Tombstone({ id: note.id });
    await tell(ctx, name, wrap(ctx, name, Delete, gone), to);
    return {};
  },
  async like({ ctx, name, object, to }) {
    return await interact(ctx, name, Like, object, to);
  },
  async announce({ ctx, name, object, to }) {
    return await interact(ctx, name, Announce, object, to);
  },
  async react({ ctx, name, object, to, emoji }) {
    return await interact(ctx, name, EmojiReact, object, to, { content: emoji });
  },
  async undo({ ctx, name, kind, id, object, to }) {
    const actor = ctx.getActorUri(name);
    const Kind = { Like, Announce, EmojiReact }[kind];
    const done = new Kind({ id: new URL(id), actor, object: new URL(object) });
    await tell(ctx, name, new Undo({ id: new URL(`${id}#undo`), actor, object: done }), to);
    return {};
  },
  // Asks whether a post may quote another one; the post itself is there to be read.
  async quote({ ctx, name, text, object, to }) {
    const number = String(++person(name).written);
    const id = ctx.getObjectUri(Note, { identifier: name, number });
    const note = new Note({
      id,
      attribution: ctx.getActorUri(name),
      to: PUBLIC_COLLECTION,
      content: `<p>${text}</p>`,
      published: Temporal.Now.instant(),
      quote: new URL(object),
    });
    person(name).notes.set(number, note);
    const request = new QuoteRequest({
      id: new URL(`/requests/${crypto.randomUUID()}`, origin),
      actor: ctx.getActorUri(name),
      object: new URL(object),
      instrument: note,
    });
    await tell(ctx, name, request, to);
    return { id: id.href, request: request.id.href };
  },
  async rename({ ctx, name, bio, to }) {
    person(name).bio = bio;
    const actor = await ctx.getActor(name);
    await tell(ctx, name, wrap(ctx, name, Update, actor), to);
    return {};
  },
  async alias({ name, of }) {
    person(name).aliases = of;
    return {};
  },
  async move({ ctx, name, target, to }) {
    person(name).movedTo = target;
    const move = wrap(ctx, name, Move, ctx.getActorUri(name), { target: new URL(target) });
    await tell(ctx, name, move, to);
    return {};
  },
  async reject({ ctx, name, to, id }) {
    const target = await lookUp(ctx, name, to);
    const follow = new Follow({
      id: new URL(id),
      actor: target.id,
      object: ctx.getActorUri(name),
    });
    const no = new Reject({
      id: new URL(`/rejects/${crypto.randomUUID()}`, origin),
      actor: ctx.getActorUri(name),
      object: follow,
    });
    await ctx.sendActivity({ identifier: name }, target, no);
    return {};
  },
  async read({ ctx, name, uri }) {
    const loader = await ctx.getDocumentLoader({ identifier: name });
    const found = await ctx.lookupObject(uri, { documentLoader: loader });
    return found ? await found.toJsonLd({ format: "compact" }) : null;
  },
  async dialect({ speaks, refuses }) {
    if (speaks) federation = dialects[speaks];
    refused = refuses ?? null;
    return {};
  },
  async heard({ type }) {
    return { items: received.filter((each) => !type || each.type === type), problems };
  },
  // The keys by which deliveries were signed in the newer dialect, and how they were answered.
  async knocks() {
    return { items: knocks };
  },
  async followers({ name }) {
    return { items: [...person(name).followers.keys()] };
  },
};

async function interact(ctx, name, Kind, object, to, more = {}) {
  const done = wrap(ctx, name, Kind, new URL(object), more);
  await tell(ctx, name, done, to);
  return { id: done.id.href };
}

async function lookUp(ctx, name, uri) {
  const loader = await ctx.getDocumentLoader({ identifier: name });
  return await ctx.lookupObject(uri, { documentLoader: loader });
}

async function tell(ctx, name, activity, to) {
  const recipients = to ? await lookUp(ctx, name, to) : "followers";
  await ctx.sendActivity({ identifier: name }, recipients, activity, { preferSharedInbox: true });
}

async function control(request) {
  const asked = await request.json();
  const ctx = federation.createContext(new Request(origin), undefined);
  try {
    return Response.json((await deeds[asked.do]({ ...asked, ctx })) ?? {});
  } catch (problem) {
    return Response.json({ problem: String(problem.stack ?? problem) }, { status: 500 });
  }
}

async function answer(request) {
  const path = new URL(request.url).pathname;
  if (path === "/control") return await control(request);
  const speaks = request.headers.has("signature-input") ? "rfc9421" : "cavage";
  if (request.method === "POST" && refused === speaks) {
    return new Response("speak otherwise", { status: 401 });
  }
  const found = await federation.fetch(request, { contextData: undefined });
  const key = /;keyid="([^"]+)"/.exec(request.headers.get("signature-input") ?? "");
  if (request.method === "POST") knocks.push([key?.[1] ?? "", found.status]);
  return found;
}

async function handle(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const init = { method: request.method, headers: new Headers(request.headers) };
  if (chunks.length) init.body = Buffer.concat(chunks);
  const found = await answer(new Request(new URL(request.url, origin), init));
  response.writeHead(found.status, Object.fromEntries(found.headers));
  response.end(Buffer.from(await found.arrayBuffer()));
}

const tls = { cert: readFileSync(given.cert), key: readFileSync(given.key) };
createServer(tls, (request, response) => {
  handle(request, response).catch((problem) => {
    problems.push(String(problem.stack ?? problem));
    response.writeHead(500).end();
  });
}).listen(given.port, given.address, () => console.log("ready"));

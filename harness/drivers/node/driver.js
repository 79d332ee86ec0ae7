// The driver on Node.js: `net` for connections, `dgram` for UDP. See ../PROTOCOL.md.
//
// Node has one thread and callbacks, so every call is asynchronous: a plain request is awaited
// before the next is begun, a started one is not. Node accepts by itself, and reads by itself until
// the driver pauses a socket that nobody reads from.
"use strict";
const dgram = require("dgram");
const fs = require("fs");
const net = require("net");
const os = require("os");
const path = require("path");
const { Connection, Datagrams, Listener } = require("./sockets.js");
const { describe, family, isUdp, isUnix, named, payload, where } = require("./values.js");
const { BadRequest, Unsupported, closed, happens, waiting } = require("./waiting.js");

const LOOPBACK = { 4: "127.0.0.1", 6: "::1" };
const given = process.argv.indexOf("--scratch");
const scratch = given > 0 ? process.argv[given + 1] : fs.mkdtempSync(path.join(os.tmpdir(), "sockharness-"));
fs.mkdirSync(scratch, { recursive: true });
process.chdir(scratch);

const handles = new Map();
const atReset = new Set(); // what else to end then
let paths = 0;
const clock = () => Number(process.hrtime.bigint());

// --- operations -----------------------------------------------------------------------------------

function local(handle, args) {
  if (args.address) return where(args.address, "an address");
  if (isUnix(args.transport)) return { path: path.join(scratch, `${handle}-${++paths}.sock`) };
  return { host: LOOPBACK[family(args.transport)], port: 0 };
}

function existing(handle) {
  if (!handles.has(handle)) throw new BadRequest(`there is no handle ${handle} here`);
  return handles.get(handle);
}

// The handle's own way to do it: a listener sends nothing, a connection accepts nothing.
function able(handle, method) {
  const one = existing(handle);
  if (one.closed) throw closed();
  if (!one[method]) throw new Unsupported(`what ${handle} is in Node has no ${method}`);
  return one;
}

function free(handle) {
  if (typeof handle !== "string") throw new BadRequest("a handle's name is a text");
  if (handles.has(handle) && !handles.get(handle).closed) throw new BadRequest(`the handle ${handle} is in use; close it first`);
  return handle;
}

// The name for a new thing; what has it already is not made into another.
function fresh(handle) {
  const old = handles.get(handle);
  if (old?.closed) throw closed();
  if (old) throw new Unsupported("Node binds and listens as it makes, and never again");
  return free(handle);
}

function whole(args, name) {
  if (!Number.isInteger(args[name])) throw new BadRequest(`the argument ${name} must be a whole number`);
  return args[name];
}

function plain(args) {
  const flags = args.flags;
  if (flags && flags.length) throw new Unsupported("Node's sockets take no flags");
}

async function udp(handle, args) {
  const socket = dgram.createSocket(args.transport);
  const at = local(handle, args);
  await happens(socket, "listening", () => socket.bind(at.port, at.host));
  return new Datagrams(socket);
}

// A new connection to `to`, or a socket for datagrams that is connected to it: that of `bound`.
async function dial(handle, args, bound) {
  const to = where(args.to, "to");
  if (isUdp(args.transport)) {
    const made = bound ?? (await udp(handle, args));
    await happens(made.socket, "connect", () => made.socket.connect(to.port, to.host));
    made.connected = true;
    return made;
  }
  const socket = new net.Socket({ allowHalfOpen: true });
  await happens(socket, "connect", () => socket.connect({ ...to, autoSelectFamily: false }));
  return new Connection(socket);
}

async function recvAll(conn, size, chunk) {
  const parts = [];
  let got = 0;
  let calls = 0;
  while (got < size) {
    const found = await conn.recv(Math.min(size - got, chunk));
    const part = found.data ?? found;
    calls += 1;
    if (!part.length) break;
    parts.push(part);
    got += part.length;
  }
  return { data: describe(Buffer.concat(parts)), calls };
}

const operations = {
  async listen(handle, args) {
    fresh(handle);
    if (isUdp(args.transport)) throw new Unsupported("UDP does not listen");
    const server = net.createServer({ allowHalfOpen: true });
    const at = local(handle, args);
    if (at.host === "") at.host = family(args.transport) === 6 ? "::" : "0.0.0.0"; // Node's is both
    if ("backlog" in args) at.backlog = whole(args, "backlog");
    await happens(server, "listening", () => server.listen({ ...at, ipv6Only: args.transport === "tcp6" }));
    const made = new Listener(server);
    handles.set(handle, made);
    return { name: made.names[0] };
  },
  async accept(handle, args) {
    const name = free(args.as);
    const conn = await able(handle, "accept").accept();
    handles.set(name, conn);
    return { peer: conn.names[1], name: conn.names[0] };
  },
  async connect(handle, args) {
    const bound = handles.get(handle);
    if (bound?.closed) throw closed();
    if (bound && !isUdp(args.transport)) throw new Unsupported("net connects what it makes, and nothing again");
    const made = await dial(handle, args, bound);
    handles.set(handle, made);
    return { name: made.names[0] };
  },
  async bind(handle, args) {
    if (!isUdp(args.transport)) throw new Unsupported("net binds where it listens, in one call");
    const made = await udp(fresh(handle), args);
    handles.set(handle, made);
    return { name: made.names[0] };
  },
  async send(handle, args) {
    plain(args);
    return { count: await able(handle, "send").send(payload(args.data)) };
  },
  async sendto(handle, args) {
    plain(args);
    // Not bound yet: its first datagram does that.
    const made = handles.get(handle) ?? new Datagrams(dgram.createSocket(args.transport));
    handles.set(handle, made);
    return { count: await made.send(payload(args.data), where(args.to, "to")) };
  },
  async recv(handle, args) {
    plain(args);
    const found = await able(handle, "recv").recv(whole(args, "size"));
    return { data: describe(found.data ?? found) };
  },
  async recvfrom(handle, args) {
    plain(args);
    const found = await able(handle, "recv").recv(whole(args, "size"));
    if (!found.peer) return { data: describe(found), peer: null };
    return { data: describe(found.data), peer: named(found.peer) };
  },
  async recv_exactly(handle, args) {
    return recvAll(able(handle, "recv"), whole(args, "size"), args.chunk ?? args.size);
  },
  async recv_until_eof(handle, args) {
    if (args.chunks) throw new Unsupported("this driver reads in chunks of one size");
    return recvAll(able(handle, "recv"), Infinity, args.chunk ?? 65536);
  },
  async shutdown(handle, args) {
    await able(handle, "shutdown").shutdown(args.how);
  },
  async close(handle) {
    const one = existing(handle);
    if (!one.closed) await one.close();
  },
  async abort(handle) {
    const one = existing(handle);
    if (!one.abort) throw new Unsupported("only a connection is aborted here");
    one.abort();
  },
  async getsockname(handle) {
    const one = existing(handle);
    if (one.closed) throw closed();
    return { name: one.names[0] };
  },
  async getpeername(handle) {
    const one = existing(handle);
    if (one.closed) throw closed();
    if (!one.names[1]) throw Object.assign(new Error("it has no peer"), { code: "ENOTCONN" });
    return { peer: one.names[1] };
  },
};
operations.sendall = async (handle, args) => {
  plain(args);
  const data = payload(args.data);
  const one = able(handle, "send");
  if (!args.chunk || !data.length) return { count: await one.send(data) };
  for (let first = 0; first < data.length; first += args.chunk)
    await one.send(data.subarray(first, first + args.chunk));
  return { count: data.length };
};
const workloads = require("./timing.js")({ able, atReset, dial, free, number: whole });

async function reset() {
  for (const wake of [...waiting]) wake();
  for (const end of [...atReset]) end();
  atReset.clear();
  for (const one of handles.values()) one.drop();
  handles.clear();
  for (const name of fs.readdirSync(scratch)) fs.rmSync(path.join(scratch, name), { recursive: true, force: true });
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  return { stuck: 0 };
}

// --- answering ------------------------------------------------------------------------------------

const say = (message) => fs.writeSync(1, JSON.stringify(message) + "\n");

async function answer(message) {
  const begin = clock();
  const reply = { id: message.id };
  try {
    const operation = message.op === "reset" ? reset : operations[message.op] ?? workloads[message.op];
    if (!operation) throw new Unsupported(`this driver has no operation ${message.op}`);
    reply.values = (await operation(message.handle, message.args ?? {})) ?? {};
    reply.reply = "ok";
  } catch (failure) {
    if (failure instanceof Unsupported) Object.assign(reply, { reply: "unsupported", what: failure.message });
    else if (failure.code && !(failure instanceof BadRequest))
      Object.assign(reply, { reply: "error", error: failure.code, exception: failure.name, message: failure.message });
    else Object.assign(reply, { reply: "broken", traceback: String(failure.stack) });
  }
  say({ ...reply, at: [begin, clock()] });
}

function understood(line) {
  try {
    const message = JSON.parse(line);
    if (Number.isInteger(message.id) && typeof message.op === "string") return message;
  } catch {
    // said below
  }
  say({ id: 0, reply: "broken", traceback: "not a request: " + line.slice(0, 200), at: [0, 0] });
  return null;
}

let queue = Promise.resolve();
let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  for (const line of lines.filter((one) => one.trim())) {
    const message = understood(line);
    if (message)
      queue = queue.then(() => {
        if (!message.start) return answer(message);
        say({ id: message.id, event: "started", thread: 0 });
        answer(message);
        return undefined;
      });
  }
});
process.stdin.on("end", () => {
  fs.rmSync(scratch, { recursive: true, force: true });
  try {
    fs.rmdirSync(path.dirname(scratch));
  } catch {
    // others are in it
  }
  process.exit(0);
});

const hasIpv6 = Object.values(os.networkInterfaces()).flat().some((one) => one.address === "::1");
say({
  hello: {
    protocol: 1,
    implementation: "node",
    version: process.versions.node,
    runtime: "Node.js " + process.versions.node,
    os: process.platform,
    pid: process.pid,
    operations: Object.keys(operations).sort(),
    workloads: Object.keys(workloads).sort(),
    transports: ["tcp4", "udp4", "unix-stream", ...(hasIpv6 ? ["tcp6", "udp6"] : [])],
  },
});

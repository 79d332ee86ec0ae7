// The driver on Node.js: `net` for connections, `dgram` for UDP. See ../PROTOCOL.md.
//
// Node has one thread and callbacks, so every call is asynchronous: a plain request is awaited
// before the next is begun, a started one is not. Node accepts by itself, and reads by itself until
// the driver pauses a socket that nobody reads from.
"use strict";
const crypto = require("crypto");
const dgram = require("dgram");
const fs = require("fs");
const net = require("net");
const os = require("os");
const path = require("path");

class Unsupported extends Error {}
class BadRequest extends Error {}

const LIMIT = 65536; // bytes that nobody has read yet, before the socket is paused
const LOOPBACK = { 4: "127.0.0.1", 6: "::1" };
const given = process.argv.indexOf("--scratch");
const scratch = given > 0 ? process.argv[given + 1] : fs.mkdtempSync(path.join(os.tmpdir(), "sockharness-"));
fs.mkdirSync(scratch, { recursive: true });
process.chdir(scratch);

const handles = new Map();
const waiting = new Set(); // how to wake each call that waits
const atReset = new Set(); // what else to end then
let paths = 0;
const clock = () => Number(process.hrtime.bigint());

// --- payloads and addresses -----------------------------------------------------------------------

const PERIOD = Buffer.from(Array.from({ length: 251 }, (_, i) => i));
const counting = (size) => (size ? Buffer.alloc(size, PERIOD) : Buffer.alloc(0));

function payload(what) {
  if (typeof what === "string") return Buffer.from(what);
  if (Array.isArray(what)) return Buffer.concat(what.map(payload));
  if (what && "hex" in what) return Buffer.from(what.hex.replace(/\s/g, ""), "hex");
  if (what && "counting" in what) return counting(what.counting);
  if (what && "seeded" in what)
    return what.seeded
      ? crypto.createHash("shake128", { outputLength: what.seeded }).update(String(what.seed ?? "")).digest()
      : Buffer.alloc(0);
  if (what && "repeat" in what) return what.size ? Buffer.alloc(what.size, payload(what.repeat)) : Buffer.alloc(0);
  throw new BadRequest("this is no payload: " + JSON.stringify(what));
}

function describe(data) {
  const said = { size: data.length, head: data.subarray(0, 64).toString("hex") };
  if (data.length > 64) said.sha256 = crypto.createHash("sha256").update(data).digest("hex");
  return said;
}

const family = (transport) => (transport.endsWith("6") ? 6 : 4);
const isUnix = (transport) => transport.startsWith("unix");
const isUdp = (transport) => transport.startsWith("udp");

function where(address, what) {
  if (address && "path" in address) return { path: address.path };
  if (address && "abstract" in address) return { path: "\0" + address.abstract };
  if (address && "host" in address && "port" in address) return { host: address.host, port: address.port };
  throw new BadRequest(what + " is {host, port}, {path} or {abstract}");
}

function local(handle, args) {
  if (args.address) return where(args.address, "an address");
  if (isUnix(args.transport)) return { path: path.join(scratch, `${handle}-${++paths}.sock`) };
  return { host: LOOPBACK[family(args.transport)], port: 0 };
}

function named(found) {
  if (found === null || found === undefined) return { path: "" };
  if (typeof found === "string") return found[0] === "\0" ? { abstract: found.slice(1) } : { path: found };
  const [host, scope] = found.address.split("%");
  const said = { host, port: found.port };
  if (scope) said.scope = os.networkInterfaces()[scope]?.find((one) => one.scopeid)?.scopeid ?? 0;
  return said;
}

// --- what waits -----------------------------------------------------------------------------------

// Call back `hear` on any of these events until `ready` gives something; a reset ends it too.
function until(emitter, events, ready) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      waiting.delete(abort);
      for (const event of events) emitter.off(event, look);
    };
    const look = () => {
      try {
        const found = ready();
        if (found !== undefined) (stop(), resolve(found));
      } catch (failure) {
        (stop(), reject(failure));
      }
    };
    const abort = () => (stop(), reject(Object.assign(new Error("ended by a reset"), { code: "ECONNABORTED" })));
    waiting.add(abort);
    for (const event of events) emitter.on(event, look);
    look();
  });
}

function closed() {
  return Object.assign(new Error("it was closed here"), { code: "EBADF" });
}

// --- connections ----------------------------------------------------------------------------------

class Connection {
  constructor(socket) {
    this.socket = socket;
    this.data = [];
    this.size = 0;
    this.ended = this.lost = false;
    this.names = [named(socket.localPort ? { address: socket.localAddress, port: socket.localPort } : null),
      named(socket.remotePort ? { address: socket.remoteAddress, port: socket.remotePort } : null)];
    socket.on("data", (chunk) => {
      this.data.push(chunk);
      this.size += chunk.length;
      if (this.size > LIMIT) socket.pause();
      socket.emit("look");
    });
    socket.on("end", () => ((this.ended = true), socket.emit("look")));
    socket.on("error", (failure) => {
      if (failure.syscall !== "write") this.failure = failure; // the write's own callback tells it
    });
    socket.on("close", () => ((this.lost = true), socket.emit("look")));
  }
  // From now on hand what comes to `take`, first what is here already.
  divert(take) {
    const here = Buffer.concat(this.data);
    this.data = [];
    this.size = 0;
    this.socket.removeAllListeners("data").on("data", take);
    if (here.length) take(here);
  }
  write(data) {
    this.socket.write(data);
  }
  get stream() {
    return true;
  }
  take(most) {
    const all = Buffer.concat(this.data);
    const part = all.subarray(0, most);
    this.data = all.length > most ? [all.subarray(most)] : [];
    this.size = all.length - part.length;
    if (this.size <= LIMIT && this.socket.isPaused()) this.socket.resume();
    return part;
  }
  recv(most) {
    if (this.closed) throw closed();
    if (most < 0) throw new Unsupported("a size is never negative here");
    return until(this.socket, ["look"], () => {
      if (this.size) return this.take(most);
      if (this.failure) {
        const failure = this.failure;
        this.failure = undefined;
        throw failure;
      }
      return this.ended || this.lost ? Buffer.alloc(0) : undefined;
    });
  }
  send(data) {
    if (this.closed) throw closed();
    return new Promise((resolve, reject) => {
      const abort = () => reject(Object.assign(new Error("ended by a reset"), { code: "ECONNABORTED" }));
      waiting.add(abort);
      this.socket.write(data, (failure) => {
        waiting.delete(abort);
        if (failure) reject(failure);
        else resolve(data.length);
      });
    });
  }
  shutdown(how) {
    if (this.closed) throw closed();
    if (how !== "write") throw new Unsupported("net shuts the writing side alone");
    return new Promise((resolve) => this.socket.end(resolve));
  }
  close() {
    this.closed = true;
    if (this.lost) return undefined;
    this.socket.on("data", () => {});
    const gone = until(this.socket, ["close"], () => (this.lost ? true : undefined));
    this.socket.destroySoon();
    return gone;
  }
  abort() {
    if (!this.socket.resetAndDestroy) throw new Unsupported("this Node has no resetAndDestroy");
    if (!this.names[0].host) throw new Unsupported("resetAndDestroy is for TCP");
    this.closed = true;
    this.socket.resetAndDestroy();
  }
  drop() {
    this.socket.destroy();
  }
}

class Listener {
  constructor(server) {
    this.server = server;
    this.conns = [];
    server.on("connection", (socket) => (this.conns.push(new Connection(socket)), server.emit("look")));
  }
  get names() {
    return [named(this.server.address())];
  }
  accept() {
    if (this.closed) throw closed();
    return until(this.server, ["look"], () => this.conns.shift());
  }
  close() {
    this.closed = true;
    this.server.close();
  }
  drop() {
    this.server.close();
    for (const conn of this.conns) conn.drop();
  }
}

class Datagrams {
  constructor(socket) {
    this.socket = socket;
    this.found = [];
    socket.on("message", (data, peer) => (this.found.push({ data, peer }), socket.emit("look")));
    socket.on("error", (failure) => (this.found.push({ failure }), socket.emit("look")));
  }
  divert(take) {
    this.socket.removeAllListeners("message").on("message", take);
    for (const { data, peer } of this.found.splice(0)) take(data, peer);
  }
  write(data) {
    this.socket.send(data);
  }
  reply(data, peer) {
    if (this.connected) this.socket.send(data);
    else this.socket.send(data, peer.port, peer.address);
  }
  get names() {
    const peer = () => named(this.socket.remoteAddress());
    return [named(this.socket.address()), this.connected ? peer() : null];
  }
  recv() {
    if (this.closed) throw closed();
    return until(this.socket, ["look"], () => {
      const found = this.found.shift();
      if (found?.failure) throw found.failure;
      return found;
    });
  }
  send(data, to) {
    if (this.closed) throw closed();
    return new Promise((resolve, reject) => {
      const done = (failure, count) => (failure ? reject(failure) : resolve(count));
      if (to) this.socket.send(data, to.port, to.host, done);
      else this.socket.send(data, done);
    });
  }
  close() {
    this.closed = true;
    this.socket.close();
  }
  drop() {
    if (!this.closed) this.socket.close();
  }
}

// --- operations -----------------------------------------------------------------------------------

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

// A thing that tells of itself by one event, or by `error`.
function happens(emitter, event, begin) {
  return new Promise((resolve, reject) => {
    const abort = (failure) => (done(), reject(failure ?? Object.assign(new Error("ended"), { code: "ECONNABORTED" })));
    const fine = () => (done(), resolve());
    const done = () => (waiting.delete(abort), emitter.off(event, fine), emitter.off("error", abort));
    waiting.add(abort);
    emitter.once(event, fine).once("error", abort);
    begin();
  });
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
const workloads = require("./timing.js")({ able, atReset, dial, free, number: whole, until, Unsupported, BadRequest });

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

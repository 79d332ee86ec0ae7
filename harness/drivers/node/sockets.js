// What a handle is: a connection, a listener, or a socket for datagrams. Each keeps what Node hands
// over until somebody asks for it; `divert` hands it on instead.
"use strict";
const { Unsupported, closed, ended, until, waiting } = require("./waiting.js");
const { named } = require("./values.js");

const LIMIT = 65536; // bytes that nobody has read yet, before the socket is paused

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
      const abort = () => reject(ended());
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

module.exports = { Connection, Datagrams, Listener };

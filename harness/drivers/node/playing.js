// Workloads in Node's loop: the end that plays. What comes is taken in the callback that brought it.
//
// A player has its connections' data from when it is opened until the reset: what comes while no
// turn is on is found wrong by the next one. What is timed, and what is compared, is as PROTOCOL.md
// says.
"use strict";
const { LAST, WRONG, cpuTime, pattern, whole, wrong } = require("./messages.js");

const LONGEST = 2 ** 32 - 1;
// Timers count in whole milliseconds, and are late: they end so long before a message is due, in ns.
const SPIN = 2_000_000;
const MESSAGES = 8; // of an open loop: so many may be outstanding before a lost one goes unnoticed

const clock = () => Number(process.hrtime.bigint());

class Player {
  constructor(capacity) {
    this.samples = new Uint32Array(capacity);
    this.stored = this.played = 0;
  }
  keep(ns) {
    this.samples[this.stored++] = Math.min(ns, LONGEST);
  }
  // How many samples a turn needs room for.
  gives(trips, drop) {
    return Math.max(drop, trips - drop);
  }
  async play(trips, drop) {
    const before = this.stored;
    if (drop) await this.go(drop);
    this.stored = before;
    if (trips > drop) await this.go(trips - drop);
    return {};
  }
  close() {}
}

// Who takes messages of one size from connections, and plays until a turn has all of its answers.
class Talker extends Player {
  constructor(capacity, size, kinds) {
    super(capacity);
    this.size = size;
    this.messages = Array.from({ length: kinds }, (_, number) => pattern(size, number));
    this.turn = null;
  }
  listen(one) {
    const came = (data) => {
      if (this.turn) this.take(data, one);
      else this.failure ??= this.wrong();
    };
    one.divert(one.stream ? whole(this.size, came) : came);
    one.socket.on("look", () => {
      if (!one.ended && !one.lost) return;
      this.failure ??= wrong(`the stream ended at trip ${this.played + 1}`);
      this.end();
    });
  }
  wrong() {
    return wrong(`wrong bytes at trip ${this.played + 1}`);
  }
  go(trips) {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      this.turn = { resolve, reject, left: trips };
      return this.begin();
    });
  }
  end() {
    const { turn, failure } = this;
    this.turn = null;
    if (failure) turn?.reject(failure);
    else turn.resolve();
    return true;
  }
  // The answer to message `number` came; say whether it was the last of the turn.
  judge(data, number) {
    if (!data.equals(this.messages[number % this.messages.length])) {
      this.failure = this.wrong();
      return this.end();
    }
    this.played += 1;
    this.turn.left -= 1;
    return !this.turn.left && this.end();
  }
}

// The closed loop, over one connection or over many, one after the other.
class Ping extends Talker {
  constructor(capacity, size, conns, order) {
    super(capacity, size, 2);
    this.conns = conns;
    this.order = order;
    this.coming = [];
    for (const one of conns) this.listen(one);
  }
  begin() {
    if (!this.coming.length) this.coming = this.order(this.conns);
    this.one = this.coming.shift();
    const message = this.messages[this.played % 2];
    this.began = process.hrtime.bigint();
    this.one.write(message);
  }
  take(data, one) {
    const took = Number(process.hrtime.bigint() - this.began);
    if (one !== this.one) data = Buffer.alloc(0); // nobody asked there
    const { played } = this;
    const over = this.judge(data, played);
    if (this.played > played) this.keep(took);
    if (!over) this.begin();
  }
}

// The open loop.
class Paced extends Talker {
  constructor(capacity, size, one, interval) {
    super(capacity, size, MESSAGES);
    this.one = one;
    this.interval = interval;
    this.listen(one);
  }
  gives(trips, drop) {
    return trips - drop;
  }
  async play(trips, drop) {
    Object.assign(this, { first: this.played, sent: 0, late: 0, most: 0, trips, drop });
    if (trips) await this.go(trips);
    return { kept: trips - drop, late_ns: this.late, most_late_ns: this.most };
  }
  begin() {
    this.start = clock();
    this.send();
  }
  due(number) {
    return this.start + Math.trunc(number * this.interval);
  }
  // Send what is due, and have this called when the next one is. With no answer outstanding the
  // last moments are watched on the clock, which holds up nobody.
  send() {
    clearTimeout(this.timer);
    while (this.turn && this.sent < this.trips) {
      const due = this.due(this.sent);
      let now = clock();
      const idle = this.sent === this.played - this.first;
      if (due - now > (idle ? SPIN : 0)) {
        this.timer = setTimeout(() => this.send(), (due - now - (idle ? SPIN : 0)) / 1e6);
        return;
      }
      while (now < due) now = clock();
      if (this.sent >= this.drop) {
        this.late += now - due;
        this.most = Math.max(this.most, now - due);
      }
      this.one.write(this.messages[(this.first + this.sent++) % MESSAGES]);
    }
  }
  take(data) {
    const end = clock();
    const { played } = this;
    const number = played - this.first;
    if (number === this.sent) data = Buffer.alloc(0); // not asked yet
    const over = this.judge(data, played);
    if (this.played > played && number >= this.drop) this.keep(end - this.due(number));
    if (over) clearTimeout(this.timer);
    else this.send();
  }
}

// One connection to write to. A turn gives one sample: its time for each chunk.
class Writer extends Player {
  constructor(capacity, size, one, until) {
    super(capacity);
    const plain = [pattern(size, 0), pattern(size, 1)];
    const last = plain.map((chunk) => Buffer.concat([Buffer.of(LAST), chunk.subarray(1)]));
    Object.assign(this, { size, one, until, plain, last, reader: 0 });
    one.divert(whole(8, (word) => ((this.word = word), one.socket.emit("look"))));
  }
  gives() {
    return 1;
  }
  async play(trips, drop) {
    await this.go(drop);
    const count = trips - drop;
    const before = [this.reader, cpuTime()];
    const begin = clock();
    await this.go(count);
    const took = clock() - begin;
    if (count) this.keep(Math.trunc(took / count));
    const times = { took_ns: took, writer_ns: cpuTime() - before[1], reader_ns: this.reader - before[0] };
    return { bytes: count * this.size, ...times };
  }
  async go(trips) {
    const { socket } = this.one;
    this.word = undefined;
    for (let left = trips; left; left -= 1, this.played += 1) {
      const chunk = (left > 1 ? this.plain : this.last)[this.played % 2];
      if (!socket.write(chunk)) await this.waited(["drain", "look"], () => !socket.writableNeedDrain || undefined);
    }
    if (!trips) return;
    const word = await this.waited(["look"], () => this.word);
    if (word.equals(WRONG)) throw wrong("the reader found wrong bytes");
    this.reader = Number(word.readBigUInt64LE());
  }
  waited(events, ready) {
    const { one } = this;
    return this.until(one.socket, events, () => {
      const found = ready();
      if (found === undefined && (one.ended || one.lost)) throw wrong(`the stream ended at chunk ${this.played + 1}`);
      return found;
    });
  }
}

// Who connects again and again.
class Caller extends Player {
  constructor(capacity, dial, resets) {
    super(capacity);
    Object.assign(this, { dial, resets });
  }
  async go(trips) {
    for (let left = trips; left; left -= 1) {
      const begin = process.hrtime.bigint();
      const said = await this.call();
      const took = Number(process.hrtime.bigint() - begin);
      if (!said.equals(Buffer.of(this.played % 251))) throw wrong(`wrong bytes from connection ${this.played + 1}`);
      this.keep(took);
      this.played += 1;
    }
  }
  async call() {
    const one = await this.dial();
    const said = await one.recv(2);
    const gone = new Promise((resolve) => (one.lost ? resolve() : one.socket.once("close", resolve)));
    if (this.resets) one.socket.resetAndDestroy();
    else one.socket.destroy();
    await gone;
    return said;
  }
}

// What puts the connections of a round in their order.
function orderOf({ order = "round-robin" }, BadRequest) {
  if (order === "round-robin") return (conns) => [...conns];
  if (order !== "random") throw new BadRequest(`order must be round-robin or random, not ${order}`);
  let seed = 1; // the same order in each run
  const draw = (below) => (seed = (seed * 48271) % 0x7fffffff) % below;
  return (conns) => {
    const left = [...conns];
    return conns.map(() => left.splice(draw(left.length), 1)[0]);
  };
}

module.exports = { Caller, Paced, Ping, Writer, orderOf };

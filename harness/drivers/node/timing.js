// Workloads in Node's loop, in callbacks: the operations, and the ends that answer.
"use strict";
const { spawnSync } = require("child_process");
const net = require("net");
const { LAST, WRONG, cpuTime, pattern, whole, wrong } = require("./messages.js");
const { BadRequest, Unsupported, until } = require("./waiting.js");
const { Caller, Paced, Ping, Writer, orderOf } = require("./playing.js");

// What `util-linux` has and Node has not: where a process and all its threads run.
const run = (program, ...words) => spawnSync(program, [...words, String(process.pid)], { stdio: "ignore" }).status === 0;

module.exports = ({ able, atReset, dial, free, number }) => {
  const players = new Map();

  function start(handle, args) {
    if (args.busy) throw new Unsupported("Node's loop waits: it does not ask again and again");
    return [delayed(able(handle, "divert"), args), sizeOf(args)];
  }

  function sizeOf(args) {
    const size = number(args, "size");
    if (size < 1) throw new BadRequest(`a message needs at least one byte, not ${size}`);
    return size;
  }

  function delayed(one, args) {
    if ("nodelay" in args) one.socket.setNoDelay(args.nodelay);
    return one;
  }

  const over = (one) => until(one.socket, ["look"], () => (one.ended || one.lost || one.failure ? true : undefined));

  function answer(one, size) {
    one.divert(one.stream ? whole(size, (data) => one.socket.write(data)) : (data, peer) => one.reply(data, peer));
    return over(one);
  }

  // Have turns and fetches for this handle go to the player, until the reset.
  function ready(handle, one) {
    players.set(handle, one);
    atReset.add(() => (players.delete(handle), one.close()));
  }

  function capacityOf(args) {
    const capacity = number(args, "samples");
    if (capacity < 1) throw new BadRequest("room for at least one sample is needed");
    return capacity;
  }

  function player(handle) {
    if (!players.has(handle)) throw new BadRequest(`the handle ${handle} is not ready to play: open it first`);
    return players.get(handle);
  }

  return {
    async pong(handle, args) {
      await answer(...start(handle, args));
    },
    async pong_many(handle, args) {
      const listener = able(handle, "accept");
      for (;;) {
        const conn = delayed(await listener.accept(), args);
        const drop = () => conn.drop();
        atReset.add(drop);
        answer(conn, sizeOf(args))
          .catch(() => {}) // a reset ends it
          .finally(() => atReset.delete(drop));
      }
    },
    async sink(handle, args) {
      const [one, size] = start(handle, args);
      const plain = [pattern(size, 0), pattern(size, 1)];
      const last = plain.map((chunk) => Buffer.concat([Buffer.of(LAST), chunk.subarray(1)]));
      let seen = 0;
      let failure;
      one.divert(whole(size, (data) => {
        if (failure) return;
        const which = seen++ % 2;
        const word = Buffer.alloc(8);
        word.writeBigUInt64LE(BigInt(cpuTime()));
        if (data.equals(last[which])) one.socket.write(word);
        else if (!data.equals(plain[which])) {
          failure = wrong(`wrong bytes in chunk ${seen}`);
          one.socket.end(WRONG);
          one.socket.emit("look");
        }
      }));
      await until(one.socket, ["look"], () => (failure || one.ended || one.lost ? true : undefined));
      if (failure) throw failure;
    },
    async welcome(handle) {
      const listener = able(handle, "accept");
      for (let count = 0; ; count = (count + 1) % 251) (await listener.accept()).socket.end(Buffer.of(count));
    },
    async ping_open(handle, args) {
      const [one, size] = start(handle, args);
      ready(handle, new Ping(capacityOf(args), size, [one], (conns) => [...conns]));
    },
    async paced_open(handle, args) {
      const [one, size] = start(handle, args);
      const rate = number(args, "rate");
      if (rate < 1) throw new BadRequest(`a rate is at least one message a second, not ${rate}`);
      ready(handle, new Paced(capacityOf(args), size, one, 1e9 / rate));
    },
    async stream_open(handle, args) {
      const [one, size] = start(handle, args);
      ready(handle, new Writer(capacityOf(args), size, one, until));
    },
    async connect_open(handle, args) {
      const resets = args.transport.startsWith("tcp");
      if (resets && !net.Socket.prototype.resetAndDestroy) throw new Unsupported("this Node has no resetAndDestroy");
      ready(free(handle), new Caller(capacityOf(args), () => dial(handle, args), resets));
    },
    async fan_open(handle, args) {
      const count = number(args, "connections");
      if (count < 1) throw new BadRequest("at least one connection is needed");
      const [capacity, size, order] = [capacityOf(args), sizeOf(args), orderOf(args, BadRequest)];
      const conns = [];
      atReset.add(() => conns.forEach((one) => one.drop()));
      while (conns.length < count) conns.push(delayed(await dial(free(handle), args), args));
      const crowd = new Ping(capacity, size, conns, order);
      ready(handle, crowd);
      for (let left = count; left; left -= 1) await crowd.play(1, 1); // one trip over each
    },
    async turn(handle, args) {
      const one = player(handle);
      const trips = number(args, "trips");
      const drop = args.drop ?? 0;
      if (drop < 0 || drop > trips) throw new BadRequest(`cannot drop ${drop} of ${trips} trips`);
      if (one.stored + one.gives(trips, drop) > one.samples.length)
        throw new BadRequest(`no room for the samples of ${trips} trips: fetch first`);
      return { trips, ...(await one.play(trips, drop)) };
    },
    async fetch(handle) {
      const one = player(handle);
      const samples = Buffer.from(one.samples.buffer, 0, 4 * one.stored).toString("base64"); // little-endian
      one.stored = 0;
      return { samples };
    },
    async place(handle, args) {
      if (!Array.isArray(args.cpus) || !args.cpus.length) throw new BadRequest("cpus must be a list of CPU numbers");
      const way = { batch: "--batch", other: "--other" }[args.policy];
      if (!way) throw new BadRequest("policy must be batch or other");
      const cpus = run("taskset", "-a", "-p", "-c", args.cpus.join(",")) ? args.cpus : null;
      const policy = run("chrt", "-a", way, "-p", "0") ? args.policy : null;
      if (!cpus && !policy) throw new Unsupported("Node has no call for it, and there is neither taskset nor chrt");
      return { cpus, policy };
    },
    async cpu_time() {
      return { ns: cpuTime() };
    },
  };
};

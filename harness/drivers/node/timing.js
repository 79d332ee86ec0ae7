// Workloads in Node's loop: the answering ends, and the closed loop of ping-pong, in callbacks.
"use strict";
const { spawnSync } = require("child_process");

const LAST = 255; // the first byte of the last chunk of a turn; no pattern has it
const WRONG = Buffer.alloc(8, 255);
const LONGEST = 2 ** 32 - 1;

// Bytes of a period that no block size shares.
const pattern = (size, number) => Buffer.from(Array.from({ length: size }, (_, i) => ((i % 251) + 101 * number) % 251));

const wrong = (text) => Object.assign(new Error(text), { code: "WrongBytes" });

// Put pieces together to messages of one size, and hand these on.
function whole(size, take) {
  let rest = [];
  let held = 0;
  return (data) => {
    if (!held && data.length === size) return take(data);
    rest.push(data);
    held += data.length;
    if (held < size) return undefined;
    let all = Buffer.concat(rest);
    for (; all.length >= size; all = all.subarray(size)) take(all.subarray(0, size));
    rest = all.length ? [all] : [];
    held = all.length;
    return undefined;
  };
}

function cpuTime() {
  const { user, system } = process.cpuUsage();
  return 1000 * (user + system);
}

// What `util-linux` has and Node has not: where a process and all its threads run.
const run = (program, ...words) => spawnSync(program, [...words, String(process.pid)], { stdio: "ignore" }).status === 0;

module.exports = ({ able, existing, number, until, Unsupported, BadRequest }) => {
  const players = new Map();

  function start(handle, args) {
    const one = able(handle, "divert");
    const size = number(args, "size");
    if (size < 1) throw new BadRequest(`a message needs at least one byte, not ${size}`);
    if (args.busy) throw new Unsupported("Node's loop waits: it does not ask again and again");
    if ("nodelay" in args) one.socket.setNoDelay(args.nodelay);
    return [one, size];
  }

  const over = (one) => until(one.socket, ["look"], () => (one.ended || one.lost || one.failure ? true : undefined));

  function answer(one, size) {
    one.divert(one.stream ? whole(size, (data) => one.socket.write(data)) : (data, peer) => one.reply(data, peer));
    return over(one);
  }

  function play(player, trips, keep) {
    return new Promise((resolve, reject) => {
      const { one, size } = player;
      let left = trips;
      let message;
      let begin;
      const next = () => {
        if (!left--) return finish(resolve);
        message = player.messages[player.played % 2];
        begin = process.hrtime.bigint();
        one.write(message);
        return undefined;
      };
      const take = (data) => {
        const took = Number(process.hrtime.bigint() - begin);
        if (!data.equals(message)) return finish(reject, wrong(`wrong bytes at trip ${player.played + 1}`));
        if (keep) player.samples[player.stored++] = Math.min(took, LONGEST);
        player.played += 1;
        return next();
      };
      const look = () => {
        if (one.ended || one.lost) finish(reject, wrong(`the stream ended at trip ${player.played + 1}`));
      };
      const finish = (settle, outcome) => (one.socket.off("look", look), settle(outcome));
      one.socket.on("look", look);
      one.divert(one.stream ? whole(size, take) : take);
      next();
    });
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
        const conn = await listener.accept();
        if ("nodelay" in args) conn.socket.setNoDelay(args.nodelay);
        answer(conn, number(args, "size")).catch(() => {}); // a reset ends it
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
      const capacity = number(args, "samples");
      if (capacity < 1) throw new BadRequest("room for at least one sample is needed");
      const messages = [pattern(size, 0), pattern(size, 1)];
      players.set(handle, { one, size, messages, samples: new Uint32Array(capacity), stored: 0, played: 0 });
    },
    async turn(handle, args) {
      const one = player(handle);
      const trips = number(args, "trips");
      const drop = args.drop ?? 0;
      if (drop < 0 || drop > trips) throw new BadRequest(`cannot drop ${drop} of ${trips} trips`);
      if (one.stored + trips - drop > one.samples.length)
        throw new BadRequest(`no room for the samples of ${trips} trips: fetch first`);
      await play(one, drop, false);
      await play(one, trips - drop, true);
      return { trips };
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

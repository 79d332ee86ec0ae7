// What both ends of a workload share: the bytes, and pieces put together to messages.
"use strict";

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

// CPU time of the process, in ns.
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return 1000 * (user + system);
}

module.exports = {
  LAST: 255, // the first byte of the last chunk of a turn; no pattern has it
  WRONG: Buffer.alloc(8, 255),
  cpuTime,
  pattern,
  whole,
  wrong,
};

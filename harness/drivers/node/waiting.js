// What waits, for an event or an answer, until a reset wakes it; and how a call can go wrong.
"use strict";

class Unsupported extends Error {}
class BadRequest extends Error {}

const waiting = new Set(); // how to wake each call that waits

function closed() {
  return Object.assign(new Error("it was closed here"), { code: "EBADF" });
}

function ended() {
  return Object.assign(new Error("ended by a reset"), { code: "ECONNABORTED" });
}

// Call `ready` at any of these events until it gives something; a reset ends it too.
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
    const abort = () => (stop(), reject(ended()));
    waiting.add(abort);
    for (const event of events) emitter.on(event, look);
    look();
  });
}

// A thing that tells of itself by one event, or by `error`.
function happens(emitter, event, begin) {
  return new Promise((resolve, reject) => {
    const abort = (failure) => (done(), reject(failure ?? ended()));
    const fine = () => (done(), resolve());
    const done = () => (waiting.delete(abort), emitter.off(event, fine), emitter.off("error", abort));
    waiting.add(abort);
    emitter.once(event, fine).once("error", abort);
    begin();
  });
}

module.exports = { BadRequest, Unsupported, closed, ended, happens, until, waiting };

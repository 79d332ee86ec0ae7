// Payloads and addresses: from a request to what Node takes, and from what Node tells to a reply.
"use strict";
const crypto = require("crypto");
const os = require("os");
const { BadRequest } = require("./waiting.js");

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

function named(found) {
  if (found === null || found === undefined) return { path: "" };
  if (typeof found === "string") return found[0] === "\0" ? { abstract: found.slice(1) } : { path: found };
  const [host, scope] = found.address.split("%");
  const said = { host, port: found.port };
  if (scope) said.scope = os.networkInterfaces()[scope]?.find((one) => one.scopeid)?.scopeid ?? 0;
  return said;
}

module.exports = { describe, family, isUdp, isUnix, named, payload, where };

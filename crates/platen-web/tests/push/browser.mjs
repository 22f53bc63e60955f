// A browser's side of Web Push, on Node's own cryptography: makes a subscription's
// keys, and opens what a push service received. Source: RFC 8291, RFC 8188, RFC 8292.
import crypto from "node:crypto";
import { readFileSync } from "node:fs";

const url = (bytes) => Buffer.from(bytes).toString("base64url");
const bytes = (text) => Buffer.from(text, "base64url");

function keys() {
  const pair = crypto.createECDH("prime256v1");
  pair.generateKeys();
  return {
    secret: url(pair.getPrivateKey()),
    key: url(pair.getPublicKey()),
    auth: url(crypto.randomBytes(16)),
  };
}

const derive = (secret, salt, info, length) =>
  Buffer.from(crypto.hkdfSync("sha256", secret, salt, info, length));

function open({ secret, key, auth, body }) {
  const message = bytes(body);
  const salt = message.subarray(0, 16);
  const recordSize = message.readUInt32BE(16);
  const keyLength = message[20];
  const sender = message.subarray(21, 21 + keyLength);
  const record = message.subarray(21 + keyLength);
  if (record.length > recordSize) throw new Error("more than one record");

  const pair = crypto.createECDH("prime256v1");
  pair.setPrivateKey(bytes(secret));
  const shared = pair.computeSecret(sender);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), bytes(key), sender]);
  const keying = derive(shared, bytes(auth), info, 32);
  const contentKey = derive(keying, salt, "Content-Encoding: aes128gcm\0", 16);
  const nonce = derive(keying, salt, "Content-Encoding: nonce\0", 12);

  const cipher = crypto.createDecipheriv("aes-128-gcm", contentKey, nonce);
  cipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()]);
  const end = padded.lastIndexOf(2);
  if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error("bad padding");
  return padded.subarray(0, end).toString("utf8");
}

function sender(authorization) {
  const [, token, key] = authorization.match(/^vapid t=([^,]+), k=(.+)$/);
  const [header, claims, signature] = token.split(".");
  const point = bytes(key);
  const jwk = {
    kty: "EC",
    crv: "P-256",
    x: url(point.subarray(1, 33)),
    y: url(point.subarray(33)),
  };
  const signed = crypto.verify(
    "sha256",
    Buffer.from(`${header}.${claims}`),
    { key: crypto.createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" },
    bytes(signature),
  );
  if (!signed) throw new Error("the sender's signature is wrong");
  const read = (part) => JSON.parse(bytes(part).toString("utf8"));
  return { key, header: read(header), claims: read(claims) };
}

if (process.argv[2] === "keys") {
  console.log(JSON.stringify(keys()));
} else {
  const asked = JSON.parse(readFileSync(0, "utf8"));
  console.log(JSON.stringify({ text: open(asked), sender: sender(asked.authorization) }));
}

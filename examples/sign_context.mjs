// Signs what a login code claims, so that an app can believe it (docs/consent.md). On the server that made the code:
//
//     node examples/sign_context.mjs private-key.pem KEY-ID '{"browser":"Firefox"}' < code.json > signed-code.json
//
// The key is one of Ed25519 or P-256, as PEM. The code is the text that the QR code is to show; what comes out takes its place.
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";

function withContext(codeText, claims, privateKey, keyId) {
  const code = JSON.parse(codeText);
  const header = { alg: privateKey.asymmetricKeyType === "ed25519" ? "EdDSA" : "ES256", kid: keyId };
  const payload = {
    random: code.random,
    userPoolId: code.userPoolId,
    exp: Math.floor(expiry(code) / 1000),
    claims,
  };
  const signed = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  // ECDSA as JWS has it: two numbers, and no DER. Ed25519 has no digest of its own to choose.
  const digest = header.alg === "ES256" ? "sha256" : null;
  const signature = sign(digest, Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
  code.customData = { signedContext: `${signed}.${signature.toString("base64url")}` };
  return JSON.stringify(code);
}

function expiry({ expireAt, createdAt, expiresIn }) {
  return expireAt ? Date.parse(expireAt) : Date.parse(createdAt) + Number(expiresIn) * 1000;
}

const [keyFile, keyId, claims] = process.argv.slice(2);
const key = createPrivateKey(readFileSync(keyFile));
process.stdout.write(withContext(readFileSync(0, "utf8"), JSON.parse(claims), key, keyId));

import { test } from "node:test";

import { Program } from "./process.js";
import { TARGET, WEB } from "./paths.js";

/** The phones, by the language that they are written in. All take the options of the `approve` example. */
const PHONES = {
  Rust: [`${TARGET}/debug/examples/approve`, "--allow-insecure-loopback"],
  Kotlin: [`${WEB}/phones/kotlin/phone`],
  Swift: [`${WEB}/phones/swift/phone`],
};

/** A test with each phone. */
export function withEachPhone(name, body) {
  for (const phone of Object.keys(PHONES)) {
    const title = `${name}: ${phone}`;
    test(title, { timeout: 90_000 }, t => body(t, phone, title));
  }
}

function look(phone, server, picture, { api = "v2", root } = {}) {
  const options = { image: picture, host: server.url, "app-id": server.appId, "user-pool-id": server.pool, api };
  if (root) options["root-certificate"] = root;
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return new Program(PHONES[phone], args, { SCAN_LOGIN_TOKEN: server.token });
}

/** A phone that has marked the code in a picture scanned, and waits for its user's decision. */
export async function scan(phone, server, picture, options) {
  const program = look(phone, server, picture, options);
  await program.printed(/marked the code scanned/);
  return {
    /** What the code claims by these names, as the phone shows it. */
    claims: async (...names) => {
      const values = names.map(name => program.printed(new RegExp(`the code claims ${name}: (.*)\n`)));
      return Object.fromEntries((await Promise.all(values)).map(([, value], i) => [names[i], value]));
    },
    decide: async answer => {
      program.process.stdin.end(`${answer}\n`);
      const status = await program.ended;
      if (status !== 0) throw new Error(`the phone failed: ${program.stderr}`);
    },
  };
}

/** Why a phone refuses what is in a picture: the error's `code()`. */
export async function refusal(phone, server, picture, options) {
  const program = look(phone, server, picture, options);
  const status = await program.ended;
  const code = program.stderr.match(/\(([a-z_]+)\)\n$/);
  if (status !== 1 || !code) throw new Error(`no refusal: ${status}, ${program.stdout}${program.stderr}`);
  return code[1];
}

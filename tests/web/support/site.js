import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";

import { WEB } from "./paths.js";

// The browser's build of the SDK, byte for byte as npm has it.
const SDK = join(dirname(createRequire(import.meta.url).resolve("authing-js-sdk/package.json")), "build/browser/index.min.js");
const TYPES = { ".html": "text/html", ".js": "text/javascript" };

/** The web site that users sign in to: an origin of its own, as sites have. */
export async function serveSite() {
  const server = createServer(async (request, response) => {
    const name = request.url.split("?")[0].slice(1);
    const file = name === "sdk.js" ? SDK : join(`${WEB}/pages`, name.replaceAll("/", ""));
    try {
      const content = await readFile(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

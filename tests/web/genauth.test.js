// The login page of the stand-in server, as someone sees it who tries things out.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { inWindow, launch, photograph } from "./support/browser.js";
import { Genauth } from "./support/genauth.js";
import { Program } from "./support/process.js";
import { TARGET } from "./support/paths.js";

let browser;

before(async () => { browser = await launch(); });
after(() => browser?.close());

describe("the login page of genauth", { timeout: 120_000 }, () => {
  for (const width of [320, 1120]) {
    test(`it fits, from the code to the ticket, ${width} pixels wide`, { timeout: 60_000 }, async t => {
      const server = await Genauth.start(t);
      await inWindow(browser, t.name, { viewport: { width, height: 700 } }, async page => {
        page.on("pageerror", error => assert.fail(error));
        const fits = async () => {
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${overflow} pixels do not fit`);
        };
        await page.goto(server.url);
        await page.getByText("Scan this code with the app.").waitFor();
        await fits();
        const random = (await page.locator("#code").getAttribute("src")).match(/([A-Za-z0-9]+)\.png$/)[1];
        const approve = new Program([`${TARGET}/debug/examples/approve`], [
          "--text", await server.text(random), "--decision", "confirm", "--host", server.url,
          "--app-id", server.appId, "--user-pool-id", server.pool, "--allow-insecure-loopback",
        ], { SCAN_LOGIN_TOKEN: server.token });
        assert.equal(await approve.ended, 0, approve.stderr);
        await page.getByText("Signed in as Alice.").waitFor();
        await fits();
        await photograph(page, t.name, { fullPage: true });
      });
    });
  }
});

// The story over V3: the web site's server uses the vendor's Node SDK, as npm has it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { AuthenticationClient } from "authing-node-sdk";

import { inWindow, launch, photograph } from "./support/browser.js";
import { Genauth } from "./support/genauth.js";
import { PHONES, refusal, scan } from "./support/phones.js";

let browser;

before(async () => { browser = await launch(); });
after(() => browser?.close());

/** The web site's server polls until the code has come so far. */
async function reached(client, qrcodeId, status) {
  for (;;) {
    const { data } = await client.getQrCodeStatus({ qrcodeId });
    if (data.status === status) return data;
    await setTimeout(100);
  }
}

const ENDS = {
  "a confirmed login": async ({ client, qrcodeId, scanned, server }) => {
    await scanned.decide("yes");
    const { ticket, briefUserInfo } = await reached(client, qrcodeId, "AUTHORIZED");
    assert.equal(briefUserInfo.displayName, "Alice");
    const { data } = await client.exchangeTokenSetWithQrCodeTicket({
      ticket, client_id: server.appId, client_secret: server.secret,
    });
    assert.ok(data.id_token && data.access_token);
    assert.equal((await server.exchange(ticket)).id, "user-alice");
  },
  "a cancelled login": async ({ client, qrcodeId, scanned }) => {
    await scanned.decide("no");
    assert.equal((await reached(client, qrcodeId, "CANCELLED")).ticket, undefined);
  },
};

describe("the server of authing-node-sdk", { concurrency: 2, timeout: 300_000 }, () => {
  for (const phone of Object.keys(PHONES)) {
    /** Calls `body` with a code of the SDK, and a picture of the page that shows it. */
    const story = (name, body) => test(`${name} over V3: ${phone}`, async t => {
      const server = await Genauth.start(t);
      const client = new AuthenticationClient({ appId: server.appId, appSecret: server.secret, appHost: server.url });
      const { data: { qrcodeId, url } } = await client.geneQrCode({ type: "MOBILE_APP", customData: { from: "V3" } });
      await inWindow(browser, t.name, {}, async page => {
        await page.setContent(`<h1>Sign in</h1><img src="${url}" alt="Login code">`, { waitUntil: "load" });
        await body({ client, qrcodeId, server, picture: await photograph(page, t.name) });
      });
    });

    for (const [name, end] of Object.entries(ENDS)) {
      story(name, async found => {
        const { client, qrcodeId, server, picture } = found;
        const scanned = await scan(phone, server, picture, { api: "v3" });
        assert.deepEqual(JSON.parse(await scanned.claim()), { from: "V3" });
        assert.equal((await reached(client, qrcodeId, "SCANNED")).briefUserInfo.displayName, "Alice");
        await end({ ...found, scanned });
      });
    }

    story("an expired code", async ({ client, qrcodeId, server, picture }) => {
      await server.pass(121);
      await reached(client, qrcodeId, "EXPIRED");
      assert.equal(await refusal(phone, server, picture, { api: "v3" }), "expired");
    });
  }
});

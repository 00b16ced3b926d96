// The story over V3: the web site's server uses the vendor's Node SDK, as npm has it.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { setTimeout } from "node:timers/promises";

import { AuthenticationClient } from "authing-node-sdk";

import { inWindow, launch, photograph } from "./support/browser.js";
import { Genauth } from "./support/genauth.js";
import { refusal, scan, withEachPhone } from "./support/phones.js";

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

/** A test with each phone, before a page that shows a code of the SDK. */
function story(name, body) {
  withEachPhone(`${name} over V3`, async (t, phone, title) => {
    const server = await Genauth.start(t);
    const client = new AuthenticationClient({ appId: server.appId, appSecret: server.secret, appHost: server.url });
    const { data: { qrcodeId, url } } = await client.geneQrCode({ type: "MOBILE_APP", customData: { from: "V3" } });
    await inWindow(browser, title, {}, async page => {
      await page.setContent(`<h1>Sign in</h1><img src="${url}" alt="Login code">`, { waitUntil: "load" });
      await body({ client, qrcodeId, server, phone, picture: await photograph(page, title) });
    });
  });
}

async function scanned({ client, qrcodeId, server, phone, picture }) {
  const scanned = await scan(phone, server, picture, { api: "v3" });
  assert.deepEqual(await scanned.claims("from"), { from: "V3" });
  assert.equal((await reached(client, qrcodeId, "SCANNED")).briefUserInfo.displayName, "Alice");
  return scanned;
}

describe("the server of authing-node-sdk", { concurrency: 2, timeout: 300_000 }, () => {
  story("a confirmed login", async found => {
    const { client, qrcodeId, server } = found;
    await (await scanned(found)).decide("yes");
    const { ticket, briefUserInfo } = await reached(client, qrcodeId, "AUTHORIZED");
    assert.equal(briefUserInfo.displayName, "Alice");
    const { data } = await client.exchangeTokenSetWithQrCodeTicket({
      ticket, client_id: server.appId, client_secret: server.secret,
    });
    assert.ok(data.id_token && data.access_token);
    assert.equal((await server.exchange(ticket)).id, "user-alice");
  });

  story("a cancelled login", async found => {
    await (await scanned(found)).decide("no");
    assert.equal((await reached(found.client, found.qrcodeId, "CANCELLED")).ticket, undefined);
  });

  story("an expired code", async ({ client, qrcodeId, server, phone, picture }) => {
    await server.pass(121);
    await reached(client, qrcodeId, "EXPIRED");
    assert.equal(await refusal(phone, server, picture, { api: "v3" }), "expired");
  });
});

// The whole story with parts that this project did not write: the vendor's web SDK, as npm has it, in a real browser.
// The phones see screenshots of it, and what the SDK calls back is the verdict.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { after, before, describe } from "node:test";

import { inWindow, launch, photograph } from "./support/browser.js";
import { Genauth } from "./support/genauth.js";
import { LoginPage } from "./support/login_page.js";
import { TARGET } from "./support/paths.js";
import { refusal, scan, withEachPhone } from "./support/phones.js";
import { serveSite } from "./support/site.js";

let browser;
let site;

before(async () => {
  browser = await launch();
  site = await serveSite();
});

after(async () => {
  await browser?.close();
  site?.stop();
});

/** A code that the page shows is scanned and confirmed, and the ticket stands for the user of the phone. */
async function approved(login, server, phone, picture, options) {
  const scanned = await scan(phone, server, picture, options);
  const [seen] = await login.called("onScanned");
  assert.equal(seen.nickname, "Alice");
  await login.says("Alice has scanned the code.");
  await login.frame.getByText("Scan code successfully").waitFor();
  assert.ok(!(await login.calls()).includes("onSuccess"), "nobody has agreed yet");

  await scanned.decide("yes");
  const [user, ticket] = await login.called("onSuccess");
  await login.says("Alice is signed in.");
  assert.equal((await server.exchange(ticket)).id, "user-alice");
  return { scanned, user };
}

/** A test with each phone, before a window with a login page that shows a code. */
function story(name, { flags = [], windowed = {}, scanning = {}, page: file, fullPage = false }, body = approved) {
  withEachPhone(name, async (t, phone, title) => {
    const server = await Genauth.start(t, ...flags);
    await inWindow(browser, title, windowed, async page => {
      const login = await LoginPage.open(page, site, server, scanning, file);
      const random = await login.nextCode();
      const picture = await photograph(page, title, { fullPage });
      await body(login, server, phone, picture, { random, title });
    });
  });
}

/** What Ctrl with + and - does: fewer or more points of the page in the same window. */
function zoomed(zoom) {
  return { viewport: { width: 720 / zoom, height: 540 / zoom }, deviceScaleFactor: zoom };
}

// Two at a time: as many as the smallest machine has cores.
describe("the web page of authing-js-sdk", { concurrency: 2, timeout: 600_000 }, () => {
  story("a confirmed login", {});

  story("a login that the browser exchanges itself", { flags: ["--browser-exchange"], scanning: { autoExchangeUserInfo: true } },
    async (login, server, phone, picture) => {
      const { user } = await approved(login, server, phone, picture);
      assert.equal(user.id, "user-alice");
      assert.equal(user.email, "alice@example.com");
    });

  story("a cancelled login, and the next code", {}, async (login, server, phone, picture, { random, title }) => {
    const scanned = await scan(phone, server, picture);
    await login.called("onScanned");
    await scanned.decide("no");
    await login.called("onCancel");
    await login.says("The login was declined.");
    assert.equal(await server.status(random), "Cancelled");

    const next = await login.nextCode();
    assert.notEqual(next, random);
    const scannedNext = await scan(phone, server, await photograph(login.frame, `${title} 2`));
    await login.called("onScanned", 2);
    await scannedNext.decide("yes");
    const [, ticket] = await login.called("onSuccess");
    assert.equal((await server.exchange(ticket)).id, "user-alice");
    assert.equal(await server.status(random), "Cancelled");
  });

  story("an expired code", {}, async (login, server, phone, picture, { random }) => {
    await server.pass(121);
    await login.called("onExpired");
    await login.says("The code has expired.");
    assert.equal(await refusal(phone, server, picture), "expired");
    assert.equal(await server.status(random), "Expired");
    assert.ok(!(await login.calls()).includes("onScanned"));
  });

  const customData = { order: "4711", note: "nur für Alice" };
  story("what the page writes into the code", { scanning: { customData } }, async (login, server, phone, picture) => {
    const { scanned } = await approved(login, server, phone, picture);
    assert.deepEqual(await scanned.claims(...Object.keys(customData)), customData);
  });

  story("a logo in the middle of the code", { flags: ["--custom-logo"] });
  for (const percent of [50, 75, 100, 200]) story(`a page at ${percent} %`, { windowed: zoomed(percent / 100) });
  for (const scale of [1, 2, 3]) story(`a screen of scale ${scale}`, { windowed: { deviceScaleFactor: scale } });
  story("a dark page", { windowed: { colorScheme: "dark" } });
  story("a page full of text and pictures", { page: "busy.html", fullPage: true, windowed: { viewport: { width: 1200, height: 800 } } });

  withEachPhone("two logins on one page", async (t, phone, title) => {
    const server = await Genauth.start(t);
    await inWindow(browser, title, {}, async page => {
      await LoginPage.open(page, site, server, {}, "two.html");
      const [first, second] = ["first", "second"].map(name => new LoginPage(page.frame(name)));
      const untouched = await first.nextCode();
      await second.nextCode();
      assert.equal(await refusal(phone, server, await photograph(page, title)), "several_login_codes");
      assert.equal(await server.requests("/scanned"), 0);

      const clip = await page.locator("iframe[name=second]").boundingBox();
      await approved(second, server, phone, await photograph(page, `${title} cropped`, { clip }));
      assert.equal(await server.status(untouched), "Pending");
    });
  });

  withEachPhone("a server with a private authority", async (t, phone, title) => {
    const home = `${TARGET}/web/home-${phone}`;
    rmSync(home, { recursive: true, force: true });
    mkdirSync(`${home}/.pki/nssdb`, { recursive: true });
    const server = await Genauth.start(t, "--tls", `${home}/root.pem`);
    trust(home, server.rootCertificate);
    const trusting = await launch({ HOME: home });
    t.after(() => trusting.close());
    await inWindow(trusting, title, {}, async page => {
      const login = await LoginPage.open(page, site, server);
      await login.nextCode();
      const picture = await photograph(page, title);
      assert.equal(await refusal(phone, server, picture), "network_tls");
      await approved(login, server, phone, picture, { root: server.rootCertificate });
    });
  });
});

/** Has the browsers of a home folder trust an authority. */
function trust(home, certificate) {
  const certutil = (...args) => execFileSync("certutil", ["-d", `sql:${home}/.pki/nssdb`, ...args]);
  certutil("-N", "--empty-password");
  certutil("-A", "-n", "genauth", "-t", "C,,", "-i", certificate);
}

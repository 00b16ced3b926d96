// The demo, as a person meets it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

import { inWindow, launch, photograph } from "./support/browser.js";
import { Program } from "./support/process.js";
import { TARGET } from "./support/paths.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let browser;

before(async () => { browser = await launch(); });
after(() => browser?.close());

/** The page of a demo of its own, with a code on it. */
class DemoPage {
  constructor(page) {
    this.page = page;
  }

  static async open(page, url) {
    await page.goto(url);
    const demo = new DemoPage(page);
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    return demo;
  }

  /** Waits until the web page and the phone say this. */
  async shows(web, phone) {
    await this.page.locator("#web-state").getByText(web, { exact: true }).waitFor();
    await this.page.locator("#phone-state").getByText(phone, { exact: true }).waitFor();
  }

  lit() {
    return this.page.locator(".machine .lit").textContent();
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  requests() {
    return this.page.locator("#requests").innerText();
  }

  async scan() {
    await this.button("Scan").click();
    await this.shows("Alice has scanned it.", "Sign in there? Decide.");
  }
}

function story(name, options, body) {
  test(name, { timeout: 90_000 }, async t => {
    const program = new Program([`${TARGET}/debug/examples/demo`], ["--port", "0", "--until-stdin-ends"]);
    t.after(() => program.stop());
    const [, url] = await program.printed(/^address: (.*)\n/);
    await inWindow(browser, name, { viewport: { width: 1120, height: 800 }, ...options }, async page => {
      const hosts = new Set();
      page.on("request", request => hosts.add(new URL(request.url()).hostname));
      page.on("pageerror", error => assert.fail(error));
      await body(await DemoPage.open(page, url), name, program);
      assert.deepEqual([...hosts].filter(Boolean), ["127.0.0.1"]);
    });
  });
}

/** Moves on with the Tab key until this has the focus, and presses a key there. */
async function pressOn(page, id, key = "Enter") {
  for (let stops = 0; stops < 30; stops++) {
    if (await page.evaluate(() => document.activeElement.id) === id) return page.keyboard.press(key);
    await page.keyboard.press("Tab");
  }
  assert.fail(`the Tab key does not lead to ${id}`);
}

/** The corners that are drawn are those of the code that the page drew into the picture. */
async function sameCorners(page) {
  const points = await page.locator("#corners polygon").getAttribute("points");
  const found = points.split(/[ ,]/).map(Number);
  const drawn = await page.evaluate(() => {
    const transform = document.getElementById("picture").getContext("2d").getTransform();
    // A code of 57 modules in a margin of 4, drawn from (40, 30) in a size of 360.
    const [near, far] = [360 * 4 / 65, 360 * 61 / 65];
    const corners = [[near, near], [far, near], [far, far], [near, far]];
    return corners.map(([x, y]) => transform.transformPoint({ x: 40 + x, y: 30 + y })).flatMap(({ x, y }) => [x, y]);
  });
  found.forEach((at, i) => assert.ok(Math.abs(at - drawn[i]) < 8, `found at ${found}, drawn at ${drawn}`));
}

describe("the demo", { concurrency: 2, timeout: 300_000 }, () => {
  story("a login is confirmed, from the keyboard alone", {}, async demo => {
    const { page } = demo;
    assert.equal(await demo.lit(), "Looking");
    assert.equal(await demo.requests(), "Nothing yet.");
    await demo.button("Scan").and(page.locator(":enabled")).waitFor();
    await pressOn(page, "scan");
    await demo.shows("Alice has scanned it.", "Sign in there? Decide.");
    assert.equal(await demo.lit(), "Scanned");
    await sameCorners(page);
    const code = await page.locator("#code").innerText();
    for (const field of ["APP_AUTH ✓", "65a1b2c3d4e5f60718293a4b ✓", '{"device":"the demo\'s web page"}']) {
      assert.ok(code.includes(field), code);
    }
    const left = Number(code.match(/(\d+) s$/)[1]);
    assert.ok(left > 100 && left <= 120, `${left} seconds left`);
    await page.locator("#code").getByText(`${left - 1} s`, { exact: true }).waitFor();

    await pressOn(page, "confirm");
    await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");
    assert.equal(await demo.lit(), "Confirmed");
    assert.ok(await demo.button("Confirm").isDisabled());
    const requests = await demo.requests();
    assert.equal(requests.match(/^200 /gm).length, 2, requests);
    for (const line of ["POST /api/v2/qrcode/scanned", "POST /api/v2/qrcode/confirm", "Authorization: Bearer [redacted]"]) {
      assert.ok(requests.includes(line), requests);
    }
    const random = (await page.locator("#qr").getAttribute("src")).match(/([A-Za-z0-9]+)\.png$/)[1];
    assert.ok(!(await page.locator("body").innerText()).includes(random), "the code's id is a secret");
  });

  story("a login is cancelled, and the next code confirmed", {}, async demo => {
    await demo.scan();
    await demo.button("Cancel").click();
    await demo.shows("The login was declined on the phone.", "The login was declined.");
    assert.equal(await demo.lit(), "Cancelled");
    await demo.button("New code").click();
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    await demo.scan();
    await demo.button("Confirm").click();
    await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");
  });

  for (const [kind, web, refusal] of [
    ["an expired code", "The code has expired.", "expired"],
    ["a code of another user pool", "Scan this code with the app.", "wrong_user_pool"],
  ]) {
    story(`${kind} is refused without a request`, {}, async demo => {
      await demo.page.getByLabel(kind).check();
      await demo.shows(web, "Ready to scan.");
      await demo.button("Scan").click();
      await demo.shows(web, "This code cannot be used.");
      assert.equal(await demo.lit(), "Refused");
      assert.match(await demo.page.getByRole("alert").innerText(), new RegExp(`\\(${refusal}: `));
      assert.equal(await demo.requests(), "Nothing yet.");
      assert.ok(await demo.button("Confirm").isDisabled());
    });
  }

  story("a lost answer is found out", {}, async demo => {
    await demo.page.getByLabel("loses the answer").check();
    await demo.scan();
    await demo.button("Confirm").click();
    await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");
    const requests = await demo.requests();
    assert.match(requests, /confirm[^]*✗ the answer was lost[^]*GET \/api\/v2\/qrcode\/check/);
    assert.equal(requests.match(/qrcode\/confirm/g).length, 1, "confirm was sent once");
  });

  story("with a slow server each state is seen", {}, async demo => {
    await demo.page.getByLabel("is slow").check();
    await demo.button("Scan").click();
    await demo.shows("Scan this code with the app.", "The code is good. Telling the server that it was scanned.");
    assert.equal(await demo.lit(), "Read");
    await demo.shows("Alice has scanned it.", "Sign in there? Decide.");
    await demo.button("Confirm").click();
    await demo.shows("Alice has scanned it.", "Telling the server: yes.");
    assert.equal(await demo.lit(), "Confirming");
    assert.match(await demo.requests(), /… no answer yet/);
    await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");
  });

  story("when the demo is stopped the page says so", {}, async (demo, name, program) => {
    await program.stop();
    await demo.shows("The server does not answer: Failed to fetch", "The demo does not answer. Has it been stopped?");
  });

  for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 1120]) {
      story(`it reads well, ${colorScheme}, ${width} pixels wide`, { colorScheme, viewport: { width, height: 800 } }, async (demo, name) => {
        const { page } = demo;
        await demo.scan();
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${overflow} pixels do not fit`);
        await page.addScriptTag({ path: AXE });
        const { violations } = await page.evaluate(() => axe.run());
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(node => node.html)]), []);
        await photograph(page, name, { fullPage: true });
      });
    }
  }
});

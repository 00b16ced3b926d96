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
    await page.locator("#scan:enabled").waitFor();
    return new DemoPage(page);
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
    await this.shows("Alice has scanned it.", "Waiting for your decision.");
  }

  /** Waits until this has the focus. */
  async focus(id) {
    await this.page.waitForFunction(id => document.activeElement.id === id, id);
  }

  /** Whether all of them can be seen without scrolling. */
  async inView(...ids) {
    for (const id of ids) {
      const box = await this.page.locator(`#${id}`).boundingBox();
      const { width, height } = this.page.viewportSize();
      assert.ok(box && box.x >= 0 && box.y >= 0, `${id} is out of view`);
      assert.ok(box.x + box.width <= width && box.y + box.height <= height, `${id} ends at ${box.y + box.height} of ${height}`);
    }
    assert.equal(await this.page.evaluate(() => scrollY), 0);
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
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    await pressOn(page, "scan");
    await demo.shows("Alice has scanned it.", "Waiting for your decision.");
    await demo.focus("question");
    assert.equal(await demo.lit(), "Scanned");
    await sameCorners(page);
    const code = await page.locator("#code").innerText();
    for (const field of ["APP_AUTH ✓", "65a1b2c3d4e5f60718293a4b ✓", "device: the demo's web page"]) {
      assert.ok(code.includes(field), code);
    }
    const left = Number(code.match(/(\d+) s$/)[1]);
    assert.ok(left > 100 && left <= 120, `${left} seconds left`);
    await page.locator("#code").getByText(`${left - 1} s`, { exact: true }).waitFor();

    await pressOn(page, "confirm");
    await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");
    assert.equal(await demo.lit(), "Confirmed");
    await demo.focus("phone-state");
    assert.ok(await page.locator("#decide").isHidden());
    const requests = await demo.requests();
    assert.equal(requests.match(/^200 /gm).length, 2, requests);
    for (const line of ["POST /api/v2/qrcode/scanned", "POST /api/v2/qrcode/confirm", "Authorization: Bearer [redacted]"]) {
      assert.ok(requests.includes(line), requests);
    }
    const random = (await page.locator("#qr").getAttribute("src")).match(/([A-Za-z0-9]+)\.png$/)[1];
    assert.ok(!(await page.locator("body").innerText()).includes(random), "the code's id is a secret");
  });

  story("a login is declined, and the next code confirmed", {}, async demo => {
    await demo.scan();
    await demo.button("Decline").press("Enter");
    await demo.shows("The login was declined on the phone.", "The login was declined.");
    await demo.focus("phone-state");
    assert.ok(await demo.page.getByText("Did you start this yourself?").isHidden(), "nothing is left to decide");
    assert.equal(await demo.lit(), "Cancelled");
    await demo.button("New code").click();
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    await demo.scan();
    await demo.button("Confirm").click();
    await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");
  });

  for (const width of [390, 1120]) {
    story(`to decline is as easy as to agree, ${width} pixels wide`, { viewport: { width, height: 844 } }, async demo => {
      const { page } = demo;
      await demo.scan();
      await demo.focus("question");
      assert.equal(await page.getByRole("group", { name: "Sign in on the web page as Alice?" }).getByText("Did you").innerText(),
        "Did you start this yourself? If not, decline.");
      const look = id => page.locator(`#${id}`).evaluate(button => {
        const { width, height, y } = button.getBoundingClientRect();
        const { color, backgroundColor, borderColor, font } = getComputedStyle(button);
        return { width, height, y, color, backgroundColor, borderColor, font };
      });
      assert.deepEqual(await look("decline"), await look("confirm"));
      assert.ok((await look("decline")).height >= 44, "a finger finds it");
      const left = async id => (await page.locator(`#${id}`).boundingBox()).x;
      assert.ok(await left("decline") < await left("confirm"));
      // A key that is pressed once too often decides nothing.
      for (const key of ["Enter", "Space"]) await page.keyboard.press(key);
      await page.keyboard.press("Tab");
      await demo.focus("decline");
      await page.keyboard.press("Tab");
      await demo.focus("confirm");
      assert.equal(await demo.lit(), "Scanned");
    });
  }

  story("on a phone the code and what is to be done are on one screen", { viewport: { width: 390, height: 844 } }, async (demo, name) => {
    await demo.inView("qr", "web-state", "picture", "scan");
    await photograph(demo.page, name);
    await demo.scan();
    await demo.inView("qr", "web-state", "picture", "question", "hint", "decline", "confirm");
    await photograph(demo.page, `${name}, scanned`);
    assert.ok(!/\b(left|right)\b/.test(await demo.page.locator("header").innerText()));
    await demo.button("Confirm").click();
    await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");
    await demo.inView("qr", "web-state", "new", "phone-state");
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
      assert.match(await demo.page.getByRole("alert").innerText(), new RegExp(`^${refusal}: `, "m"));
      assert.equal(await demo.requests(), "Nothing yet.");
      assert.ok(await demo.button("Confirm").isHidden());
    });
  }

  story("a code that an attacker passes on signs the attacker in, unless codes need a PIN", {}, async (demo, name) => {
    const { page } = demo;
    await page.getByLabel("the code of an attacker's login").check();
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    await demo.scan();
    await demo.button("Confirm").click();
    await demo.shows("The attacker is signed in as Alice.", "The web page is signed in.");

    await page.getByLabel("codes need a PIN").check();
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    await demo.button("Scan").click();
    await demo.shows("Scan this code with the app.", "This code cannot be used.");
    assert.match(await page.getByRole("alert").innerText(), /^This code was not made with your PIN\.[^]*^not_bound: .*it has no PIN$/m);
    assert.equal(await demo.requests(), "Nothing yet.");
    assert.ok(await demo.button("Confirm").isHidden());
    await photograph(page, name, { fullPage: true });
  });

  story("with the PIN a login goes on, and its PIN is used up", {}, async demo => {
    const { page } = demo;
    const shownPin = async () => (await page.locator("#pin").innerText()).replace(" ", "");
    // As fast as a person; no code is taken that may have been made in the second before its PIN.
    const type = pin => page.getByLabel("PIN from your phone").pressSequentially(pin, { delay: 400 });
    await page.getByLabel("codes need a PIN").check();
    await demo.shows("Type the PIN that your phone shows.", "Ready to scan.");
    assert.ok(await demo.button("Scan").isDisabled());
    const pin = await shownPin();
    assert.match(pin, /^\d{6}$/);
    await type(pin);
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    await demo.scan();
    await demo.button("Confirm").click();
    await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");

    const refused = async (web, why) => {
      await demo.button("Scan").click();
      await demo.shows(web, "This code cannot be used.");
      assert.match(await page.getByRole("alert").innerText(), why);
      assert.equal(await demo.requests(), "Nothing yet.");
    };
    await demo.button("New code").click();
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    await refused("Scan this code with the app.", /^The PIN is not valid any more\./);

    await demo.button("New PIN").click();
    await demo.shows("Type the PIN that your phone shows.", "Ready to scan.");
    const next = await shownPin();
    await type(next === "000000" ? "000001" : "000000");
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    await refused("Scan this code with the app.", /^This code was not made with your PIN\./);
    await page.getByLabel("PIN from your phone").fill("");
    await demo.shows("Type the PIN that your phone shows.", "This code cannot be used.");
    await type(next);
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    await demo.scan();
  });

  story("a lost answer is found out", {}, async demo => {
    await demo.page.getByLabel("loses the answer to the decision").check();
    await demo.scan();
    await demo.button("Confirm").click();
    await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");
    const requests = await demo.requests();
    assert.match(requests, /confirm[^]*✗ the answer was lost[^]*GET \/api\/v2\/qrcode\/check/);
    assert.equal(requests.match(/qrcode\/confirm/g).length, 1, "confirm was sent once");
  });

  for (const [again, requests, trouble] of [
    ["Confirm", 1, ""],
    ["Decline", 1, "This login was already approved."],
  ]) {
    story(`an unknown outcome is settled by ${again}`, {}, async (demo, name) => {
      const { page } = demo;
      await page.getByLabel("the answer to each check").check();
      await demo.scan();
      await demo.button("Confirm").click();
      await demo.shows("Signed in as Alice, alice@example.com.", "It is not known what became of the decision.");
      assert.equal(await demo.lit(), "Outcome unknown");
      assert.match(await page.getByRole("alert").innerText(), /outcome_unknown: /);
      await demo.focus("question");
      for (const hint of ["The server is asked first", "Did you start this yourself?"]) {
        assert.ok(await page.getByText(hint).isVisible());
      }
      await photograph(page, name, { fullPage: true });

      // Deciding again does not help as long as the server cannot be asked.
      await demo.button("Confirm").click();
      await demo.shows("Signed in as Alice, alice@example.com.", "Telling the server: yes.");
      await demo.shows("Signed in as Alice, alice@example.com.", "It is not known what became of the decision.");

      await page.getByLabel("works").check();
      await demo.button(again).click();
      await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");
      assert.equal(await demo.lit(), "Confirmed");
      assert.ok((await page.getByRole("alert").innerText()).startsWith(trouble));
      assert.equal((await demo.requests()).match(/POST .*\/(confirm|cancel)/g)?.length ?? 0, requests, "it was sent once");
    });
  }

  story("with a slow network each state is seen, and nothing can be pressed twice", {}, async demo => {
    await demo.page.getByLabel("is slow").check();
    await demo.button("Scan").click();
    assert.ok(await demo.button("Scan").isDisabled());
    await demo.shows("Scan this code with the app.", "The code is good. Telling the server that it was scanned.");
    assert.equal(await demo.lit(), "Read");
    assert.ok(await demo.button("Scan").isDisabled());
    await demo.focus("phone-state");
    await demo.shows("Alice has scanned it.", "Waiting for your decision.");
    await demo.button("Confirm").click();
    assert.ok(await demo.button("Confirm").isDisabled() && await demo.button("Decline").isDisabled());
    await demo.shows("Alice has scanned it.", "Telling the server: yes.");
    assert.equal(await demo.lit(), "Confirming");
    assert.match(await demo.requests(), /… no answer yet/);
    await demo.shows("Signed in as Alice, alice@example.com.", "The web page is signed in.");
  });

  story("what comes late of an earlier code does not show up with the next one", {}, async demo => {
    await demo.page.getByLabel("is slow").check();
    await demo.button("Scan").click();
    await demo.shows("Scan this code with the app.", "The code is good. Telling the server that it was scanned.");
    const late = demo.page.waitForResponse("**/phone/picture");
    await demo.button("New code").click();
    await demo.shows("Scan this code with the app.", "Ready to scan.");
    const { state } = await (await late).json();
    assert.equal(state, "looking");
    await demo.scan();
  });

  story("it speaks Chinese where the browser does, and English if told to", { locale: "zh-CN" }, async demo => {
    const { page } = demo;
    await demo.shows("请用应用扫描此二维码。", "可以扫描了。");
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
    await demo.button("扫描").click();
    await demo.shows("Alice 已扫码。", "等待您的决定。");
    await page.getByText("这是您本人发起的登录吗？如果不是，请拒绝。").waitFor();
    await demo.button("拒绝").click();
    await demo.shows("手机端已拒绝此次登录。", "已拒绝此次登录。");
    await page.getByLabel("其他用户池的二维码").check();
    await demo.shows("请用应用扫描此二维码。", "可以扫描了。");
    await demo.button("扫描").click();
    await demo.shows("请用应用扫描此二维码。", "此二维码无法使用。");
    assert.match(await page.getByRole("alert").innerText(), /^此二维码属于其他服务，不能在本应用中使用。/);

    await demo.button("English").click();
    await demo.shows("Scan this code with the app.", "This code cannot be used.");
    assert.match(await page.getByRole("alert").innerText(), /^This code belongs to another service/);
    assert.ok(!/\p{Script=Han}/u.test((await page.locator("body").innerText()).replace("中文", "")), "some text is not translated");
    // The browser remembers what was chosen.
    await page.reload();
    await demo.button("Scan").waitFor();
  });

  story("when the demo is stopped the page says so", {}, async (demo, name, program) => {
    await program.stop();
    await demo.shows("The server does not answer: Failed to fetch", "The demo does not answer. Has it been stopped?");
  });

  for (const [colorScheme, locale, width] of [
    ["light", "en-US", 360], ["dark", "en-US", 390], ["dark", "zh-CN", 360], ["light", "zh-CN", 390],
    ["light", "en-US", 800], ["light", "en-US", 1120], ["dark", "en-US", 1120], ["light", "zh-CN", 1120],
  ]) {
    const options = { colorScheme, locale, viewport: { width, height: 800 } };
    story(`it reads well, ${colorScheme}, ${locale}, ${width} pixels wide`, options, async (demo, name) => {
      const { page } = demo;
      await page.locator("#scan").click();
      await page.locator("#question").waitFor();
      await readsWell(page);
      await photograph(page, name, { fullPage: true });
      await page.locator("#needs-pin").check();
      await page.locator("#pin:not(:empty)").waitFor();
      await readsWell(page);
      await photograph(page, `${name}, with a PIN`, { fullPage: true });
    });
  }
});

/** It fits the window, and whoever cannot see it or use a mouse can use it, too. */
async function readsWell(page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} pixels do not fit`);
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() => axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(node => node.html)]), []);
}

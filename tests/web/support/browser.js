import { chromium } from "playwright-core";

import { SCREENSHOTS, TRACES } from "./paths.js";

export const launch = env => chromium.launch({
  executablePath: "/usr/bin/chromium",
  // Chromium refuses its sandbox to root.
  chromiumSandbox: process.getuid() !== 0,
  env: { ...process.env, ...env },
});

/** Opens a window for `body`; leaves its trace behind when that fails. */
export async function inWindow(browser, name, options, body) {
  const context = await browser.newContext({ viewport: { width: 800, height: 600 }, ...options });
  context.setDefaultTimeout(20_000);
  await context.tracing.start({ screenshots: true, snapshots: true });
  try {
    await body(await context.newPage());
    await context.tracing.stop();
  } catch (problem) {
    await context.tracing.stop({ path: `${TRACES}/${fileName(name)}.zip` });
    throw problem;
  } finally {
    await context.close();
  }
}

/** Takes a picture of the page, as a camera would see it. */
export async function photograph(page, name, options = {}) {
  const path = `${SCREENSHOTS}/${fileName(name)}.png`;
  await page.screenshot({ path, ...options });
  return path;
}

const fileName = name => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

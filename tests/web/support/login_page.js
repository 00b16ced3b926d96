/** A page, or a frame of one, on which the vendor's SDK signs somebody in. */
export class LoginPage {
  #shown = 0;

  constructor(frame) {
    this.frame = frame;
  }

  /** Opens a page of the site with these options for `startScanning`. */
  static async open(page, site, server, scanning = {}, name = "login.html") {
    const client = { appId: server.appId, appHost: server.url, lang: "en-US" };
    await page.goto(`${site.url}/${name}#${encodeURIComponent(JSON.stringify({ client, scanning }))}`);
    return new LoginPage(page);
  }

  /** Waits until the next code can be seen; its `random`. */
  async nextCode() {
    this.#shown += 1;
    const [random] = await this.called("onCodeShow", this.#shown);
    await this.frame.waitForFunction(() => {
      const picture = document.querySelector("#authing__qrcode-wrapper img");
      return picture?.complete && picture.naturalWidth > 0 && !document.getElementById("authing__spinner");
    });
    await this.frame.locator("#authing__qrcode-wrapper img").scrollIntoViewIfNeeded();
    return random;
  }

  /** Waits until the SDK has called this back so many times; what it gave the last time. */
  async called(name, times = 1) {
    const last = await this.frame.waitForFunction(([name, times]) => {
      const calls = events.filter(event => event.name === name);
      return calls.length >= times && calls[times - 1].given;
    }, [name, times]);
    return last.jsonValue();
  }

  /** All that the SDK has called back, by name. */
  calls() {
    return this.frame.evaluate(() => events.map(event => event.name));
  }

  /** Waits until the page says this. */
  says(text) {
    return this.frame.getByRole("status").getByText(text, { exact: true }).waitFor();
  }
}

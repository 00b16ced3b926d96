import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";

import { Program } from "./process.js";
import { TARGET } from "./paths.js";

/** A stand-in server of its own, in a process of its own. It ends with the test. */
export class Genauth {
  static async start(test, ...flags) {
    const program = new Program([`${TARGET}/debug/genauth`], ["--port", "0", "--until-stdin-ends", ...flags]);
    test.after(() => program.stop());
    await program.printed(/Ctrl-C/);
    return new Genauth(program.stdout);
  }

  constructor(printed) {
    const line = name => printed.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1];
    this.url = line("address");
    this.appId = line("app id");
    this.pool = line("user pool id");
    this.token = line("token of alice");
    this.rootCertificate = line("root certificate");
    // What genauth gives each pool.
    this.secret = `secret-of-${this.pool}`;
  }

  text(random) {
    return this.#send("GET", `/_genauth/codes/${random}/text`);
  }

  status(random) {
    return this.#send("GET", `/_genauth/codes/${random}/status`);
  }

  /** How many requests hold a text in their path, query or body. */
  async requests(holding) {
    return Number(await this.#send("GET", `/_genauth/requests?holding=${holding}`));
  }

  /** Lets so much time pass. */
  pass(seconds) {
    return this.#send("POST", `/_genauth/clock?offset_seconds=${seconds}`);
  }

  /** The user that a ticket stands for, as the web site's server learns it. */
  async exchange(ticket) {
    const headers = { "content-type": "application/json", "x-authing-userpool-secret": this.secret };
    const answer = await this.#send("POST", "/api/v2/qrcode/userinfo", headers, JSON.stringify({ ticket }));
    return JSON.parse(answer).data;
  }

  async #send(method, path, headers = {}, body = "") {
    const ca = this.rootCertificate && readFileSync(this.rootCertificate);
    const { request } = ca ? https : http;
    const sent = request(this.url + path, { method, headers, ca }).end(body);
    const [answer] = await once(sent, "response");
    const content = await text(answer);
    if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}: ${content}`);
    return content;
  }
}

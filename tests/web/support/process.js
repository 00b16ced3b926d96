import { spawn } from "node:child_process";
import { once } from "node:events";

/** A running program, and what it has printed so far. */
export class Program {
  stdout = "";
  stderr = "";

  constructor([command, ...first], args, env = {}) {
    this.process = spawn(command, [...first, ...args], { env: { ...process.env, ...env } });
    for (const stream of ["stdout", "stderr"]) {
      this.process[stream].setEncoding("utf8").on("data", text => { this[stream] += text; });
    }
    // A program that has ended needs no more input.
    this.process.stdin.on("error", () => {});
    this.ended = once(this.process, "close").then(([status]) => status);
  }

  /** Waits until it has printed this. Fails when it ends before that. */
  async printed(pattern) {
    for (;;) {
      const found = this.stdout.match(pattern);
      if (found) return found;
      const over = this.ended.then(() => true);
      const more = once(this.process.stdout, "data").then(() => false);
      if (await Promise.race([more, over]) && !pattern.test(this.stdout)) {
        throw new Error(`it ended too early: ${this.stdout}${this.stderr}`);
      }
    }
  }

  async stop() {
    this.process.kill();
    await this.ended;
  }
}

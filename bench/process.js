import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A contender's process: one request at a time, one answer each. A process that dies answers with an error for ever.
 */
export class ContenderProcess {
  #child;
  #waiting = null;
  #dead = null;
  #errors = "";

  constructor(command, args, env = {}) {
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      if (!line.startsWith("@")) return;
      const answer = JSON.parse(line.slice(1));
      const waiting = this.#waiting;
      this.#waiting = null;
      waiting?.(answer);
    });
    this.#child.stderr.on("data", (data) => { this.#errors = (this.#errors + data).slice(-2000); });
    this.#child.stdin.on("error", () => {});
    const end = (reason) => {
      this.#dead = reason;
      this.#waiting?.({ error: reason });
      this.#waiting = null;
    };
    this.#child.on("error", (error) => end(error.message));
    this.#child.on("exit", (code) => end(`the process ended with ${code}: ${this.#errors.trim().split("\n").pop()}`));
  }

  /** The answer to the process having started. */
  ready() {
    return this.#answer();
  }
  ask(request) {
    const answer = this.#answer();
    if (this.#dead === null) this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer;
  }
  stop() {
    this.#child.stdin.end();
    if (this.#dead !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#child.kill("SIGKILL"), 2000);
      this.#child.on("exit", () => { clearTimeout(late); resolve(); });
    });
  }
  #answer() {
    if (this.#dead !== null) return Promise.resolve({ error: this.#dead });
    return new Promise((resolve) => { this.#waiting = resolve; });
  }
}

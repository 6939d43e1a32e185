import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";

/** What a table must say of the machine it was measured on. */
export function describeMachine(threads) {
  const first = (command, args) => {
    try {
      const said = execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      return said.split("\n")[0].trim();
    } catch {
      return null;
    }
  };
  const list = cpus();
  return {
    processor: list[0]?.model ?? "unknown", cores: availableParallelism(), threads,
    memoryGiB: Math.round(totalmem() / 2 ** 30), system: `${process.platform} ${process.arch}`,
    node: process.version, compiler: first("cc", ["--version"]), date: new Date().toISOString().slice(0, 10),
  };
}

/** Processor time of the whole machine in ticks, split into busy and all; null where /proc is missing. */
function machineTicks() {
  try {
    const fields = readFileSync("/proc/stat", "utf8").split("\n")[0].trim().split(/\s+/).slice(1).map(Number);
    const [user, nice, system, idle, wait, interrupts, softInterrupts, stolen] = fields;
    const busy = user + nice + system + interrupts + softInterrupts + stolen;
    return { busy, all: busy + idle + wait };
  } catch {
    return null;
  }
}

/** Processor time in ticks of this process and all below it, those that ended (a compiler) included. */
function ownTicks() {
  const processes = new Map();
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      // pid (name) state parent ...: the name may hold anything, so count from its closing bracket.
      const fields = readFileSync(`/proc/${id}/stat`, "utf8").split(") ").pop().split(" ");
      processes.set(Number(id), {
        parent: Number(fields[1]), ticks: fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0),
      });
    } catch {
      // It ended in between.
    }
  }
  const isOwn = (id) => {
    for (let at = id; processes.has(at); at = processes.get(at).parent) if (at === process.pid) return true;
    return false;
  };
  let sum = 0;
  for (const [id, { ticks }] of processes) if (isOwn(id)) sum += ticks;
  return sum;
}

/**
 * Watches what other programs use: `measure(work)` returns what `work` returns and adds to the sums, `share()` is the
 * part of the machine that others used meanwhile, or null where it cannot be told.
 */
export class LoadMeter {
  #other = 0;
  #all = 0;

  async measure(work) {
    const before = machineTicks();
    const ownBefore = before === null ? 0 : ownTicks();
    const result = await work();
    const after = machineTicks();
    if (before !== null && after !== null) {
      this.#other += Math.max(0, after.busy - before.busy - (ownTicks() - ownBefore));
      this.#all += after.all - before.all;
    }
    return result;
  }
  share() {
    return this.#all === 0 ? null : this.#other / this.#all;
  }
}

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import type { Target } from "../../runtime/backend.ts";

/** What the machine's processor is: part of the cache's key, and the source of the target. */
export interface Cpu {
  readonly architecture: string;
  readonly features: ReadonlySet<string>;
  readonly cache: readonly [number, number];
}

/** Work below which the other threads cost more than they save: some microseconds of element-wise work on one core. */
const SERIAL_WORK = 60_000;

export function detectCpu(): Cpu {
  const features = new Set<string>();
  if (process.platform === "darwin") {
    for (const name of ["machdep.cpu.features", "machdep.cpu.leaf7_features"]) {
      for (const word of sysctl(name).toLowerCase().split(/\s+/)) if (word !== "") features.add(word);
    }
  } else {
    const line = /^(?:flags|Features)\s*:(.*)$/m.exec(text("/proc/cpuinfo"));
    for (const word of (line?.[1] ?? "").trim().split(/\s+/)) if (word !== "") features.add(word);
  }
  // The model too: -march=native schedules for it.
  features.add(cpus()[0]?.model.replace(/[^A-Za-z0-9]+/g, "-") ?? "unknown");
  return { architecture: process.arch, features, cache: caches() };
}

/** Target for a processor and a number of threads. */
export function targetOf(cpu: Cpu, threads: number): Target {
  const has = (...names: string[]): boolean => names.every((name) => cpu.features.has(name));
  const arm = cpu.architecture === "arm64";
  const fused = arm || has("fma");
  const wide = has("avx512f", "avx512dq", "avx512bw", "avx512vl", "fma");
  const lanes = wide ? 16 : !arm && fused && (has("avx2") || has("avx2_0")) ? 8 : 4;
  return {
    name: "native", lanes, lanesF64: lanes / 2, registers: wide || arm ? 32 : 16, loadsFirst: false,
    fusedMultiplyAdd: fused, cache: cpu.cache, threads, serialWork: SERIAL_WORK,
  };
}

export const defaultThreads = (): number => Math.max(1, Math.min(8, availableParallelism()));

/** Bytes of the first (data) and second cache of one core; cautious guesses where the system does not tell. */
function caches(): [number, number] {
  const found: [number, number] = [32 * 1024, 512 * 1024];
  if (process.platform === "darwin") {
    found[0] = Number(sysctl("hw.perflevel0.l1dcachesize") || sysctl("hw.l1dcachesize")) || found[0];
    found[1] = Number(sysctl("hw.perflevel0.l2cachesize") || sysctl("hw.l2cachesize")) || found[1];
    return found;
  }
  for (let i = 0; i < 4; i++) {
    const folder = `/sys/devices/system/cpu/cpu0/cache/index${i}`;
    const [level, kind, size] = [text(`${folder}/level`), text(`${folder}/type`), text(`${folder}/size`)];
    const bytes = Number.parseInt(size, 10) * (size.includes("M") ? 2 ** 20 : 2 ** 10);
    if (kind.trim() === "Instruction" || !(bytes > 0)) continue;
    if (Number(level) === 1) found[0] = bytes;
    if (Number(level) === 2) found[1] = bytes;
  }
  return found;
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
function sysctl(name: string): string {
  try {
    const stdio = ["ignore", "pipe", "ignore"] as ["ignore", "pipe", "ignore"];
    return execFileSync("/usr/sbin/sysctl", ["-n", name], { encoding: "utf8", stdio }).trim();
  } catch {
    return "";
  }
}

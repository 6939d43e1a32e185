import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { WORKLOADS } from "./workloads.js";

/** Small generator with known numbers: every contender reads the same file, so its quality hardly matters. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function fill({ shape, dtype, low, high, logOfColumn }, next) {
  const size = shape.reduce((a, b) => a * b, 1);
  if (dtype === "int32") return Int32Array.from({ length: size }, () => Math.floor(low + (high - low) * next()));
  const numbers = new Float32Array(size);
  const columns = shape[shape.length - 1];
  for (let i = 0; i < size; i++) {
    numbers[i] = logOfColumn ? Math.log(1 + i % columns) : low + (high - low) * next();
  }
  return numbers;
}

/**
 * Writes a workload's numbers as `NAME.bin` and what they are as `NAME.json`; returns the path of the latter. Offsets
 * are in bytes; parameters and inputs are listed apart. What is described by one object is written once.
 */
export function writeWorkload(folder, name) {
  const { config = {}, parameters = {}, inputs, variants, unit } = WORKLOADS[name];
  const next = generator(12345);
  const chunks = [];
  let offset = 0;
  const written = new Map();
  const place = (record) => Object.fromEntries(Object.entries(record).map(([key, about]) => {
    const { shape, dtype } = about;
    if (!written.has(about)) {
      const numbers = fill(about, next);
      written.set(about, offset);
      chunks.push(Buffer.from(numbers.buffer));
      offset += numbers.byteLength;
    }
    return [key, { shape, dtype, offset: written.get(about) }];
  }));
  const placed = { parameters: place(parameters), inputs: place(inputs), data: `${name}.bin` };
  const about = { name, unit, config, variants, ...placed };
  writeFileSync(join(folder, about.data), Buffer.concat(chunks));
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(about));
  return path;
}

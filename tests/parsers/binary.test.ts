import "./memory.ts";
import { vi } from "vitest";
import { parsers } from "./binary.ts";
import { fuzz } from "./fuzz.ts";

// A timer of 0 ms waits for one, and Parquet's reader sets one for every file.
const later = setTimeout;
vi.stubGlobal("setTimeout", (run: () => void, ms?: number) => (ms === 0 ? setImmediate(run) : later(run, ms)));

fuzz(await parsers());

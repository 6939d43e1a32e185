import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crc32c, histogramEvent, record, scalarEvent, startEvent, versionEvent } from "./events.ts";
import { killableTask } from "./kill.fixture.ts";
import { CsvLogger, EventFile, TensorBoard } from "./logging.node.ts";
import { TerminalReport } from "./terminal.ts";
import { train } from "./trainer.ts";

interface Fixture {
  readonly time: number;
  readonly buckets: number;
  readonly values: readonly number[];
  readonly data: string;
}
const fixture = JSON.parse(readFileSync(
  new URL("../../../../tools/oracle/fixtures/train-events.json", import.meta.url), "utf8")) as Fixture;

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), "gradus-log-")); });
afterAll(() => rm(folder, { recursive: true }));

describe("event files", () => {
  it("have the checksum of RFC 3720", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });
  it("are byte for byte what TensorBoard writes", () => {
    const { time, buckets, values, data } = fixture;
    const made = Buffer.concat([
      versionEvent(time), startEvent(time, 300), scalarEvent(time, 300, "train/loss", 0.625),
      scalarEvent(time, 301, "train/loss", 0), scalarEvent(time, 70000, "train/größe", -1.5),
      histogramEvent(time, 301, "weight", values, buckets),
    ]);
    expect(made.toString("base64")).toBe(data);
  });
  it("count nothing where nothing is finite", () => {
    expect(histogramEvent(1, 2, "x", [NaN, Infinity])).toEqual(histogramEvent(1, 2, "x", []));
    expect(record(new Uint8Array())).toHaveLength(16);
  });
  it("are appended to", async () => {
    const { time, values } = fixture;
    const file = await EventFile.open(join(folder, "events"), 299, () => time);
    await file.scalars(300, { "train/loss": 0.625 });
    await file.scalars(301, { "train/loss": 0 });
    await file.scalars(70000, { "train/größe": -1.5 });
    const scalars = await readFile(file.path);
    expect(fixture.data.startsWith(scalars.toString("base64").slice(0, -4))).toBe(true);
    await file.histogram(301, "weight", values);
    expect((await readFile(file.path)).subarray(scalars.length)).toEqual(
      Buffer.from(histogramEvent(time, 301, "weight", values)));
  });
});

it("a run is logged in a CSV file, for TensorBoard and on a terminal", async () => {
  let shown = "";
  const board = join(folder, "board"), table = join(folder, "tables", "log.csv");
  const result = await train({ ...killableTask(), steps: 4 }, { callbacks: [
    new CsvLogger(table, ["accuracy"]), new TensorBoard(board, { histograms: true }),
    new TerminalReport({ write: (text) => { shown += text; } }),
  ] });
  const lines = (await readFile(table, "utf8")).trimEnd().split("\n").map((line) => line.split(","));
  expect(lines[0]).toEqual(["step", "loss", "gradient_norm", "learning_rate", "evaluation_accuracy"]);
  expect(lines.map(([step]) => step)).toEqual(["step", "1", "2", "3", "3", "4", "4"]);
  expect(lines.filter(([, loss]) => loss !== "").slice(1).map(([, loss]) => Number(loss))).toEqual(result.losses);
  const [file] = await readdir(board);
  const text = (await readFile(join(board, file))).toString("latin1");
  for (const tag of ["train/loss", "train/gradient_norm", "train/learning_rate", "evaluation/accuracy"]) {
    expect(text.split(tag)).toHaveLength(tag.startsWith("train") ? 5 : 3);
  }
  expect(text).toContain("weight");
  expect(shown).toMatch(/step 3: accuracy 0\.\d{4}, loss/);
  expect(shown).toMatch(/[⠁-⣿]/);
  expect(shown.trimEnd()).toMatch(/finished$/);
});

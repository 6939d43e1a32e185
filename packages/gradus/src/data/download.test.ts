import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { download, pinOf } from "./download.node.ts";
import type { RemoteFile } from "./catalog.ts";

const contents = Buffer.from("the quick brown fox jumps over the lazy dog\n".repeat(500));
let folder: string, server: Server, ranges: (string | undefined)[];
/** What the server does with the next request. */
let mode: "whole" | "break" | "corrupt" | "long" | "no ranges" | "gone";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradus-download-"));
  ranges = [];
  mode = "whole";
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    const from = mode === "no ranges" ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (mode === "gone") {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(from > 0 ? 206 : 200);
    if (mode === "break") {
      response.write(contents.subarray(from, from + 7000), () => response.destroy());
      return;
    }
    const body = mode === "long" ? Buffer.concat([contents, contents]) : contents;
    response.end(mode === "corrupt" ? Buffer.alloc(contents.length) : body.subarray(from));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});
const file = (): RemoteFile => ({
  name: "fox.txt", bytes: contents.length, sha256: createHash("sha256").update(contents).digest("hex"),
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fox.txt`,
});

describe("download", () => {
  it("fetches, checks and names a file, once", async () => {
    const path = await download(file(), folder);
    expect(await readFile(path)).toEqual(contents);
    await download(file(), folder);
    expect(ranges).toEqual([undefined]);
    expect(await readdir(folder)).toEqual(["fox.txt"]);
  });
  it("goes on after a broken connection", async () => {
    mode = "break";
    await expect(download(file(), folder)).rejects.toThrow(/goes on from there/);
    expect(await readdir(folder)).toEqual(["fox.txt.part"]);
    const had = (await readFile(join(folder, "fox.txt.part"))).length;
    mode = "whole";
    await download(file(), folder);
    expect(ranges[1]).toBe(had > 0 ? `bytes=${had}-` : undefined);
    expect(await readFile(join(folder, "fox.txt"))).toEqual(contents);
  });
  it("starts again where a server knows no ranges", async () => {
    await writeFile(join(folder, "fox.txt.part"), contents.subarray(0, 100));
    mode = "no ranges";
    await download(file(), folder);
    expect(await readFile(join(folder, "fox.txt"))).toEqual(contents);
  });
  it("throws away what has another checksum", async () => {
    mode = "corrupt";
    await expect(download(file(), folder)).rejects.toThrow(/SHA-256/);
    expect(await readdir(folder)).toEqual([]);
  });
  it("stops when more comes than was promised", async () => {
    mode = "long";
    await expect(download(file(), folder)).rejects.toThrow(/more than the/);
  });
  it("says what a server answered, and when there is none", async () => {
    mode = "gone";
    await expect(download(file(), folder)).rejects.toThrow(/answered 404/);
    await expect(download({ ...file(), url: "http://127.0.0.1:1/fox.txt" }, folder))
      .rejects.toThrow(/could not be reached/);
  });
  it("replaces a file that was changed", async () => {
    await writeFile(join(folder, "fox.txt"), Buffer.alloc(contents.length));
    await download(file(), folder);
    expect(await readFile(join(folder, "fox.txt"))).toEqual(contents);
  });
  it("pins a file whose checksum nobody knows, and holds later fetches to it", async () => {
    const unknown = { ...file(), bytes: null, sha256: null };
    expect(await pinOf(unknown, folder)).toBeNull();
    await download(unknown, folder);
    expect(await pinOf(unknown, folder)).toEqual({ bytes: file().bytes, sha256: file().sha256 });
    expect((await readdir(folder)).sort()).toEqual(["checksums.json", "fox.txt"]);
    await download(unknown, folder);
    expect(ranges).toHaveLength(1);
    await rm(join(folder, "fox.txt"));
    mode = "corrupt";
    await expect(download(unknown, folder)).rejects.toThrow(/SHA-256/);
    await writeFile(join(folder, "checksums.json"), "{\"fox.txt\": 1}");
    await expect(download(unknown, folder)).rejects.toThrow(/checksums.json is damaged/);
  });
  it("does not pin half a file", async () => {
    mode = "break";
    await expect(download({ ...file(), bytes: null, sha256: null }, folder)).rejects.toThrow(/try again/);
    expect(await readdir(folder)).toEqual(["fox.txt.part"]);
  });
});

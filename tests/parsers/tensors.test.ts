import "./memory.ts";
import { expect, test } from "vitest";
import { fuzz, judge } from "./fuzz.ts";
import { parsers } from "./tensors.ts";

fuzz(await parsers());

test("a parser that throws another error, or takes too much, is found", async () => {
  const throws = await judge({ parse: () => { throw new TypeError("x"); } }, new Uint8Array(0));
  expect(throws).toMatchObject({ fault: expect.stringMatching(/TypeError: x/) as string, refused: true });
  const takes = await judge({ parse: () => new Float64Array(2 ** 22) }, new Uint8Array(0));
  expect(takes).toEqual({ fault: `it asked for ${2 ** 25} bytes`, refused: false });
});

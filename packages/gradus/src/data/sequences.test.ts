import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { DataError, UsageError } from "../vocab/errors.ts";
import { DNA, DNA_COMPLEMENT, PROTEIN, reverseComplement, SequenceAlphabet } from "./sequences.ts";

beforeAll(() => setBackend(createReferenceBackend()));

describe("alphabets", () => {
  it("number letters in any case, and read rare ones as others", () => {
    expect([...DNA.encode("ACGTNacgtn")]).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
    expect(DNA.decode(DNA.encode("augRYSWKMBDHV"))).toBe("ATGNNNNNNNNNN");
    expect([DNA.size, PROTEIN.size, new Set(PROTEIN.letters).size]).toEqual([5, 21, 21]);
    expect(PROTEIN.decode(PROTEIN.encode("acdefghiklmnpqrstvwyBZJUOX"))).toBe("ACDEFGHIKLMNPQRSTVWYXXXXXX");
  });
  it("refuse other letters by their place, and numbers that have none", () => {
    expect(() => DNA.encode("ACGE")).toThrow(/"E" at place 4 is not among the letters of DNA \(ACGTN\); take it out/);
    expect(() => PROTEIN.encode("MK*")).toThrow(/"\*" at place 3/);
    expect(() => PROTEIN.encode("Mé")).toThrow(DataError);
    expect(() => DNA.decode([5])).toThrow(/no letter of number 5, only 5/);
  });
  it("are made for other letters too", () => {
    const stops = new SequenceAlphabet("chains", `${PROTEIN.letters}*-`, { ".": "-" });
    expect(stops.decode(stops.encode("mk.*"))).toBe("MK-*");
    expect(() => new SequenceAlphabet("a", "ACa")).toThrow(UsageError);
    expect(() => new SequenceAlphabet("a", "AC", { G: "T" })).toThrow(/no letter T to read G as/);
  });
});

describe("the other strand", () => {
  it("has the partners in reverse order, ambiguous letters and case kept", () => {
    expect(reverseComplement("AACgt-N")).toBe("N-acGTT");
    expect(reverseComplement("RYSWKMBDHV")).toBe("BDHVKMWSRY");
    expect(reverseComplement("AACGU")).toBe("ACGUU");
    const all = "ACGTRYSWKMBDHVN-acgtryswkmbdhvn";
    expect(reverseComplement(reverseComplement(all))).toBe(all);
  });
  it("is no protein's, and no mixture's", () => {
    expect(() => reverseComplement("ACE")).toThrow(/"E" at place 3 is no base/);
    expect(() => reverseComplement("ATU")).toThrow(/T and U/);
  });
  it("is found in tensors of numbers too", async () => {
    const strand = "GATTACANN", ids = tensor(DNA.encode(strand));
    const turned = tensor(Int32Array.from(DNA_COMPLEMENT)).indexSelect(0, ids).flip([0]);
    expect(DNA.decode(await turned.data())).toBe(reverseComplement(strand));
  });
});

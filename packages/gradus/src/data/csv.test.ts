import { describe, expect, it } from "vitest";
import { DataError } from "../vocab/errors.ts";
import { parseCsv } from "./csv.ts";
import { labelledRowsFromCsv, standardize, standardizer } from "./table.ts";

const cells = (text: string): (readonly string[])[] => parseCsv(text).map((row) => row.cells);

describe("parseCsv", () => {
  it("reads quotes, empty cells, both line ends and no last line end", () => {
    expect(cells('a,"b, ""c""",\r\n"1\n2",,3')).toEqual([["a", 'b, "c"', ""], ["1\n2", "", "3"]]);
  });
  it("leaves out empty lines and a byte order mark, and counts lines", () => {
    expect(parseCsv('\ufeffa,b\n\n"x\ny",1\nz,2\n').map(({ line }) => line)).toEqual([1, 3, 5]);
    expect(parseCsv("")).toEqual([]);
  });
  it("names the line of a bad quote", () => {
    expect(() => parseCsv('a\n"b', { name: "t.csv" })).toThrow(/t\.csv, line 2: a quote is opened/);
    expect(() => parseCsv('"a"b,c')).toThrow(/line 1: text follows/);
  });
});

describe("labelledRowsFromCsv", () => {
  it("finds the header and the classes", () => {
    const rows = labelledRowsFromCsv("width,height,species\n1,2.5,b\n-3,4e1,a\n");
    expect(rows).toMatchObject({ size: 2, shape: [2], classes: ["a", "b"] });
    expect([...rows.features]).toEqual([1, 2.5, -3, 40]);
    expect([...rows.labels]).toEqual([1, 0]);
  });
  it("takes numbers for classes in their order, without a header", () => {
    expect(labelledRowsFromCsv("0,10\n1,9\n2,2\n").classes).toEqual(["2", "9", "10"]);
  });
  it.each([
    ["", /is empty/], ["a,b\n", /header and no rows/], ["1,2\n3\n", /line 2: 1 values where the first line has 2/],
    ["1,x\nfour,y\n", /line 2: "four" in column 1/], ["1,2,x\n1,,x", /line 2: "" in column 2/],
    ["1,\n", /class in the last column is missing/], ["1\n2\n", /at least one number/],
    ["1,a\nInfinity,b\n", /"Infinity" in column 1/], ["1,a\nNaN,b", /"NaN"/],
  ])("refuses %j", (text, message) => {
    expect(() => labelledRowsFromCsv(text, "t.csv")).toThrow(message);
    expect(() => labelledRowsFromCsv(text)).toThrow(DataError);
  });
});

it("standardizes by the rows of training, and leaves a constant column finite", () => {
  const rows = labelledRowsFromCsv("1,5,a\n3,5,a\n100,5,b\n");
  const scaled = standardize(rows, standardizer(rows, [0, 1]));
  expect([...scaled.features]).toEqual([-1, 0, 1, 0, 98, 0]);
});

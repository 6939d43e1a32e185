/**
 * node bench/spikes/matmul.js [native|wasm]: the same blocked product of square matrices with operands read where they
 * lie, and with both packed into panels first (time of packing included). One thread.
 */
import { useBackend } from "gradus";
import { best, KernelBuilder, placeProgram } from "../kernels.js";

/** Rows of a block that shares a panel of B from the first cache, and steps of k between two visits of C. */
const ROWS = 64;
const DEPTH = 256;
const TILES = { native: { rows: 8, vectors: 2 }, wasm: { rows: 4, vectors: 2 } };

/** C[i, j] += A[i, k] B[k, j] in tiles of registers; `place` says where the operands of a tile lie. */
function product(name, lanes, size, { rows, vectors }, place) {
  const b = new KernelBuilder(lanes);
  const [A, B] = ["a", "b"].map((label) => b.buffer(label, "f32", "read"));
  const C = b.buffer("c", "f32", "readwrite");
  const width = lanes * vectors;
  b.for("block", b.begin, b.end, 1, (block) => {
    for (let from = 0; from < size; from += DEPTH) {
      b.for("j", 0, size, width, (j) => b.for("p", 0, ROWS, rows, (p) => {
        const i = b.let("i", b.add(b.mul(block, ROWS), p));
        const at = (r, v) => b.add(b.mul(b.add(i, r), size), b.add(j, v * lanes));
        const tile = Array.from({ length: rows }, (_, r) => Array.from({ length: vectors }, (__, v) =>
          b.mutable(`c${r}_${v}`, from === 0 ? b.constant(0, { scalar: "f32", lanes }) : b.load(C, at(r, v), lanes))));
        const { a, bRow } = place(b, i, j);
        b.for("k", from, Math.min(size, from + DEPTH), 1, (k) => {
          const right = tile[0].map((_, v) => b.let(`b${v}`, b.load(B, b.add(bRow(k), v * lanes), lanes)));
          tile.forEach((row, r) => {
            const left = b.let(`a${r}`, b.splat(b.load(A, a(k, r), 1), lanes));
            row.forEach((sum, v) => b.set(sum, b.fma(left, right[v], b.read(sum))));
          });
        });
        tile.forEach((row, r) => row.forEach((sum, v) => b.store(C, at(r, v), b.read(sum))));
      }));
    }
  });
  return b.finish(name, `${name} ${size}`);
}

/** Copies an operand so that what a tile reads in one step of k is contiguous. */
function pack(name, lanes, size, width, address) {
  const b = new KernelBuilder(lanes);
  const from = b.buffer("from", "f32", "read");
  const to = b.buffer("to", "f32", "write");
  b.for("panel", b.begin, b.end, 1, (panel) => b.for("k", 0, size, 1, (k) => {
    const start = b.let("start", b.mul(b.add(b.mul(panel, size), k), width));
    address(b, panel, k, (offset, index, count) => b.store(to, b.add(start, offset), b.load(from, index, count)));
  }));
  return b.finish(name, `${name} ${size}`);
}

async function measure(backend, size) {
  const { lanes, name } = backend.target;
  const tile = TILES[name];
  const width = lanes * tile.vectors;
  const matrix = (seed) => Float32Array.from({ length: size * size }, (_, i) => ((i * seed) % 17) / 17 - 0.5);
  const memory = Array.from({ length: 6 }, () => backend.allocate(4 * size * size + 64).offset);
  const [A, B, plainC, panelsA, panelsB, packedC] = memory;
  const [a, b] = [matrix(7), matrix(11)];
  backend.write(A, a);
  backend.write(B, b);
  const plain = product("plain", lanes, size, tile, (k, i, j) => ({
    a: (step, r) => k.add(k.mul(k.add(i, r), size), step), bRow: (step) => k.add(k.mul(step, size), j),
  }));
  const packed = product("packed", lanes, size, tile, (k, i, j) => ({
    a: (step, r) => k.add(k.add(k.mul(i, size), k.mul(step, tile.rows)), r),
    bRow: (step) => k.add(k.mul(j, size), k.mul(step, width)),
  }));
  const packLeft = pack("pack_a", lanes, size, tile.rows, (k, panel, step, copy) => {
    for (let r = 0; r < tile.rows; r++) copy(r, k.add(k.mul(k.add(k.mul(panel, tile.rows), r), size), step), 1);
  });
  const packRight = pack("pack_b", lanes, size, width, (k, panel, step, copy) => {
    for (let v = 0; v < tile.vectors; v++) {
      copy(v * lanes, k.add(k.add(k.mul(step, size), k.mul(panel, width)), v * lanes), lanes);
    }
  });
  const blocks = size / ROWS;
  const inPlace = placeProgram(backend, [{ kernel: plain, buffers: [A, B, plainC], units: blocks }]);
  const inPanels = placeProgram(backend, [
    { kernel: packLeft, buffers: [A, panelsA], units: size / tile.rows },
    { kernel: packRight, buffers: [B, panelsB], units: size / width },
    { kernel: packed, buffers: [panelsA, panelsB, packedC], units: blocks },
  ]);
  const times = [await best(backend, inPlace), await best(backend, inPanels)];
  for (const C of [plainC, packedC]) check(size, a, b, new Float32Array(backend.readSync(C, 4 * size * size)));
  return times.map((time) => 2 * size ** 3 / time / 1e6);
}

/** A few elements, against sums in double precision. */
function check(size, a, b, c) {
  for (const [i, j] of [[0, 0], [1, size - 1], [size - 1, 3], [size / 2, size / 2]]) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += a[i * size + k] * b[k * size + j];
    const found = c[i * size + j];
    if (Math.abs(sum - found) > 1e-4 * size) throw new Error(`element ${i}, ${j} is ${found}, not ${sum}`);
  }
}

for (const name of process.argv[2] === undefined ? ["native", "wasm"] : [process.argv[2]]) {
  const backend = await useBackend(name, { threads: 1 });
  console.log(`${name}, GFLOP/s: size, in place, packed`);
  for (const size of [64, 128, 256, 512, 1024]) {
    const [plain, packed] = await measure(backend, size);
    console.log(`  ${size}  ${plain.toFixed(1)}  ${packed.toFixed(1)}`);
  }
  backend.dispose();
}

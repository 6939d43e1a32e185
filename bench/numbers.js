/** What contenders in Node and in a page share: the numbers of a workload, and what tells two results apart. */

/** Thrown by a contender for what it cannot run; the reason is shown in the table's notes. */
export class Unsupported extends Error {}

/** The arrays of a workload: what `data.js` wrote as `NAME.json`, and the bytes of its `NAME.bin`. */
export function openWorkload(about, buffer) {
  const open = (record) => Object.fromEntries(Object.entries(record).map(([key, { shape, dtype, offset }]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = dtype === "int32" ? new Int32Array(buffer, offset, size) : new Float32Array(buffer, offset, size);
    return [key, { shape, dtype, data }];
  }));
  return { ...about, parameters: open(about.parameters), inputs: open(about.inputs) };
}

/** Only the tensors whose keys begin with `name/`, without it: the `eager` workload holds two models. */
export function modelOf(workload, name) {
  const pick = (record) => Object.fromEntries(Object.entries(record)
    .filter(([key]) => key.startsWith(`${name}/`)).map(([key, value]) => [key.slice(name.length + 1), value]));
  const [parameters, inputs] = [pick(workload.parameters), pick(workload.inputs)];
  return { ...workload, name, config: workload.config[name], parameters, inputs };
}

/** Two numbers that tell whether two arrays are the same: the length, and a sum with weights -3 ... 3. */
export function fingerprint(numbers) {
  let squares = 0;
  let probe = 0;
  for (let i = 0; i < numbers.length; i++) {
    squares += numbers[i] * numbers[i];
    probe += numbers[i] * (i % 7 - 3);
  }
  return [Math.sqrt(squares), probe];
}

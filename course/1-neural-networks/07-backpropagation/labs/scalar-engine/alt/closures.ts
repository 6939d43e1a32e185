/** Each result keeps a function that hands a slope back; counts say when all has arrived. */
export class Value {
  data: number;
  grad = 0;
  makers: Value[];
  share: (slope: number) => number[];

  constructor(data: number, makers: Value[] = [], share: (slope: number) => number[] = () => []) {
    this.data = data;
    this.makers = makers;
    this.share = share;
  }
  add(other: Value): Value {
    return new Value(this.data + other.data, [this, other], (slope) => [slope, slope]);
  }
  mul(other: Value): Value {
    const a = this.data, b = other.data;
    return new Value(a * b, [this, other], (slope) => [slope * b, slope * a]);
  }
  tanh(): Value {
    const y = Math.tanh(this.data);
    return new Value(y, [this], (slope) => [slope * (1 - y * y)]);
  }
  backward(): void {
    const uses = new Map<Value, number>([[this, 0]]), queue: Value[] = [this];
    for (const value of queue) {
      for (const maker of value.makers) {
        if (!uses.has(maker)) queue.push(maker);
        uses.set(maker, (uses.get(maker) ?? 0) + 1);
      }
    }
    const arrived = new Map<Value, number>([[this, 1]]), ready: Value[] = [this];
    for (const value of ready) {
      const own = arrived.get(value) ?? 0;
      value.grad += own;
      value.share(own).forEach((part, i) => {
        const maker = value.makers[i], left = (uses.get(maker) ?? 0) - 1;
        arrived.set(maker, (arrived.get(maker) ?? 0) + part);
        uses.set(maker, left);
        if (left === 0) ready.push(maker);
      });
    }
  }
}

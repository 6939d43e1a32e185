// fails: Two ways lead from d to b
interface Edge { from: Value; slope: number }

/** A number that knows how it was made. */
export class Value {
  data: number;
  grad = 0;
  private readonly edges: readonly Edge[];

  constructor(data: number, edges: readonly Edge[] = []) {
    this.data = data;
    this.edges = edges;
  }
  add(other: Value): Value {
    return new Value(this.data + other.data, [{ from: this, slope: 1 }, { from: other, slope: 1 }]);
  }
  mul(other: Value): Value {
    return new Value(this.data * other.data, [{ from: this, slope: other.data }, { from: other, slope: this.data }]);
  }
  tanh(): Value {
    const y = Math.tanh(this.data);
    return new Value(y, [{ from: this, slope: 1 - y * y }]);
  }
  /** Adds to `grad` of everything it was made from: how steep this value is with respect to it. */
  backward(): void {
    // Made from before made of: reversed, every value comes after all that used it.
    const order: Value[] = [], seen = new Set<Value>();
    const visit = (value: Value): void => {
      if (seen.has(value)) return;
      seen.add(value);
      order.unshift(value);
      for (const { from } of value.edges) visit(from);
    };
    visit(this);
    // This walk's own slopes: grad may hold those of an earlier loss.
    const arrived = new Map<Value, number>([[this, 1]]);
    for (const value of order.reverse()) {
      const own = arrived.get(value) ?? 0;
      value.grad += own;
      for (const { from, slope } of value.edges) arrived.set(from, (arrived.get(from) ?? 0) + own * slope);
    }
  }
}

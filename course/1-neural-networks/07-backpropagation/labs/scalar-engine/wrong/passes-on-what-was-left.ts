// fails: without what the first had left
export class Value {
  data: number;
  grad = 0;
  makers: Value[];
  pass: () => void = () => {};

  constructor(data: number, makers: Value[] = []) {
    this.data = data;
    this.makers = makers;
  }
  add(other: Value): Value {
    const out = new Value(this.data + other.data, [this, other]);
    out.pass = () => { this.grad += out.grad; other.grad += out.grad; };
    return out;
  }
  mul(other: Value): Value {
    const out = new Value(this.data * other.data, [this, other]);
    out.pass = () => { this.grad += other.data * out.grad; other.grad += this.data * out.grad; };
    return out;
  }
  tanh(): Value {
    const y = Math.tanh(this.data), out = new Value(y, [this]);
    out.pass = () => { this.grad += (1 - y * y) * out.grad; };
    return out;
  }
  backward(): void {
    const order: Value[] = [], seen = new Set<Value>();
    const visit = (value: Value): void => {
      if (seen.has(value)) return;
      seen.add(value);
      value.makers.forEach(visit);
      order.push(value);
    };
    visit(this);
    this.grad = 1;
    for (const value of order.reverse()) value.pass();
  }
}

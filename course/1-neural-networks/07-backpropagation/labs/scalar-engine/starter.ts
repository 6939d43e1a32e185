/** A number that knows how it was made. */
export class Value {
  data: number;
  grad = 0;

  constructor(data: number) {
    this.data = data;
  }
  add(other: Value): Value {
    return new Value(0);
  }
  mul(other: Value): Value {
    return new Value(0);
  }
  tanh(): Value {
    return new Value(0);
  }
  /** Adds to `grad` of everything it was made from: how steep this value is with respect to it. */
  backward(): void {
  }
}

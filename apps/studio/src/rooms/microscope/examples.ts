export interface Example {
  readonly title: string;
  readonly expression: string;
  readonly inputs: string;
}
/** Expressions to begin with. */
export const EXAMPLES: readonly Example[] = [
  { title: "A layer", expression: "x.matmul(w).add(b).relu().sum()", inputs: "x[64, 784], w[784, 128], b[128]" },
  { title: "Fusion", expression: "(x * 2).exp().add(1).log()", inputs: "x[1000]" },
  { title: "Softmax", expression: "x.softmax(1)", inputs: "x[64, 10]" },
  { title: "Cross-entropy", expression: "crossEntropy(x.matmul(w), y)", inputs: "x[32, 64], w[64, 10], y[32] i32" },
  {
    title: "Attention", expression: "q.matmul(k.transpose(0, 1)).div(8).softmax(1).matmul(v)",
    inputs: "q[32, 64], k[32, 64], v[32, 64]",
  },
  { title: "Convolution", expression: "conv2d(x, w).tanh()", inputs: "x[1, 1, 28, 28], w[6, 1, 5, 5]" },
  { title: "Distance", expression: "(a - b).square().sum().sqrt()", inputs: "a[300], b[300]" },
];

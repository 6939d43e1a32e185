/** One public name of the library, for completion. */
export interface PublicName {
  readonly name: string;
  /** Where it is written: at the top, after `nn.`, `F.` or `optim.`, or after a tensor and a dot. */
  readonly of: "gradus" | "nn" | "F" | "optim" | "tensor";
  readonly kind: "function" | "class" | "method" | "constant" | "namespace";
  /** How it is called. */
  readonly signature: string;
  /** The first sentence of its description. */
  readonly about: string;
}

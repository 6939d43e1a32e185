import type { Happening } from "./event.ts";

const NAME = "gradus-happened";

/** Says what the reader did there. A lesson's page writes it down; a part that stands elsewhere speaks to nobody. */
export function tell(from: Element, happening: Happening): void {
  from.dispatchEvent(new CustomEvent<Happening>(NAME, { bubbles: true, detail: happening }));
}
/** Hears what happens anywhere inside. */
export function listen(inside: Element, heard: (happening: Happening) => void): void {
  inside.addEventListener(NAME, (event) => { heard((event as CustomEvent<Happening>).detail); });
}
/** The lesson and the part of it in an id such as `perceptron/rule`. */
export function placeOf(id: string): readonly [lesson: string, part: string] {
  const at = id.indexOf("/");
  return [id.slice(0, at), id.slice(at + 1)];
}

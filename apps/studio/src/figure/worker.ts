/** One worker for all figures of a page. */
import figures from "virtual:course/figures";
import type { Figure } from "@gradus/lessons";
import { FigureHost } from "./host.ts";
import type { FromFigures, ToFigures } from "./protocol.ts";

const page = globalThis as unknown as {
  postMessage(message: FromFigures): void;
  onmessage: ((event: { readonly data: ToFigures }) => void) | null;
};
async function find(id: string): Promise<Figure> {
  if (!Object.hasOwn(figures, id)) throw new Error(`There is no figure ${id} in the course.`);
  return (await figures[id]()).default;
}
const host = new FigureHost(find, (message) => page.postMessage(message));
page.onmessage = ({ data }) => void host.receive(data);

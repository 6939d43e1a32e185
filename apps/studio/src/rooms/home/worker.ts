import { rooms, type Rooms } from "./rooms.ts";
import { descend, heights, type Heights, type Stop, type Weights } from "./landscape.ts";

export type ToMap =
  | { readonly type: "heights"; readonly columns: number; readonly rows: number }
  | { readonly type: "descend"; readonly start: Weights }
  | { readonly type: "rooms" };
export type FromMap =
  | { readonly type: "heights"; readonly heights: Heights }
  | { readonly type: "descend"; readonly stops: readonly Stop[] }
  | { readonly type: "rooms"; readonly rooms: Rooms };

const page = globalThis as unknown as {
  postMessage(message: FromMap): void;
  onmessage: ((event: { readonly data: ToMap }) => void) | null;
};
async function answer(message: ToMap): Promise<void> {
  if (message.type === "heights") {
    page.postMessage({ type: "heights", heights: await heights(message.columns, message.rows) });
  } else if (message.type === "rooms") {
    page.postMessage({ type: "rooms", rooms: await rooms() });
  } else {
    page.postMessage({ type: "descend", stops: await descend(message.start) });
  }
}
page.onmessage = ({ data }) => void answer(data);

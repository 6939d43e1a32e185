/** Where a learner's code runs: a fresh worker inside a frame of opaque origin, without DOM, storage or network. */

import FRAME from "./sandbox-frame.html?raw";

/** What runs there beside the library. */
export type Kind = "cell" | "lab";
/** Every answer of the frame; what it holds is not to be trusted. */
export type Receive = (message: Readonly<Record<string, unknown>>) => void;

const TEXTS: Readonly<Record<Kind, () => Promise<{ readonly default: string }>>> = {
  cell: () => import("virtual:sandbox/cell"),
  lab: () => import("virtual:sandbox/lab"),
};

export class Sandbox {
  private readonly kind: Kind;
  private readonly receive: Receive;
  private frame: Promise<HTMLIFrameElement> | null = null;
  private began: (() => void) | null = null;

  constructor(kind: Kind, receive: Receive) {
    this.kind = kind;
    this.receive = receive;
  }

  /** Ends what runs and starts a fresh worker; resolved when it listens. */
  async start(): Promise<void> {
    const frame = await (this.frame ??= this.open());
    await new Promise<void>((began) => {
      this.began = began;
      frame.contentWindow?.postMessage({ type: "start" }, "*");
    });
  }
  post(message: unknown): void {
    void this.frame?.then((frame) => frame.contentWindow?.postMessage({ type: "post", message }, "*"));
  }
  stop(): void {
    void this.frame?.then((frame) => frame.contentWindow?.postMessage({ type: "stop" }, "*"));
  }

  private async open(): Promise<HTMLIFrameElement> {
    const [library, runtime] = await Promise.all([import("virtual:sandbox/library"), TEXTS[this.kind]()]);
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = "Where code of this page runs";
    frame.hidden = true;
    // Its text is part of the page: a frame of opaque origin cannot be kept for use offline as a file.
    frame.srcdoc = FRAME;
    const opened = new Promise<void>((open) => {
      addEventListener("message", ({ data, source }: MessageEvent<unknown>) => {
        if (source !== frame.contentWindow || typeof data !== "object" || data === null) return;
        const message = data as Readonly<Record<string, unknown>>;
        if (message.type === "frame") return open();
        if (message.type === "ready") return this.began?.();
        // A worker that cannot start will never be ready.
        if (message.type === "ended") this.began?.();
        this.receive(message);
      });
    });
    document.body.append(frame);
    await opened;
    frame.contentWindow?.postMessage({ type: "install", library: library.default, runtime: runtime.default }, "*");
    return frame;
  }
}

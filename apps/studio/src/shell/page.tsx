import { render, type ComponentChildren } from "preact";
import { startShell } from "./behaviour.ts";
import { footer } from "./footer.ts";
import { header } from "./header.ts";
import "./look.ts";

interface PageProps {
  /** The way to the home page, relative to this one. */
  readonly home: string;
  /** The room's folder. */
  readonly room?: string;
  readonly children: ComponentChildren;
}
function Page({ home, room, children }: PageProps) {
  const rooms = __STUDIO_ROOMS__;
  return (
    <>
      <div class="shell" dangerouslySetInnerHTML={{ __html: header({ home, current: room, rooms }) }} />
      <main id="main">{children}</main>
      <div class="shell" dangerouslySetInnerHTML={{ __html: footer({ home, rooms }) }} />
    </>
  );
}

/** Puts a page into the document. */
export function mount(props: PageProps): void {
  const root = document.getElementById("app");
  if (root === null) throw new Error("the document has no element with the id app");
  startShell();
  render(<Page {...props} />, root);
}

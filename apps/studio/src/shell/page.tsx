import { render, type ComponentChildren } from "preact";
import "../look/fonts.css";
import "../look/tokens.css";
import "../look/base.css";
import "../look/parts.css";
import { switchTheme } from "./theme.ts";

interface PageProps {
  /** The way to the home page, relative to this one. */
  readonly home: string;
  readonly room?: "digits";
  readonly children: ComponentChildren;
}
function Page({ home, room, children }: PageProps) {
  return (
    <>
      <a class="skip" href="#main">Skip to the content</a>
      <nav class="top ui" aria-label="Gradus">
        <a class="lettering" href={home} aria-label="Gradus, home">
          {[..."gradus"].map((letter, i) => <span style={{ "--i": i }}>{letter}</span>)}
        </a>
        <a href={`${home}digits/`} aria-current={room === "digits" ? "page" : undefined}>Digits</a>
        <button class="theme" type="button" aria-label="Switch between light and dark" onClick={switchTheme}>
          <i />
        </button>
      </nav>
      <main id="main">{children}</main>
      <footer class="end ui">
        <span>Everything is computed on this machine. Nothing you draw leaves it.</span>
        <span>
          Digits: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository
          1998, CC BY 4.0.
        </span>
        <span>Type: Literata, Archivo and Commit Mono, SIL Open Font License.</span>
      </footer>
    </>
  );
}

/** Puts a page into the document. */
export function mount(props: PageProps): void {
  const root = document.getElementById("app");
  if (root === null) throw new Error("the document has no element with the id app");
  render(<Page {...props} />, root);
}

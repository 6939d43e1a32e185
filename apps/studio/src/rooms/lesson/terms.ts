/**
 * Cards of terms: they open on hover after a moment, on focus and on tap, in the margin where there is one and below
 * the paragraph elsewhere. Escape closes. Without scripts a term is a link to the glossary.
 */
interface TermEntry {
  readonly term: string; readonly html: string;
  readonly lesson?: string; readonly number?: string; readonly concept?: string;
}
const PATIENCE = 200, LEAVING = 260;
const WIDE = matchMedia("(min-width: 1180px)");
const POINTS = matchMedia("(hover: hover)");

export function startTerms(main: HTMLElement): void {
  const data = document.getElementById("terms-of-page")?.textContent ?? "{}";
  const entries = JSON.parse(data) as Readonly<Record<string, TermEntry>>;
  const card = document.createElement("aside");
  card.className = "term-card";
  card.id = "term-card";
  card.setAttribute("aria-label", "Term");
  let open: HTMLAnchorElement | undefined, timer: ReturnType<typeof setTimeout> | undefined;

  const close = (): void => {
    clearTimeout(timer);
    open?.removeAttribute("aria-expanded");
    open?.removeAttribute("aria-controls");
    open = undefined;
    card.remove();
  };
  const show = (link: HTMLAnchorElement): void => {
    clearTimeout(timer);
    const entry = entries[link.dataset.term ?? ""];
    if (entry === undefined || open === link) return;
    close();
    open = link;
    link.setAttribute("aria-expanded", "true");
    link.setAttribute("aria-controls", card.id);
    card.innerHTML = cardHtml(link.dataset.term ?? "", entry, main.dataset.lesson ?? "");
    place(card, link, main);
  };
  const later = (work: () => void, wait: number): void => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };

  for (const link of main.querySelectorAll<HTMLAnchorElement>("a.term")) {
    link.setAttribute("role", "button");
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") later(() => show(link), PATIENCE);
    });
    link.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") later(close, LEAVING); });
    link.addEventListener("focus", () => { if (link.matches(":focus-visible")) show(link); });
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (open === link && !POINTS.matches) close();
      else show(link);
    });
    link.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      link.click();
    });
  }
  card.addEventListener("pointerenter", () => clearTimeout(timer));
  card.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") later(close, LEAVING); });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || open === undefined) return;
    const link = open, inside = card.contains(document.activeElement);
    close();
    if (inside) link.focus();
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (open !== undefined && !card.contains(target) && target.closest("a.term") === null) close();
  });
  document.addEventListener("focusin", (event) => {
    if (open !== undefined && event.target !== open && !card.contains(event.target as Node)) close();
  });
  WIDE.addEventListener("change", close);
}

function cardHtml(id: string, { term, html, lesson, number, concept }: TermEntry, here: string): string {
  const links = [
    `<a href="../glossary/#${id}">in the glossary</a>`,
    lesson === undefined || lesson === here ? "" : `<a href="../${lesson}/">lesson ${number ?? ""}</a>`,
    concept === undefined ? "" : `<a href="../map/#${concept}">on the map</a>`,
  ];
  const name = document.createElement("b");
  name.textContent = term;
  return `${name.outerHTML}${html}<div class="ui">${links.join("")}</div>`;
}

/** After the term's block, so that the keyboard reaches it next; in the margin it is moved beside the line. */
function place(card: HTMLElement, link: HTMLElement, main: HTMLElement): void {
  let block: HTMLElement = link;
  while (block.parentElement !== null && block.parentElement !== main) block = block.parentElement;
  block.after(card);
  card.style.removeProperty("top");
  card.classList.toggle("in-margin", WIDE.matches);
  if (!WIDE.matches) return;
  const line = link.getClientRects()[0], top = main.getBoundingClientRect().top;
  card.style.top = `${(line?.top ?? 0) - top - 26 + (line?.height ?? 0) / 2}px`;
}

/** What the head of a page does: the theme, the search and its key, and the menu of narrow pages. */
import { switchTheme } from "./theme.ts";

/** Listens once for the whole page, whoever drew its head. */
export function startShell(): void {
  keepForOffline();
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("button.theme") !== null) switchTheme();
    if (event.target.closest("[data-search]") !== null) void openSearch();
    const menu = document.querySelector<HTMLDetailsElement>(".menu[open]");
    if (menu !== null && !menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector<HTMLDetailsElement>(".menu[open]");
    if (event.key === "Escape" && menu !== null) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
    event.preventDefault();
    void openSearch();
  });
}

/**
 * Keeps the studio for use without a network, once the page is done with its own work. Only what was built can be kept;
 * a plain host without https offers no such workers.
 */
function keepForOffline(): void {
  if (!__STUDIO_BUILT__ || !("serviceWorker" in navigator)) return;
  const keep = (): void => {
    const home = document.querySelector<HTMLElement>(".top")?.dataset.home ?? "./";
    navigator.serviceWorker.register(new URL(`${home}offline.js`, location.href)).catch((error: unknown) => {
      console.info("the studio is not kept for use offline:", error);
    });
  };
  if (document.readyState === "complete") keep();
  else addEventListener("load", keep, { once: true });
}

/** Whether keys typed there are text. */
function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

async function openSearch(): Promise<void> {
  const home = document.querySelector<HTMLElement>(".top")?.dataset.home ?? "./";
  const { openSearch: open } = await import("./search.ts");
  open(home);
}

/** What is wider than its place scrolls inside itself; while it does, it can be reached by keyboard and has a name. */
const KINDS: readonly (readonly [selector: string, name: string])[] = [
  [".formula", "Formula"], [".table", "Table"], ["pre.source", "Code"], ["pre.output", "Output"],
];

export function startRegions(main: HTMLElement): void {
  const sized = new ResizeObserver((entries) => { for (const { target } of entries) set(target as HTMLElement); });
  for (const [selector] of KINDS) {
    for (const element of main.querySelectorAll<HTMLElement>(selector)) sized.observe(element);
  }
}

function set(element: HTMLElement): void {
  const name = KINDS.find(([selector]) => element.matches(selector))?.[1] ?? "";
  if (element.scrollWidth > element.clientWidth + 1) {
    element.tabIndex = 0;
    element.setAttribute("role", "group");
    if (!element.hasAttribute("aria-label")) element.setAttribute("aria-label", name);
  } else {
    element.removeAttribute("tabindex");
    element.removeAttribute("role");
  }
}

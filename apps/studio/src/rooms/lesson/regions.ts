/** What is wider than its place scrolls inside itself; while it does, it can be reached by keyboard and has a name. */
const KINDS: readonly (readonly [selector: string, name: string])[] = [
  [".formula", "Formula"], [".table", "Table"], ["pre.source", "Code"], ["pre.output", "Output"],
];

export function startRegions(main: HTMLElement): void {
  const sized = new ResizeObserver((entries) => { for (const { target } of entries) set(target as HTMLElement); });
  const all = KINDS.map(([selector]) => selector).join();
  const observe = (root: Element): void => {
    if (root.matches(all)) sized.observe(root);
    for (const element of root.querySelectorAll(all)) sized.observe(element);
  };
  observe(main);
  // Islands wake later and change; what is drawn inside a figure holds no such thing.
  new MutationObserver((records) => {
    for (const { target, addedNodes } of records) {
      if (target instanceof SVGElement) continue;
      for (const node of addedNodes) if (node instanceof HTMLElement) observe(node);
    }
  }).observe(main, { childList: true, subtree: true });
}

function set(element: HTMLElement): void {
  const name = KINDS.find(([selector]) => element.matches(selector))?.[1] ?? "";
  if (element.scrollWidth > element.clientWidth + 1) {
    element.tabIndex = 0;
    element.setAttribute("role", "group");
    if (!element.hasAttribute("aria-label")) element.setAttribute("aria-label", name);
  } else {
    for (const attribute of ["tabindex", "role"]) element.removeAttribute(attribute);
    // Without a role an element may not have a name of its own.
    if (element.getAttribute("aria-label") === name) element.removeAttribute("aria-label");
  }
}

/** Marks the step of the lesson that is being read, and lets the link for doubts name it. */
export function startRail(main: HTMLElement): void {
  const links = [...main.querySelectorAll<HTMLAnchorElement>(".rail a")];
  const anchors = links.flatMap((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))) ?? []);
  const doubt = main.querySelector<HTMLAnchorElement>("[data-doubt]");
  const ground = doubt?.getAttribute("href") ?? "";
  const mark = (): void => {
    const line = innerHeight * 0.35;
    const atEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 4;
    let now = 0;
    anchors.forEach((anchor, i) => { if (anchor.getBoundingClientRect().top <= line) now = i; });
    if (atEnd) now = anchors.length - 1;
    links.forEach((link, i) => {
      if (i === now) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    });
    if (doubt !== null) doubt.href = `${ground}/${anchors[now]?.id ?? ""}`;
  };
  let waiting = false;
  const soon = (): void => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mark();
    });
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  mark();
}

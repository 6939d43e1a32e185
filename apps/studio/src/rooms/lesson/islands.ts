/**
 * Figures, cells, labs and quizzes stand in the page as text until they come near the window; then their scripts
 * load.
 */
interface Mounts { mount(element: HTMLElement): void }

const MOUNTS = import.meta.glob<Mounts>([
  "../../figure/mount.{ts,tsx}", "../../cell/mount.{ts,tsx}", "../../lab/mount.{ts,tsx}", "../../quiz/mount.{ts,tsx}",
]);
/** Which folder wakes which kind of island. */
const FOLDERS: Readonly<Record<string, string>> = {
  figure: "figure", cell: "cell", lab: "lab", quiz: "quiz", essay: "quiz", cards: "quiz",
};
/** A window ahead there is time to load before the reader arrives; all that lies further is not asked for at first. */
const AHEAD = "100% 0px";

const mountOf = (kind: string): (() => Promise<Mounts>) | undefined => {
  const folder = FOLDERS[kind];
  const key = Object.keys(MOUNTS).find((path) => path.startsWith(`../../${folder}/`));
  return key === undefined ? undefined : MOUNTS[key];
};

export function startIslands(main: HTMLElement): void {
  const watch = (rootMargin: string): IntersectionObserver => {
    const seen = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        void wake(target as HTMLElement);
      }
    }, { rootMargin });
    return seen;
  };
  const ahead = watch(AHEAD), inSight = watch("0px");
  const seen = (island: HTMLElement): IntersectionObserver => island.dataset.heavy === undefined ? ahead : inSight;
  for (const island of main.querySelectorAll<HTMLElement>(".island")) seen(island).observe(island);
  // An address that names an island wakes it at once.
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest<HTMLElement>(".island");
  if (named != null) {
    seen(named).unobserve(named);
    void wake(named).then(() => named.scrollIntoView());
  }
}

/** What cannot wake stays as it was printed: it reads, but does not move. */
async function wake(island: HTMLElement): Promise<void> {
  const load = mountOf(island.dataset.island ?? "");
  if (load === undefined) return;
  try {
    (await load()).mount(island);
    island.dataset.awake = "";
  } catch (error) {
    console.error(`the ${island.dataset.island ?? ""} ${island.id} did not start:`, error);
  }
}

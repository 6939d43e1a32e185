import { useSignal, type Signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

/** An element and its width in pixels, so that drawings are redrawn for narrow screens instead of shrunk. */
export function useWidth<T extends HTMLElement>(
  initial: number,
): { ref: { current: T | null }; width: Signal<number> } {
  const ref = useRef<T>(null);
  const width = useSignal(initial);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = (): void => {
      if (element.clientWidth > 0) width.value = element.clientWidth;
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}

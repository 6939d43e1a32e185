import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

interface TwinProps {
  readonly id: string;
  readonly title: string;
  /** Makes the table; asked for only while it is shown. */
  readonly table: (() => ComponentChildren) | undefined;
  /** Buttons beside the one that shows the table. */
  readonly actions?: ComponentChildren;
}

/** The actions under a figure, first among them its picture as a table, one key away. */
export function Twin({ id, title, table, actions }: TwinProps) {
  const open = useSignal(false);
  return (
    <>
      <div class="actions ui">
        {table !== undefined && (
          <button type="button" aria-expanded={open.value} aria-controls={`${id}-twin`}
            onClick={() => { open.value = !open.value; }}>
            {open.value ? "Hide the table" : "Table of values"}
          </button>
        )}
        {actions}
      </div>
      {table !== undefined && (
        <div class="twin" id={`${id}-twin`} hidden={!open.value} tabIndex={0} role="region"
          aria-label={`${title}, as a table`}>
          {open.value && table()}
        </div>
      )}
    </>
  );
}

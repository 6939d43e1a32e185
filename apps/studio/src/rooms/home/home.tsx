import type { Signal } from "@preact/signals";
import { Twin } from "../../look/twin.tsx";
import type { Descent } from "./descent.ts";
import { TwoRooms } from "./two-rooms.tsx";
import { DescentTable, LossMap, MapStrip } from "./map.tsx";
import type { Next, Waiting } from "./next.ts";

/** What the reader's log says, once it is read. */
export interface Reader {
  readonly next: Signal<Next | null>;
  readonly waiting: Signal<Waiting | null>;
}
interface HomeProps {
  readonly descent: Descent;
  readonly reader: Reader;
  /** The course's part of the page, as the build printed it. */
  readonly course: string;
}
export function Home({ descent, course, reader }: HomeProps) {
  const next = reader.next.value;
  const first = /href="(\.\/course\/[a-z0-9-]+\/)">([^<]+)</.exec(course);
  return (
    <>
      <section class="hero">
        <div class="opening">
          <h1><span>Deep learning,</span> <span>step</span> <span>by step.</span></h1>
          <p class="lead">
            Gradus is a deep-learning library in TypeScript, and a studio in which every picture is a small network
            really running on your machine. Stop it anywhere. Read any number. Change it and see who minds.
          </p>
          <p class="ways-in ui">
            {next !== null ? (
              <a class="button" href={`./course/${next.lesson.id}/`}>
                {next.begun ? "Continue" : "Go on with"} {next.lesson.name}
              </a>
            ) : first !== null && <a class="button" href={first[1]}>Begin with {first[2]}</a>}
            <a class={first === null ? "button" : ""} href="./digits/">Train a network on handwritten digits</a>
          </p>
        </div>
        <figure class="map" aria-label="A loss map of networks with two weights">
          <LossMap descent={descent} />
          <div class="under">
            <MapStrip descent={descent} />
            <figcaption>
              Every point of this map is a network with two weights; height is its loss on nine examples. Two
              valleys hold equally good networks. Drag the start onto the pass between them.
            </figcaption>
            <Twin id="map" title="The descent" table={() => <DescentTable descent={descent} />} />
          </div>
        </figure>
      </section>
      {reader.waiting.value !== null && <Due {...reader.waiting.value} />}
      <div dangerouslySetInnerHTML={{ __html: course }} />
      <Alphabet />
      <TwoRooms rooms={descent.rooms.value} />
    </>
  );
}

const date = (at: number): string => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" }).format(at);

/** One line: what waits for the reader, and where they were. */
function Due({ due, cards, soonest, last }: Waiting) {
  return (
    <section class="due ui" aria-label="What waits for you">
      {cards > 0 && (
        <p>
          {due > 0 ? <><b>{due === 1 ? "1 card" : `${due} cards`}</b> due today</>
            : `No cards now${soonest === null ? "" : `; the next comes back on ${date(soonest)}`}`}
        </p>
      )}
      <p>Last here: <b>{last.name}</b>, on {date(last.at)}</p>
      {last.labsTried > 0 && <p>{last.labsPassed} of {last.labsTried} labs begun there pass</p>}
      <p class="there">
        {due > 0 ? <a href="./cards/">Review cards</a> : <a href="./progress/">Your progress</a>}
      </p>
    </section>
  );
}

/** The signs every picture is written in. */
function Alphabet() {
  const square = "M3 3h18v18H3z", disc = "M12 3a9 9 0 1 1 0 18a9 9 0 1 1 0-18z";
  const rows: readonly (readonly [kind: string, role: string, below: string, zero: string, above: string])[] = [
    ["weight", "learned", square, square, square],
    ["value", "passes through", disc, disc, disc],
    ["gradient", "asked for", "M3 4h18L12 21z", "M3 12h18", "M3 20h18L12 3z"],
  ];
  return (
    <section class="alphabet" aria-labelledby="alphabet">
      <div>
        <h2 id="alphabet">Three shapes, one sign</h2>
        <p>
          Every picture here is written in this alphabet. A square is something learned, a disc is something passing
          through, a triangle is something asked for. Blue is above zero, orange below, and you never need the colour
          to tell.
        </p>
      </div>
      <table>
        <thead>
          <tr>{["kind", "below zero", "zero", "above zero"].map((name) => <th scope="col">{name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map(([kind, role, below, zero, above]) => (
            <tr>
              <th scope="row">{kind}<small>{role}</small></th>
              <td><Sign path={below} sign="negative" /><span class="unseen">hatched</span></td>
              <td><Sign path={zero} sign="zero" /><span class="unseen">hollow</span></td>
              <td><Sign path={above} sign="positive" /><span class="unseen">solid</span></td>
            </tr>
          ))}
        </tbody>
      </table>
      <svg class="hatching" aria-hidden="true" width="0" height="0">
        <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <path d="M0 0v5" />
        </pattern>
      </svg>
    </section>
  );
}
const Sign = ({ path, sign }: { path: string; sign: string }) => (
  <svg class={`sign ${sign}`} viewBox="0 0 24 24" aria-hidden="true"><path d={path} /></svg>
);

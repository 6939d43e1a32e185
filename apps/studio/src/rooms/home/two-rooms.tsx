import type { Rooms } from "./rooms.ts";

const CELL = 26;

/** Two rooms, shown by what they produce. */
export function TwoRooms({ rooms }: { rooms: Rooms | null }) {
  return (
    <div class="two-rooms">
      <section aria-labelledby="room-models">
        <h2 id="room-models"><a href="./models/">Models</a></h2>
        <p>Architectures, open down to the multiply. Train one on your own files and watch it change.</p>
        <Attention rooms={rooms} />
        <p class="say ui">
          A head that has learned nothing yet: rows listen, columns are heard, and like hears like. A disc’s area is
          its share.
        </p>
      </section>
      <section aria-labelledby="room-microscope">
        <h2 id="room-microscope"><a href="./microscope/">Microscope</a></h2>
        <p>Write an expression. See its graph, its gradient, and the code that runs.</p>
        <pre tabIndex={0} aria-label="A loop of the compiler"><code>{rooms?.loop.join("\n") ?? "·"}</code></pre>
        <p class="say ui">
          {rooms === null ? "Compiling relu(x · scale + shift)²." :
            `relu(x · scale + shift)²: ${rooms.operations} operations, ${rooms.kernels === 1 ? "one loop"
              : `${rooms.kernels} loops`}, four numbers at a time. Compiled here, just now.`}
        </p>
      </section>
    </div>
  );
}

function Attention({ rooms }: { rooms: Rooms | null }) {
  const letters = Array.from(rooms?.text ?? "hello world", (letter) => (letter === " " ? "␣" : letter));
  const side = CELL * (letters.length + 1);
  return (
    <svg viewBox={`0 0 ${side} ${side}`} role="img"
      aria-label="Shares of attention: every character listens to itself and to those before it">
      {letters.map((letter, i) => <text x={CELL / 2} y={CELL * (i + 1.5) + 5} text-anchor="middle">{letter}</text>)}
      {letters.map((letter, i) => <text x={CELL * (i + 1.5)} y={CELL / 2 + 5} text-anchor="middle">{letter}</text>)}
      {rooms?.attention.flatMap((row, i) => row.map((share, j) =>
        <circle cx={CELL * (j + 1.5)} cy={CELL * (i + 1.5)} r={Math.sqrt(share) * (CELL / 2 - 1)} />))}
    </svg>
  );
}

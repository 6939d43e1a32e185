import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { between, trimmed } from "@gradus/lessons/draw/edge";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { panels, type Panel } from "@gradus/lessons/draw/panels";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { textWidth } from "@gradus/lessons/draw/text";

/** What the same arithmetic is told about. */
const STORIES = {
  "screening test": { yes: "ill", no: "healthy", sign: "positive", none: "negative", who: "people",
    prior: 0.01, sensitivity: 0.9, alarm: 0.09 },
  "rare disease": { yes: "ill", no: "healthy", sign: "positive", none: "negative", who: "people",
    prior: 0.001, sensitivity: 0.99, alarm: 0.01 },
  "the word “free”": { yes: "spam", no: "wanted", sign: "says it", none: "does not", who: "messages",
    prior: 0.4, sensitivity: 0.6, alarm: 0.05 },
} as const;
type StoryName = keyof typeof STORIES;

interface State {
  readonly story: StoryName;
  readonly people: boolean;
  prior: number; sensitivity: number; alarm: number;
  /** 0 all together, 1 sorted by what they are, 2 tested, 3 regrouped by the test, 4 the answer. */
  stage: number;
}
const LAST = 4, CROWD = 1000;

/** What the three numbers imply. */
function implied({ prior, sensitivity, alarm }: State) {
  const hit = prior * sensitivity, miss = prior - hit, falseAlarm = (1 - prior) * alarm, rest = 1 - prior - falseAlarm;
  return { hit, miss, falseAlarm, rest, positive: hit + falseAlarm, posterior: hit / (hit + falseAlarm) };
}
/** Whole people: the groups always add up to the crowd. */
function heads(state: State) {
  const ill = Math.round(CROWD * state.prior), hit = Math.round(ill * state.sensitivity);
  const falseAlarm = Math.round((CROWD - ill) * state.alarm);
  return { ill, healthy: CROWD - ill, hit, miss: ill - hit, falseAlarm, rest: CROWD - ill - falseAlarm };
}

interface Layout {
  readonly height: number;
  readonly tree: Panel;
  readonly picture: Panel;
  readonly nodes: { readonly root: Pair; readonly yes: Pair; readonly no: Pair; readonly leaves: readonly Pair[] };
}
function layout(width: number): Layout {
  const { at: [tree, picture], height } = panels(width, { shares: [1, 1], height: 410, heights: [330, 490],
    narrow: 700 });
  const left = tree.x + 6, right = tree.x + tree.w - 104, top = tree.y + 62, bottom = tree.y + tree.h - 48;
  const middle = left + (right - left) * 0.5, row = (share: number): number => top + (bottom - top) * share;
  return { height, tree, picture, nodes: {
    root: [left, row(0.5)], yes: [middle, row(0.17)], no: [middle, row(0.83)],
    leaves: [0, 0.34, 0.66, 1].map((share) => [right, row(share)]),
  } };
}

/** The three beads: each slides along its edge. Small probabilities get more of the way than their share. */
const BEADS = {
  prior: { power: 3, low: 0.001, high: 0.9, round: 1000 },
  sensitivity: { power: 1, low: 0.05, high: 1, round: 100 },
  alarm: { power: 2, low: 0.005, high: 0.9, round: 200 },
} as const;
type Bead = keyof typeof BEADS;
const NAMES: Record<Bead, string> = { prior: "prior", sensitivity: "sensitivity", alarm: "false alarms" };
const shareOf = (bead: Bead, value: number): number => value ** (1 / BEADS[bead].power);
const within = (bead: Bead, value: number): number => {
  const { low, high, round } = BEADS[bead];
  return clamp(Math.round(value * round) / round, [low, high]);
};
function edgeOf({ nodes }: Layout, bead: Bead): readonly [Pair, Pair] {
  const { root, yes, no, leaves } = nodes;
  const ends = { prior: [root, yes], sensitivity: [yes, leaves[0]], alarm: [no, leaves[2]] } as const;
  return trimmed(...ends[bead], 14, 16);
}
/** The square of the areas. */
const squareOf = ({ picture }: Layout): Panel => {
  const side = Math.min(picture.w - 8, 290);
  return { x: picture.x + (picture.w - side) / 2, y: picture.y + 40, w: side, h: side };
};

export default defineFigure({
  id: "bayes-tree",
  title: "A test, turned round",
  question: "The test is right nine times in ten. Why are most who test positive healthy?",
  params: {
    story: { kind: "choice", label: "story", value: "screening test",
      choices: Object.keys(STORIES) as StoryName[] },
    picture: { kind: "choice", label: "picture", value: "people", choices: ["people", "areas"] },
  },
  init({ story, picture }): State {
    const { prior, sensitivity, alarm } = STORIES[story];
    return { story, people: picture === "people", prior, sensitivity, alarm, stage: 0 };
  },
  step(state) {
    state.stage = Math.min(LAST, state.stage + 1);
    return state;
  },
  done: (state) => state.stage === LAST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const [where, name] = action.id.split(":") as ["tree" | "area", Bead], at = layout(action.width);
    if (where === "area") {
      const { x, y, w, h } = squareOf(at);
      state[name] = within(name, name === "prior" ? (action.x - x) / w : (y + h - action.y) / h);
      return state;
    }
    const [from, to] = edgeOf(at, name);
    const dx = to[0] - from[0], dy = to[1] - from[1];
    const share = ((action.x - from[0]) * dx + (action.y - from[1]) * dy) / (dx * dx + dy * dy);
    state[name] = within(name, clamp(share, [0, 1]) ** BEADS[name].power);
    return state;
  },
  snapshot: (state): State => ({ ...state }),

  view(state, frame: Frame): Scene {
    const at = layout(frame.width);
    return { width: frame.width, height: at.height,
      marks: [...tree(state, at), ...(state.people ? crowd(state, at) : areas(state, at))] };
  },
  describe(state) {
    const { yes, no, sign, who } = STORIES[state.story], { positive, posterior } = implied(state);
    const n = heads(state);
    return [
      `${fixed(CROWD, 0)} ${who}. Press step to sort them.`,
      `${percent(state.prior)} are ${yes}: ${fixed(n.ill, 0)} of ${fixed(CROWD, 0)}; ${fixed(n.healthy, 0)} are ${no}.`,
      `${fixed(n.hit, 0)} of the ${fixed(n.ill, 0)} ${yes} and ${fixed(n.falseAlarm, 0)} of the ` +
        `${fixed(n.healthy, 0)} ${no} get the sign “${sign}”.`,
      `Regrouped by the sign: ${fixed(n.hit + n.falseAlarm, 0)} have it (${percent(positive)}); the others no ` +
        `longer matter.`,
      `Of all with the sign, ${percent(posterior)} are ${yes}: ${fixed(posterior, 3)} = ${fixed(state.prior, 3)} · ` +
        `${fixed(state.sensitivity, 2)} / ${fixed(positive, 4)}. Before the test it was ${percent(state.prior)}.`,
    ][state.stage];
  },
  table(state) {
    const { yes, no, sign, none } = STORIES[state.story], p = implied(state);
    const row = (name: string, a: number, b: number): string[] => [name, ...[a, b, a + b].map((v) => fixed(v, 4))];
    return { head: ["probability", sign, none, "together"],
      rows: [row(yes, p.hit, p.miss), row(no, p.falseAlarm, p.rest), row("together", p.positive, 1 - p.positive),
        [`${yes}, given the sign`, fixed(p.posterior, 4), fixed(p.miss / (1 - p.positive), 4),
          fixed(state.prior, 4)]] };
  },
  numbers(state) {
    const { positive, posterior } = implied(state);
    const plain = (value: number) => ({ kind: "plain", value }) as const;
    return { prior: plain(state.prior), other: plain(1 - state.prior), sensitivity: plain(state.sensitivity),
      alarm: plain(state.alarm), positive: plain(positive), posterior: plain(posterior) };
  },
  invariants: [
    { name: "the four paths add up to 1", holds(state) {
      const { hit, miss, falseAlarm, rest } = implied(state);
      return Math.abs(hit + miss + falseAlarm + rest - 1) < 1e-12;
    } },
    { name: "the groups add up to everyone", holds(state) {
      const { hit, miss, falseAlarm, rest } = heads(state);
      return hit + miss + falseAlarm + rest === CROWD && Math.min(hit, miss, falseAlarm, rest) >= 0;
    } },
    { name: "posterior odds are prior odds times the likelihood ratio", holds(state) {
      const { posterior } = implied(state), odds = (p: number): number => p / (1 - p);
      return posterior > 1 - 1e-9
        || Math.abs(odds(posterior) / (odds(state.prior) * state.sensitivity / state.alarm) - 1) < 1e-9;
    } },
  ],
  cell: ({ story }) => {
    const { prior, sensitivity, alarm } = STORIES[story];
    return `const prior = ${prior}, sensitivity = ${sensitivity}, falseAlarms = ${alarm};\n`
      + "const hit = prior * sensitivity, wrong = (1 - prior) * falseAlarms;\n\nhit / (hit + wrong);";
  },
});

function tree(state: State, at: Layout): Mark[] {
  const { story, stage } = state, { yes, no, sign, none, who } = STORIES[story], { nodes } = at;
  const n = heads(state), p = implied(state);
  const paths = [
    { from: nodes.root, to: nodes.yes, share: state.prior, shown: 1, up: true },
    { from: nodes.root, to: nodes.no, share: 1 - state.prior, shown: 1, up: false },
    { from: nodes.yes, to: nodes.leaves[0], share: state.sensitivity, shown: 2, up: true },
    { from: nodes.yes, to: nodes.leaves[1], share: 1 - state.sensitivity, shown: 2, up: false },
    { from: nodes.no, to: nodes.leaves[2], share: state.alarm, shown: 2, up: true },
    { from: nodes.no, to: nodes.leaves[3], share: 1 - state.alarm, shown: 2, up: false },
  ];
  const marks: Mark[] = [];
  for (const { from, to, share, shown, up } of paths) {
    const [x, y] = between(from, to, shown === 1 ? 0.68 : 0.5), now = stage === shown;
    if (now) marks.push({ kind: "line", points: [from, to], stroke: "mark", width: 8 + 6 * share });
    marks.push({ kind: "line", points: [from, to], stroke: now ? "ink" : "ink-3", width: 1.2 + 5 * share });
    marks.push({ kind: "text", x: x - 8, y: up ? y - 15 : y + 24, text: percent(share), role: "number", size: 13,
      anchor: "middle", fill: "ink-2" });
  }
  const node = ([x, y]: Pair, name: string, people: number, shown: number, leaf: boolean, now = false): void => {
    marks.push({ kind: "disc", x, y, r: now ? 8 : 6, fill: now ? "mark" : "plate", stroke: "ink", width: 2 });
    const label = stage >= shown ? fixed(people, 0) : "·";
    if (leaf) {
      marks.push({ kind: "text", x: x + 15, y: y - 2, text: label, role: "number", size: 16, bold: true });
      marks.push({ kind: "text", x: x + 15, y: y + 14, text: name, size: 12.5, fill: "ink-2" });
    } else {
      const up = y < nodes.root[1] + 1, root = y === nodes.root[1], lift = root ? 62 : 29;
      marks.push({ kind: "text", x: root ? at.tree.x : x, y: up ? y - lift : y + 25, text: label, role: "number",
        size: 16, bold: true,
        anchor: root ? "start" : "middle" });
      marks.push({ kind: "text", x: root ? at.tree.x : x, y: up ? y - lift + 15 : y + 40, text: name, size: 12.5,
        fill: "ink-2",
        anchor: root ? "start" : "middle" });
    }
  };
  node(nodes.root, who, CROWD, 0, false, stage === 0);
  node(nodes.yes, yes, n.ill, 1, false, stage === 1);
  node(nodes.no, no, n.healthy, 1, false, stage === 1);
  const leaves = [[yes, sign, n.hit], [yes, none, n.miss], [no, sign, n.falseAlarm], [no, none, n.rest]] as const;
  leaves.forEach(([what, how, people], i) => {
    node(nodes.leaves[i], `${what}, ${how}`, people, 2, true, stage === 2 || (stage >= 3 && i % 2 === 0));
  });
  for (const bead of ["prior", "sensitivity", "alarm"] as const) {
    const [x, y] = between(...edgeOf(at, bead), shareOf(bead, state[bead]));
    marks.push({ kind: "disc", x, y, r: 7, fill: "ink", stroke: "plate", width: 2,
      title: `${NAMES[bead]} ${percent(state[bead])}`,
      handle: { id: `tree:${bead}`, label: `${NAMES[bead]}, ${percent(state[bead])}`, drag: "x", step: 4 } });
  }
  marks.push({ kind: "text", x: at.tree.x, y: at.tree.y + 22, text: "Drag the beads along the branches", size: 13,
    fill: "ink-2" });
  if (stage === LAST) {
    marks.push({ kind: "text", x: at.tree.x, y: at.tree.y + at.tree.h - 8, size: 14, bold: true,
      text: `${yes} given “${sign}”: ${percent(p.posterior)}` });
  }
  return marks;
}

/** Everyone as a disc: solid has the condition, a frame has the sign. */
function crowd(state: State, { picture }: Layout): Mark[] {
  const { yes, no, sign } = STORIES[state.story], { stage } = state, n = heads(state);
  const groups = stage === 0 ? [CROWD] : stage === 1 ? [n.ill, n.healthy]
    : stage === 2 ? [n.ill, n.healthy] : [n.hit + n.falseAlarm, n.miss + n.rest];
  /** Whether person i of a group has the condition, and the sign. */
  const person = (group: number, i: number): readonly [boolean, boolean] =>
    (stage < 3 ? [group === 0, i < (group === 0 ? n.hit : n.falseAlarm)]
      : group === 0 ? [i < n.hit, true] : [i < n.miss, false]);
  const fits = (pitch: number): boolean =>
    (Math.ceil(CROWD / Math.floor((picture.w - 2) / pitch)) + 4) * pitch <= picture.h - 40;
  const pitch = [13, 12, 11, 10, 9].find(fits) ?? 8;
  const columns = Math.floor((picture.w - 2) / pitch), left = picture.x + (picture.w - columns * pitch) / 2;
  const marks: Mark[] = [{ kind: "text", x: left, y: picture.y + 22, size: 13, fill: "ink-2",
    text: stage === 0 ? "1,000, not sorted" : stage < 3
      ? `solid: ${yes}, ring: ${no}${stage === 2 ? `; framed: ${sign}` : ""}`
      : `framed: ${sign}, solid: ${yes}` }];
  let top = picture.y + 38;
  const half = (pitch - 1) / 2;
  groups.forEach((size, group) => {
    for (let i = 0; i < size; i++) {
      const x = left + (i % columns + 0.5) * pitch, y = top + (Math.floor(i / columns) + 0.5) * pitch;
      const [ill, positive] = person(group, i);
      const fade = stage === LAST && !positive ? { opacity: 0.3 } : {};
      if (stage >= 2 && positive) {
        marks.push({ kind: "box", x: x - half, y: y - half, w: 2 * half, h: 2 * half, fill: "none", stroke: "ink",
          width: 1.2 });
      }
      marks.push(stage > 0 && ill ? { kind: "disc", x, y, r: half * 0.64, fill: "ink", ...fade }
        : { kind: "disc", x, y, r: half * 0.54, fill: "none", stroke: "ink-3", width: 1, ...fade });
    }
    top += (Math.ceil(size / columns) + 1.2) * pitch;
  });
  return marks;
}

/** Probabilities as areas of a square; with the answer, those with the sign alone, stretched to a bar. */
function areas(state: State, at: Layout): Mark[] {
  const { x, y, w, h } = squareOf(at), { yes, no, sign } = STORIES[state.story], { stage, prior, sensitivity, alarm } =
    state;
  const split = x + w * prior, marks: Mark[] = [];
  marks.push({ kind: "box", x, y, w, h, fill: "plate", stroke: "ink", width: 1.5 });
  if (stage >= 2) {
    marks.push({ kind: "box", x: split, y: y + h * (1 - alarm), w: w - w * prior, h: h * alarm, fill: "ink-3",
      hatch: true,
      stroke: "ink-3", width: 1, title: `${no} and ${sign}: ${fixed((1 - prior) * alarm, 4)}` });
  }
  if (stage >= 1) {
    marks.push({ kind: "box", x, y, w: w * prior, h, fill: "ink", opacity: 0.25, title: `${yes}: ${fixed(prior, 3)}` });
    marks.push({ kind: "line", points: [[split, y - 6], [split, y + h]], stroke: "ink", width: 2 });
    const roomy = w * prior > textWidth(yes) + 12;
    marks.push({ kind: "text", x: roomy ? x + w * prior / 2 : x - 2, y: y - 14, text: yes, size: 13,
      anchor: roomy ? "middle" : "end" });
    marks.push({ kind: "text", x: Math.min(x + w - 20, split + w * (1 - prior) / 2), y: y - 14, text: no, size: 13,
      anchor: "middle" });
  }
  if (stage >= 2) {
    marks.push({ kind: "box", x, y: y + h * (1 - sensitivity), w: w * prior, h: h * sensitivity, fill: "ink",
      title: `${yes} and ${sign}: ${fixed(prior * sensitivity, 4)}` });
  }
  const knob = (bead: Bead, kx: number, ky: number, drag: "x" | "y"): Mark =>
    ({ kind: "disc", x: kx, y: ky, r: 7, fill: "ink", stroke: "plate", width: 2,
      handle: { id: `area:${bead}`, label: `${NAMES[bead]}, ${percent(state[bead])}`, drag, step: 4 } });
  marks.push(knob("prior", split, y + h + 1, "x"));
  if (stage >= 2) {
    marks.push(knob("sensitivity", x, y + h * (1 - sensitivity), "y"), knob("alarm", x + w, y + h * (1 - alarm), "y"));
  }
  const bar = y + h + 34, share = implied(state).posterior;
  if (stage >= 3) {
    marks.push({ kind: "box", x, y: bar, w, h: 22, fill: "ink-3", hatch: true, stroke: "ink", width: 1 });
    marks.push({ kind: "box", x, y: bar, w: w * share, h: 22, fill: "ink" });
    marks.push({ kind: "text", x, y: bar + 40, size: 13, fill: "ink-2",
      text: `only “${sign}”, stretched to 1: ${percent(share)} ${yes}` });
  } else {
    marks.push({ kind: "text", x, y: bar + 14, size: 13, fill: "ink-2",
      text: stage === 0 ? `${count(CROWD, "of them", "of them")} fill the square` : "areas are probabilities" });
  }
  return marks;
}

// The library as one file, in the place that allows least: a worker made from a text, in a frame of opaque origin that
// may not load anything.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const LIBRARY = resolve(import.meta.dirname, "../../packages/gradus/dist/gradus.single.js");
const POLICY = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; " +
  "connect-src 'none'";
const STEPS = 10;

/** What a learner might write; the address of the library stands in for its name. */
const program = (library) => `
import { F, manualSeed, nn, optim, compile, currentBackend, scope, tensor } from ${library};
manualSeed(1);
const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2));
const optimizer = new optim.Adam(model.parameters(), { lr: 0.1 });
const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y = tensor(Int32Array.of(0, 1, 1, 0));
const step = compile(() => {
  optimizer.zeroGrad();
  const loss = F.crossEntropy(model.forward(x), y);
  loss.backward();
  optimizer.step();
  return loss;
});
const losses = [];
for (let i = 0; i < ${STEPS}; i++) losses.push(await step().item());
const predicted = scope(() => model.forward(x).argmax(1).arraySync());
const fetched = await fetch("https://example.org/").then(() => "reached", () => "refused");
const backend = currentBackend(), { threads } = backend.target;
for (let i = 0; i < 100 && backend.helpers < threads - 1; i++) await new Promise((later) => { setTimeout(later, 50); });
postMessage({
  losses, predicted, fetched, origin: self.origin, isolated: self.crossOriginIsolated,
  threads, helpers: backend.helpers, backend: backend.name,
});
`;
/** The frame's script: waits for the library's text and runs the program in a worker. */
const FRAME = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<script>
onmessage = ({ data: { library, program } }) => {
  const address = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const say = (message) => parent.postMessage(message, "*");
  const main = program.replace("$LIBRARY", JSON.stringify(address(library)));
  // Chromium starts no module worker in an opaque origin; a classic one may import modules.
  const worker = new Worker(address("import(" + JSON.stringify(address(main)) +
    ").catch((error) => postMessage({ error: String(error.stack ?? error) }))"));
  worker.onmessage = ({ data }) => say(data);
  worker.onerror = (event) => say({ error: event.message ?? "the worker did not start" });
};
parent.postMessage("ready", "*");
</script>`;
const PAGE = `<!doctype html><meta charset="utf-8"><title>Sandbox</title>`;

/** Serves the empty page that holds the frame. */
async function withServer(isolated, body) {
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    ...(isolated
      ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" } : {}),
  };
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/" ? 200 : 204, headers).end(request.url === "/" ? PAGE : undefined);
  });
  await new Promise((listening) => { server.listen(0, "127.0.0.1", listening); });
  try {
    return await body(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    await new Promise((closed) => { server.close(closed); server.closeAllConnections(); });
  }
}

/** What the program says, from inside the frame. */
const runInside = (browser, isolated, allow) => withServer(isolated, async (address) => {
  const session = await browser.newContext();
  try {
    const page = await session.newPage();
    const foreign = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(address) && /^(https?|wss?):/.test(request.url())) foreign.push(request.url());
    });
    await page.goto(address);
    assert.equal(await page.evaluate(() => crossOriginIsolated), isolated);
    const said = await page.evaluate(([frame, library, text, permission]) => new Promise((resolve) => {
      const box = document.createElement("iframe");
      box.setAttribute("sandbox", "allow-scripts");
      if (permission !== "") box.setAttribute("allow", permission);
      box.srcdoc = frame;
      globalThis.addEventListener("message", ({ data, source }) => {
        if (source !== box.contentWindow) return;
        if (data === "ready") box.contentWindow.postMessage({ library, program: text }, "*");
        else resolve(data);
      });
      setTimeout(() => resolve({ error: "nothing was said within 30 seconds" }), 30_000);
      document.body.append(box);
    }), [FRAME, readFileSync(LIBRARY, "utf8"), program("$LIBRARY"), allow]);
    assert.deepEqual(foreign, [], "nothing leaves the frame");
    return said;
  } finally {
    await session.close();
  }
});

function learned({ error, losses, predicted, fetched, origin, backend }) {
  assert.equal(error, undefined);
  assert.equal(origin, "null", "the frame's origin is opaque");
  assert.equal(backend, "wasm");
  assert.equal(losses.length, STEPS);
  assert.ok(losses.every(Number.isFinite) && losses[STEPS - 1] < losses[0], `the loss falls: ${losses}`);
  assert.equal(predicted.length, 4);
  assert.equal(fetched, "refused");
}

export default {
  "one file trains in a frame that may load nothing, not isolated": async (browser) => {
    const said = await runInside(browser, false, "");
    learned(said);
    assert.equal(said.isolated, false);
    assert.equal(said.threads, 1);
  },
  "one file trains in a frame that may load nothing, in an isolated page": async (browser) => {
    const said = await runInside(browser, true, "");
    learned(said);
    assert.equal(said.threads, 1, "isolation is not handed down, so there is no shared memory");
  },
  "it has threads where the page hands its isolation down": async (browser) => {
    const said = await runInside(browser, true, "cross-origin-isolated");
    learned(said);
    assert.equal(said.isolated, true);
    assert.equal(said.helpers, said.threads - 1, "every helper thread started");
  },
};

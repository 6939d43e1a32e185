import { join } from "node:path";
import { UsageError } from "../vocab/errors.ts";
import { DATASETS } from "../data/catalog.ts";
import { download, pinOf } from "../data/download.node.ts";
import { dataFolder } from "../data/files.node.ts";
import { formatBar } from "../train/progress.ts";
import { describeOptions, parseArguments, suggestion, type Options } from "./arguments.ts";
import { DONE, print, printJson, type Command, type Context } from "./context.ts";

const OPTIONS = {
  out: { value: "<folder>", help: "where data are kept (default: GRADUS_DATA, or gradus/data in the user's cache)" },
  json: { help: "one JSON object as the last line of stdout" },
} as const satisfies Options<string>;

export const DATA: Command = {
  summary: "list data sets, or fetch one",
  help: "Usage: gradus data list\n       gradus data get <name> [options]\n\n" +
    `Options:\n${describeOptions(OPTIONS)}\n\n` +
    "Nothing is fetched but by this command; what arrives is checked by size and SHA-256. Where nobody could know " +
    "these beforehand, they\nare printed and pinned at the first fetch (checksums.json in the folder of the data).",
  async run(args, context) {
    const { options, positionals: [action, name] } = parseArguments(args, OPTIONS, 2);
    const folder = options.out ?? dataFolder();
    if (action === "list") list(folder, options.json !== undefined, context);
    else if (action === "get") await get(name, folder, options.json !== undefined, context);
    else throw new UsageError(`gradus data ${action === undefined ? "needs" : `knows no "${action}", only`} list or ` +
      `get <name>`);
    return DONE;
  },
};

function list(folder: string, json: boolean, context: Context): void {
  const rows = Object.entries(DATASETS).map(([name, { kind, title, credit }]) => ({ name, kind, title, credit }));
  if (json) {
    printJson(context, { folder, data: rows });
    return;
  }
  for (const { name, kind, title, credit } of rows) {
    const how = kind === "remote" ? " (gradus data get)" : "";
    print(context, `${name.padEnd(14)} ${title}${how}\n${" ".repeat(15)}${credit}`);
  }
}

async function get(name: string | undefined, parent: string, json: boolean, context: Context): Promise<void> {
  const names = Object.keys(DATASETS);
  if (name === undefined) throw new UsageError(`which data? gradus data get <name>, with one of ${names.join(", ")}`);
  if (!Object.hasOwn(DATASETS, name)) {
    throw new UsageError(`there are no data called "${name}"${suggestion(name, names)}`);
  }
  const dataset = DATASETS[name];
  if (dataset.kind === "embedded") {
    if (json) printJson(context, { name, embedded: true });
    else print(context, `${name} comes with gradus; use --data ${name}`);
    return;
  }
  const folder = join(parent, name);
  const { stderr } = context;
  for (const file of dataset.files) {
    const known = await pinOf(file, folder);
    await download(file, folder, ({ received }) => {
      if (stderr.isTTY !== true) return;
      const bar = known === null ? `${received} bytes` : formatBar(received / known.bytes, 20);
      stderr.write(`\r\u001b[K${bar} ${file.name}`);
    });
    const pinned = (await pinOf(file, folder))!;
    const checked = known === null ? `SHA-256 ${pinned.sha256}, now pinned in ${join(folder, "checksums.json")}`
      : "checksum right";
    stderr.write(`${stderr.isTTY === true ? "\r\u001b[K" : ""}${file.name}: ${pinned.bytes} bytes, ${checked}\n`);
  }
  if (json) printJson(context, { name, folder });
  else print(context, `${name} is in ${folder}; use --data ${name}`);
}

/** The side of computer.ts that runs in a process of its own. */
import type { ComputerOptions, Order, Reply } from "./computer.ts";
import { Problems } from "./problem.ts";
import { runLesson } from "./run-lesson.ts";
import { createRunner, type Runner } from "./runner.ts";
import { readLesson } from "./sources.ts";

/** Answers orders until the process is ended; one at a time, since whoever sends them waits. */
export async function answerOrders(options: string): Promise<void> {
  const { root, repository, thorough } = JSON.parse(options) as ComputerOptions;
  const runner = createRunner(repository);
  const answer = async ({ folder, part }: Order, ready: Runner): Promise<Reply> => {
    // Whoever ordered it has read it too, and told its problems.
    const lesson = readLesson(root, folder, part, new Problems());
    if (lesson === undefined) return { error: "the lesson cannot be read any more" };
    return { result: await runLesson(lesson, root, ready, thorough) };
  };
  process.on("message", (order: Order) => {
    runner.then((ready) => answer(order, ready))
      .catch((error: unknown): Reply => ({ error: error instanceof Error ? error.message : String(error) }))
      .then((reply) => process.send?.(reply))
      .catch(() => process.exit(1));
  });
  process.on("disconnect", () => process.exit());
  await runner;
}

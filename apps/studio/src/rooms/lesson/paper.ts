/** On paper the answers of a lesson's questions stand at its end, where they are not read by accident. */
export function startPaper(main: HTMLElement): void {
  addEventListener("beforeprint", () => {
    const questions = [...main.querySelectorAll<HTMLElement>(".question[aria-label]")];
    if (questions.length === 0 || main.querySelector(".paper-answers") !== null) return;
    const section = document.createElement("section"), heading = document.createElement("h2");
    section.className = "paper-answers";
    heading.textContent = "Answers";
    section.append(heading, ...questions.map(answerOf));
    main.append(section);
  });
  addEventListener("afterprint", () => main.querySelector(".paper-answers")?.remove());
}

function answerOf(question: HTMLElement): HTMLElement {
  const block = document.createElement("div"), which = document.createElement("p");
  which.className = "which ui";
  which.textContent = question.getAttribute("aria-label");
  const parts = question.querySelector(".answer")?.cloneNode(true) as HTMLElement | undefined;
  parts?.querySelector("summary")?.remove();
  block.append(which, ...parts?.childNodes ?? []);
  return block;
}

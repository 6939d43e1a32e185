/** The form for doubts: names the place it was opened from, and copies the text. Nothing is sent. */
export function start(): void {
  const form = document.querySelector<HTMLFormElement>("#doubt-form");
  const text = form?.querySelector("textarea"), status = form?.querySelector("[role='status']");
  if (form == null || text == null || status == null) return;
  const block = new URLSearchParams(location.search).get("block") ?? "";
  text.value = `Place: ${block === "" ? "(which page, which paragraph?)" : block}\nI see: \nI expected: \n`;
  form.hidden = false;
  form.querySelector("button")?.addEventListener("click", () => {
    navigator.clipboard.writeText(text.value).then(
      () => { status.textContent = "Copied."; },
      () => {
        text.select();
        status.textContent = "The browser does not allow copying; the text is selected.";
      });
  });
  if (block !== "") {
    document.getElementById("doubt")?.scrollIntoView();
    text.focus();
  }
}

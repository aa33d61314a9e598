// Copies a line, and says so on its button.

const SHOWN_MILLISECONDS = 2000;

// `say` puts a word on the button. Without https there is no clipboard: the line is selected, for the keys to copy.
export async function copy(code, say) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    say("Copied");
  } catch {
    getSelection().selectAllChildren(code);
    say("Selected");
  }
  setTimeout(() => say("Copy"), SHOWN_MILLISECONDS);
}

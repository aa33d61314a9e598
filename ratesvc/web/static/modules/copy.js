// Copies a snippet and confirms it on the button.

const SHOWN_MILLISECONDS = 2000;

// `say` sets the button's text. Without https there is no clipboard: then the snippet is selected for manual copying.
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

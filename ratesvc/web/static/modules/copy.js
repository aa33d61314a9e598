// Copies a snippet and confirms it.

const SHOWN_MILLISECONDS = 2000;

// `say` is told "copied", then "". Without https there is no clipboard: then the snippet is "selected" for copying by hand.
export async function copy(code, say) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    say("copied");
  } catch {
    getSelection().selectAllChildren(code);
    say("selected");
  }
  setTimeout(() => say(""), SHOWN_MILLISECONDS);
}

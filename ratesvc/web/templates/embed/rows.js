const answer = await fetch("{{ address }}");
const { rows } = await answer.json();
for (const { text, stale, observed_on } of rows) {
  console.log(stale ? `${text} (${observed_on})` : text);
}

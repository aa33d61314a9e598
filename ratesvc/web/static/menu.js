// On a phone the pages are behind a button.
const menu = document.querySelector(".menu");
menu.hidden = !matchMedia("(max-width: 760px)").matches;
menu.addEventListener("click", () => {
  const open = document.getElementById("menu").classList.toggle("open");
  menu.setAttribute("aria-expanded", open);
});
matchMedia("(max-width: 760px)").addEventListener("change", (event) => (menu.hidden = !event.matches));

// Sends the order without leaving the page, so that a failure can be said here. Without this script the form does it.
const form = document.querySelector("#order");
const wrong = form.querySelector(".wrong");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  wrong.hidden = true;
  const answer = await fetch("/orders", { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (answer.ok) {
    location.assign(answer.url);
  } else {
    wrong.textContent = "That did not work. Your basket is kept; please try again.";
    wrong.hidden = false;
  }
});

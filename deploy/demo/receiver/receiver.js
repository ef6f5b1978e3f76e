// Shows what arrives while somebody looks: asks every second, and loads the page again only when there is more.
const { received } = document.querySelector("main").dataset;

setInterval(async () => {
  const pages = await fetch("/pages").then((answer) => answer.json(), () => []);
  if (pages.length > Number(received)) location.reload();
}, 1000);

// "Goes well with": a shelf that is nice to have. The page sells without it.
const shelf = document.querySelector(".shelf");

for (const pair of shelf.dataset.goesWith.split(", ")) {
  const [name, title] = pair.split("=");
  const link = document.createElement("a");
  link.href = `/products/${name}`;
  link.textContent = title;
  const line = document.createElement("li");
  line.append(link);
  shelf.querySelector("ul").append(line);
}
shelf.hidden = false;

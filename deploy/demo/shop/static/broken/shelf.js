// The fault "JavaScript error": the shelf asks for a field that the new release no longer sends.
const shelf = document.querySelector(".shelf");

for (const pair of shelf.dataset.recommendations.split(", ")) {
  shelf.append(pair);
}

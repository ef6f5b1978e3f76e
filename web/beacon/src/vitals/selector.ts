/** Names an element as a style sheet would: at most four levels, up to the nearest id. */

const DEEPEST = 4;

export const selector = (node: Node | null | undefined): string | undefined => {
  let path = "";
  for (let depth = 0; node && depth < DEEPEST; depth++, node = node.parentNode) {
    if (node.nodeType !== 1) continue;
    const { id, localName } = node as Element;
    // And not `classList`, whose first costs a page 2 kB (bench/beacon/).
    const name = /\S+/.exec((node as Element).getAttribute("class") || "");
    path = (id ? "#" + id : localName + (name ? "." + name[0] : "")) + (path && ">" + path);
    if (id) break;
  }
  return path || undefined;
};

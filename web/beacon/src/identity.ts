/** Ids: the time in base 36, so that they sort, then 96 random bits. */

export const newId = (): string => {
  let id = Date.now().toString(36);
  try {
    for (const word of crypto.getRandomValues(new Uint32Array(3))) id += "-" + word.toString(36);
  } catch {
    id += "-" + Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);
  }
  return id;
};

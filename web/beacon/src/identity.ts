/** Ids: the time in base 36, so that they sort, then 96 random bits. */

export const newId = (): string => {
  let id = Date.now().toString(36);
  for (const word of crypto.getRandomValues(new Uint32Array(3))) id += "-" + word.toString(36);
  return id;
};

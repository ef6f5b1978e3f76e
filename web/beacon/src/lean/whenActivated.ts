/** Nothing of ours starts before the page is shown. */
export const whenActivated = (act: () => void): void => act();

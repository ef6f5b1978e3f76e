// The four steps of ../four_steps.py, written for @elastic/synthetics.
const { journey, step, expect } = require("@elastic/synthetics");

journey("four_steps", ({ page, params }) => {
  for (const name of ["home", "search", "cart", "pay"]) {
    step(name, async () => {
      await page.goto(`${params.url}/${name}`);
      await page.getByLabel("Search").fill(`lead line for ${name}`);
      await page.getByRole("button", { name: "Go" }).click();
      await expect(page.locator("#answer")).toHaveText(`found lead line for ${name}`);
    });
  }
});

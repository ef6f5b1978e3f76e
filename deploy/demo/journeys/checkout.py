"""What the shop lives on: somebody comes, finds a lantern, and buys it. Run in both cohorts, every five seconds."""

from leadline import expect, journey


# In production `every="1m"` is plenty; the demo is in a hurry. A run over its budget is degraded and pages nobody.
@journey(every="5s", budget="8s", timeout="3s", tags=["revenue"])
async def checkout(run, page):
    async with run.step("home"):
        await page.goto("/")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Goods for small boats")

    async with run.step("product"):
        await page.get_by_role("link", name="Storm lantern").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Storm lantern")

    async with run.step("basket"):
        await page.get_by_role("button", name="Add to basket").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")

    async with run.step("buy"):
        await page.get_by_label("Email").fill("journey@example.com")
        await page.get_by_label("Name", exact=True).fill("Leadline")
        await page.get_by_role("button", name="Buy now").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
        total_eur = await page.locator("#sold").get_attribute("data-value")
        run.kpi("order_total_eur", float(total_eur or 0), gt=0)

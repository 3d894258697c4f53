// Searching, which is behind what was said by a moment: the index follows the log by itself.

import { expect, type Page } from "@playwright/test";

/** Searches until so many are found, and the first of them, which was said last, reads so. */
export async function find(page: Page, words: string, count: number, first: string | RegExp = /./): Promise<void> {
  const found = page.locator("#found li");
  await expect(async () => {
    await page.locator("#q").fill(words);
    await page.locator("form[role=search] button").click();
    await expect(found).toHaveCount(count, { timeout: 500 });
    await expect(found.first()).toContainText(first, { timeout: 500 });
  }).toPass({ timeout: 20_000 });
}

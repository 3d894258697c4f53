// The page that compares transports, without JavaScript: it explains, and says what it cannot do.

import { expect, test } from "../support/test";

for (const { locale, word, notice } of [
  { locale: "ko-KR", word: "롱 폴링", notice: "측정하려면 자바스크립트가 필요합니다." },
  { locale: "en-US", word: "Long polling", notice: "Measuring needs JavaScript." },
]) {
  test(`the ways are explained, ${locale}`, async ({ visitor }) => {
    const page = await visitor(undefined, { locale });
    await page.goto("/transports");
    await expect(page.locator("dt").nth(1)).toHaveText(word);
    await expect(page.locator("noscript > p")).toHaveText(notice);
    await expect(page.locator("noscript > p")).toBeVisible();
    await expect(page.locator("button#measure")).toBeDisabled();
    await expect(page.locator("#results")).toBeHidden();
  });
}

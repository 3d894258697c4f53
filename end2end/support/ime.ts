// A Korean or Japanese input method, as far as a page can tell.
//
// Playwright has none. Chromium's debugging protocol composes for real; the orders in which
// other systems deliver the committing Enter are written out as the events that they send.

import type { CDPSession, Locator, Page } from "@playwright/test";

/** Composes and commits through the browser itself. Chromium only. */
export class Ime {
  private constructor(private readonly cdp: CDPSession) {}

  static async of(page: Page): Promise<Ime> {
    return new Ime(await page.context().newCDPSession(page));
  }

  /** Shows `text` as being composed; the caret stands behind it. Offsets count UTF-16 units. */
  async compose(text: string): Promise<void> {
    await this.cdp.send("Input.imeSetComposition", {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    });
  }

  /** Ends the composition with `text` in its place. */
  async commit(text: string): Promise<void> {
    await this.cdp.send("Input.insertText", { text });
  }

  /** Types a word as a two-set keyboard does: every syllable grows, then gives way to the next. */
  async type(syllables: string[][]): Promise<void> {
    for (const steps of syllables) {
      for (const step of steps) await this.compose(step);
      await this.commit(steps[steps.length - 1]);
    }
  }

  /** The Enter that the input method takes for itself. */
  async heldEnter(): Promise<void> {
    await this.cdp.send("Input.dispatchKeyEvent", {
      type: "rawKeyDown",
      key: "Enter",
      code: "Enter",
      windowsVirtualKeyCode: 229,
    });
  }

  /** The Enter that some systems let through after it. */
  async cleanEnter(): Promise<void> {
    const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 };
    await this.cdp.send("Input.dispatchKeyEvent", { type: "keyDown", text: "\r", ...enter });
    await this.cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
  }

  async enterUp(): Promise<void> {
    await this.cdp.send("Input.dispatchKeyEvent", {
      type: "keyUp",
      key: "Enter",
      code: "Enter",
      windowsVirtualKeyCode: 13,
    });
  }
}

/** One event of a keyboard's story. */
export type Step = Composition | Key;
type Composition = {
  is: "compositionstart" | "compositionupdate" | "compositionend";
  data: string;
  /** What stands in the box then, where that changes. */
  value?: string;
};
type Key = { is: "keydown" | "keyup"; keyCode: number; composing: boolean };

/** Plays the steps on the box, each in a task of its own as a browser would. */
export async function play(box: Locator, steps: Step[]): Promise<void> {
  await box.focus();
  await box.evaluate(async (element, steps) => {
    const area = element as HTMLTextAreaElement;
    const nextTask = () => {
      const { port1, port2 } = new MessageChannel();
      return new Promise((done) => {
        port1.onmessage = done;
        port2.postMessage(null);
      });
    };
    let open = false;
    for (const step of steps) {
      if ("keyCode" in step) {
        const event = new KeyboardEvent(step.is, {
          key: "Enter",
          code: "Enter",
          isComposing: step.composing,
          bubbles: true,
          cancelable: true,
        });
        // Not every engine takes the old field from the constructor.
        Object.defineProperty(event, "keyCode", { value: step.keyCode });
        Object.defineProperty(event, "which", { value: step.keyCode });
        const typed = area.dispatchEvent(event);
        // What the browser itself does with an Enter that neither the page stopped nor the
        // input method kept.
        if (typed && !open && step.is === "keydown" && step.keyCode === 13) {
          area.value += "\n";
          area.dispatchEvent(new InputEvent("input", { inputType: "insertLineBreak", bubbles: true }));
        }
      } else {
        open = step.is !== "compositionend";
        const init = { data: step.data, bubbles: true };
        area.dispatchEvent(new CompositionEvent(step.is, init));
        if (step.value !== undefined) {
          area.value = step.value;
          area.dispatchEvent(
            new InputEvent("input", {
              data: step.data,
              inputType: "insertCompositionText",
              isComposing: true,
              bubbles: true,
            }),
          );
        }
      }
      await nextTask();
    }
  }, steps);
}

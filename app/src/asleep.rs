//! Whether the page has come to life yet.

use leptos::prelude::*;

/// `true` in what the server renders, and in the browser until the page has come to life.
///
/// A button that submits is disabled for so long: the browser would submit its form by itself,
/// loading the page anew without what was typed. A disabled one stops Enter in the form's box, too.
pub(crate) fn asleep() -> RwSignal<bool> {
    let asleep = RwSignal::new(true);
    // Effects run in the browser only.
    Effect::new(move || asleep.set(false));
    asleep
}

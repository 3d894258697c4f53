//! Time and chance, as the browser has them.

use std::{future::Future, time::Duration};

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::window;

/// The longest sleep: a day, well below where the browser's timers overflow.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The time since the page was opened. It never goes back.
pub(super) fn now() -> Duration {
    let millis = window()
        .performance()
        .map_or_else(js_sys::Date::now, |clock| clock.now());
    Duration::try_from_secs_f64(millis / 1_000.0).unwrap_or_default()
}

/// The time since the start of 1970, as the visitor's clock has it.
pub(super) fn date() -> Duration {
    Duration::from_millis(js_sys::Date::now() as u64)
}

/// A number in `0.0..1.0`.
pub(super) fn random() -> f64 {
    js_sys::Math::random()
}

/// Waits until [`now`] is `until`, or for a long time. It may wake early, never much.
///
/// Cancel safe: dropping it clears the timer.
pub(super) fn sleep(until: Option<Duration>) -> impl Future<Output = ()> + Unpin {
    let left = until.map_or(LONGEST, |until| until.saturating_sub(now()).min(LONGEST));
    // Rounded up: a timer that fires a fraction early would only be set again.
    TimeoutFuture::new(left.as_micros().div_ceil(1_000) as u32)
}

//! The door through which the browser enters Roomside.
//!
//! Built by cargo-leptos with the feature `hydrate`, it brings the page to life that the server
//! rendered; built by Trunk with `csr`, it draws the page itself.

use wasm_bindgen::prelude::wasm_bindgen;

/// Brings the served page to life. Leptos' own script calls it by this name.
#[cfg(feature = "hydrate")]
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}

/// Draws the app into an empty document, as soon as the module is loaded.
#[cfg(feature = "csr")]
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}

//! The document around the app.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::{App, host};

/// A speech bubble in a round room, drawn here so that no request is needed for it.
pub(crate) const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' \
    viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='9' fill='%230f6b5c'/%3E%3Cpath \
    d='M8 9h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9l-5 4v-4H8a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2z' \
    fill='%23fff8ec'/%3E%3C/svg%3E";

/// The whole document, as the server sends it: the page is inside, and scripts that bring it to
/// life are asked for. To be given to `leptos_axum` for every route.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let lang = host::first_lang().tag();
    view! {
        <!DOCTYPE html>
        <html lang=lang>
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href=ICON />
                <link rel="stylesheet" id="leptos" href="/pkg/roomside.css" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

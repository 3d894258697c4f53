//! The page that compares four ways to carry messages, and lets visitors measure them.
//!
//! It is rendered by the server and not hydrated: what it does is a small script of its own, which
//! finds every word and every place for a number in the page. So the browser module need not carry
//! it to every room, and the measurement is not beside the loading of that module.

use chat::Lang;
use leptos::prelude::*;

use crate::{
    i18n::{Msg, switch_href, transports::Say},
    shell::ICON,
};

/// Where the page is.
pub const PATH: &str = "/transports";

/// Messages that are sent and come back, for each way.
pub const MESSAGES: u32 = 10;

/// Bytes of one of them, all of which are one character each.
pub const MESSAGE_BYTES: u32 = 120;

/// How often plain polling asks, in milliseconds.
const INTERVAL: u32 = 500;

/// A way to get messages from a server as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Polling,
    LongPolling,
    Streaming,
    WebSocket,
}

impl Way {
    /// All of them, the oldest first: as they are measured and shown.
    pub const ALL: [Self; 4] = [
        Self::Polling,
        Self::LongPolling,
        Self::Streaming,
        Self::WebSocket,
    ];

    /// What the script calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::LongPolling => "long-polling",
            Self::Streaming => "streaming",
            Self::WebSocket => "websocket",
        }
    }
}

/// The whole document, for a reader of `lang`.
#[must_use]
pub fn transports(lang: Lang) -> String {
    let title = Msg::Transports.text(lang);
    let head = view! {
        <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            // As markup, since a piece of text is followed by a marker, which a title would show.
            <title inner_html=format!("{title} · Roomside")></title>
            <link rel="icon" href=ICON />
            <link rel="stylesheet" href="/pkg/roomside.css" />
            <script type="module" src=format!("{PATH}/measure.js")></script>
        </head>
    };
    let document = view! {
        <html lang=lang.tag()>
            {head}
            <body>{body(lang)}</body>
        </html>
    };
    format!("<!DOCTYPE html>{}", document.to_html())
}

fn body(lang: Lang) -> impl IntoView {
    let say = |what: Say| what.text(lang);
    let ways = Way::ALL.map(|way| {
        view! {
            <dt>{say(Say::Name(way))}</dt>
            <dd>{say(Say::Meaning(way))}</dd>
        }
    });
    let languages = Lang::ALL.map(|one| {
        let current = (one == lang).then_some("true");
        view! {
            <a href=switch_href(one, PATH) lang=one.tag() hreflang=one.tag() data-lang=one.tag() aria-current=current>
                {one.own_name()}
            </a>
        }
    });
    view! {
        <main class="page transports">
            <header class="masthead">
                <a id="leave" href="/">
                    <span aria-hidden="true">"← "</span>
                    {Msg::Leave.text(lang)}
                </a>
                <nav class="languages" aria-label=Msg::Language.text(lang)>
                    {languages}
                </nav>
                <h1>{Msg::Transports.text(lang)}</h1>
            </header>
            <p>{say(Say::Introduction)}</p>
            <dl>{ways}</dl>
            <section class="card" aria-labelledby="measurement">
                <h2 id="measurement">{say(Say::Measurement)}</h2>
                <p class="hint">{say(Say::Offer)}</p>
                <noscript>
                    <p>{say(Say::NeedsScript)}</p>
                </noscript>
                <div class="line">
                    // The script wakes it up.
                    <button id="measure" type="button" class="primary" disabled>
                        {say(Say::Start)}
                    </button>
                    <p id="progress" role="status"></p>
                </div>
                {results(lang)}
                <p class="hint">{say(Say::Method)}</p>
            </section>
        </main>
    }
}

/// The settings and words of the script, and the places for what it finds out.
fn results(lang: Lang) -> impl IntoView {
    let say = |what: Say| what.text(lang);
    let columns = [Say::Median, Say::Worst, Say::Sent, Say::Received]
        .map(|what| view! { <th scope="col">{say(what)}</th> });
    let rows = Way::ALL.map(|way| {
        view! {
            <tr data-way=way.name() data-running=say(Say::Running(way))>
                <th scope="row">{say(Say::Name(way))}</th>
            </tr>
        }
    });
    view! {
        <div
            id="results"
            hidden
            data-messages=MESSAGES
            data-bytes=MESSAGE_BYTES
            data-interval=INTERVAL
            data-done=say(Say::Done)
            data-blocked=say(Say::Blocked)
            data-broken=say(Say::Broken)
        >
            {plot("delay", Say::Delay, [Say::Median, Say::Worst], lang)}
            {plot("bytes", Say::Bytes, [Say::Sent, Say::Received], lang)}
            <table>
                <caption>{say(Say::Numbers)}</caption>
                <thead>
                    <tr>
                        <td rowspan="2"></td>
                        <th colspan="2" scope="colgroup">
                            {say(Say::Delay)}
                        </th>
                        <th colspan="2" scope="colgroup">
                            {say(Say::Bytes)}
                        </th>
                        <th rowspan="2" scope="col">
                            {say(Say::Requests)}
                        </th>
                    </tr>
                    <tr>{columns}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// A bar of two parts for each way. Lengths are in per cent across and in `em` down, so that it fits
/// any width and words keep their size. What it shows is in the table, too, for those who do not
/// see it.
fn plot(id: &'static str, title: Say, parts: [Say; 2], lang: Lang) -> impl IntoView {
    let bars = Way::ALL.into_iter().enumerate().map(|(number, way)| {
        let top = number * 3;
        let (words, bar) = (format!("{}em", top + 1), format!("{}.5em", top + 1));
        let bar = move || bar.clone();
        let name = Say::Name(way).text(lang);
        view! {
            <g>
                <text y=words.clone()>{name}</text>
                <text class="value" x="100%" y=words text-anchor="end"></text>
                <rect class="track" width="100%" y=bar() height="0.8em"></rect>
                <rect class="first" width="0" y=bar() height="0.8em"></rect>
                <rect class="second" width="0" y=bar() height="0.8em"></rect>
            </g>
        }
    });
    let title = title.text(lang);
    let [first, second] = parts.map(|part| part.text(lang));
    view! {
        <figure>
            <figcaption>
                <b>{title.clone()}</b>
                <span class="first">{first}</span>
                <span class="second">{second}</span>
            </figcaption>
            <svg id=id role="img" aria-label=title>
                {bars.collect_view()}
            </svg>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_whole_in_both_languages() {
        for lang in Lang::ALL {
            let page = transports(lang);
            assert!(page.starts_with("<!DOCTYPE html><html"), "{page}");
            assert!(page.contains(&format!(r#"<html lang="{}""#, lang.tag())));
            for way in Way::ALL {
                assert!(page.contains(&*Say::Name(way).text(lang)));
                assert!(page.contains(&*Say::Meaning(way).text(lang)), "{page}");
                assert!(page.contains(&format!("data-way=\"{}\"", way.name())));
            }
            assert!(page.contains(&*Say::NeedsScript.text(lang)));
        }
    }

    #[test]
    fn each_plot_has_a_bar_for_each_way() {
        let page = transports(Lang::En);
        assert_eq!(page.matches("<g>").count(), 2 * Way::ALL.len());
    }
}

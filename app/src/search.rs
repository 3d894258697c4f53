//! The page that finds what was said. It is rendered by the server and not hydrated: it needs no
//! script, and no room has to carry it.

use std::ops::Range;

use chat::{Lang, RoomId, RoomMessage};
use leptos::{either::Either, prelude::*};

use crate::{
    calendar::{Day, hour_and_minute},
    i18n::{Msg, encode, search::Say, switch_href},
    shell::ICON,
};

/// Where the page is.
pub const PATH: &str = "/search";

/// How much of a long text is shown before the first of the words, and from there on, in characters.
const BEFORE: usize = 60;
const AFTER: usize = 240;

/// What was looked for, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub query: String,
    /// The only room to search, and what it is called.
    pub room: Option<(RoomId, String)>,
    pub outcome: Outcome,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was looked for yet.
    Blank,
    /// It cannot be looked for, and this is why.
    Refused(String),
    /// These were found, the newest first.
    Found {
        rows: Vec<Row>,
        /// Where to go on.
        next: Option<String>,
    },
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub message: RoomMessage,
    /// Where the words stand in its text, in bytes and in order.
    pub matches: Vec<Range<usize>>,
    /// What its room is called.
    pub room: String,
}

/// The whole document, for a reader of `lang`.
#[must_use]
pub fn search(page: &Page, lang: Lang) -> String {
    let title = Msg::Search.text(lang);
    let document = view! {
        <html lang=lang.tag()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                // As markup, since a piece of text is followed by a marker, which a title would show.
                <title inner_html=format!("{title} · Roomside")></title>
                <link rel="icon" href=ICON />
                <link rel="stylesheet" href="/pkg/roomside.css" />
            </head>
            <body>{body(page, lang)}</body>
        </html>
    };
    format!("<!DOCTYPE html>{}", document.to_html())
}

/// The address of a search.
fn href(page: &Page, before: Option<&str>) -> String {
    let mut href = format!("{PATH}?q={}", encode(&page.query));
    if let Some((room, _)) = &page.room {
        href.push_str(&format!("&room={}", encode(room.as_str())));
    }
    if let Some(before) = before {
        href.push_str(&format!("&before={before}"));
    }
    href
}

fn body(page: &Page, lang: Lang) -> impl IntoView {
    let here = href(page, None);
    let languages = Lang::ALL.map(|one| {
        let current = (one == lang).then_some("true");
        view! {
            <a
                href=switch_href(one, &here)
                lang=one.tag()
                hreflang=one.tag()
                data-lang=one.tag()
                aria-current=current
            >
                {one.own_name()}
            </a>
        }
    });
    let back = page
        .room
        .as_ref()
        .map_or_else(|| "/".to_owned(), |(room, _)| format!("/rooms/{room}"));
    let back_name = match &page.room {
        Some((_, name)) => name.clone(),
        None => Msg::Leave.text(lang).into_owned(),
    };
    let only = page.room.as_ref().map(|(room, _)| {
        let everywhere = href(
            &Page {
                room: None,
                ..page.clone()
            },
            None,
        );
        view! {
            <input type="hidden" name="room" value=room.to_string() />
            <p class="hint">
                {Say::InThisRoom.text(lang)} " " <a id="everywhere" href=everywhere>
                    {Say::InAllRooms.text(lang)}
                </a>
            </p>
        }
    });
    view! {
        <main class="page search">
            <header class="masthead">
                <a id="leave" href=back>
                    <span aria-hidden="true">"← "</span>
                    {back_name}
                </a>
                <nav class="languages" aria-label=Msg::Language.text(lang)>
                    {languages}
                </nav>
                <h1>{Msg::Search.text(lang)}</h1>
            </header>
            <form class="card" role="search" action=PATH>
                <label for="q">{Say::What.text(lang)}</label>
                <div class="line">
                    <input
                        id="q"
                        name="q"
                        type="search"
                        value=page.query.clone()
                        required
                        autofocus
                        enterkeyhint="search"
                        aria-describedby="q-hint"
                    />
                    <button type="submit" class="primary">
                        {Msg::Search.text(lang)}
                    </button>
                </div>
                <p id="q-hint" class="hint">
                    {Say::Hint.text(lang)}
                </p>
                {only}
            </form>
            {outcome(page, lang)}
        </main>
    }
}

fn outcome(page: &Page, lang: Lang) -> AnyView {
    match &page.outcome {
        Outcome::Blank => ().into_any(),
        Outcome::Refused(why) => view! {
            <p class="refusal" role="alert">
                {why.clone()}
            </p>
        }
        .into_any(),
        Outcome::Found { rows, next } => {
            let found = if rows.is_empty() {
                let none = match next {
                    Some(_) => Say::NothingHere,
                    None => Say::Nothing,
                };
                Either::Left(view! { <p id="nothing">{none.text(lang)}</p> })
            } else {
                let rows: Vec<_> = rows.iter().map(|row| result(row, lang)).collect();
                Either::Right(view! { <ol id="found">{rows}</ol> })
            };
            let older = next.as_deref().map(|next| {
                view! {
                    <a id="older" rel="next" href=href(page, Some(next))>
                        {Say::Older.text(lang)}
                    </a>
                }
            });
            view! {
                <section aria-labelledby="found-title">
                    <h2 id="found-title">{Say::Results.text(lang)}</h2>
                    {found}
                    {older}
                </section>
            }
            .into_any()
        }
    }
}

fn result(row: &Row, lang: Lang) -> impl IntoView {
    let RoomMessage {
        room_id,
        sender,
        seq,
        created_at,
        message,
        ..
    } = &row.message;
    let time = format!(
        "{}, {} UTC",
        Day::of(*created_at, 0).text(lang),
        hour_and_minute(*created_at, 0)
    );
    let text: Vec<_> = pieces(message, &row.matches)
        .into_iter()
        .map(|(text, marked)| {
            if marked {
                Either::Left(view! { <mark>{text}</mark> })
            } else {
                Either::Right(text)
            }
        })
        .collect();
    view! {
        <li data-room=room_id.to_string() data-seq=seq.0>
            <a href=format!("/rooms/{room_id}/m/{seq}")>
                <b>{sender.to_string()}</b>
                " · "
                {row.room.clone()}
                " · "
                <time datetime=created_at.to_string()>{time}</time>
            </a>
            <p class="text">{text}</p>
        </li>
    }
}

/// The part of a text around the first match, cut where a match begins or ends.
fn pieces(text: &str, matches: &[Range<usize>]) -> Vec<(String, bool)> {
    let first = matches.first().map_or(0, |range| range.start);
    let back = |(at, _): (usize, char)| at;
    let start = text[..first]
        .char_indices()
        .rev()
        .nth(BEFORE)
        .map_or(0, back);
    let end = text[first..]
        .char_indices()
        .nth(AFTER)
        .map_or(text.len(), |(at, _)| first + at);
    let mut pieces = Vec::new();
    if start > 0 {
        pieces.push(("…".to_owned(), false));
    }
    let mut at = start;
    for range in matches.iter().filter(|range| range.start < end) {
        let (from, to) = (range.start.max(at), range.end.min(end));
        pieces.push((text[at..from].to_owned(), false));
        pieces.push((text[from..to].to_owned(), true));
        at = to;
    }
    pieces.push((text[at..end].to_owned(), false));
    if end < text.len() {
        pieces.push(("…".to_owned(), false));
    }
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::talk;

    fn page(outcome: Outcome) -> Page {
        Page {
            query: "\"<안녕> & 100%".to_owned(),
            room: Some((RoomId::lobby(), "쉬는 <방>".to_owned())),
            outcome,
        }
    }

    fn html(outcome: Outcome, lang: Lang) -> String {
        search(&page(outcome), lang).replace("<!>", "")
    }

    #[test]
    fn what_was_found_is_marked_and_leads_to_its_place() {
        let message = RoomMessage {
            message: "<b> 안녕하세요".to_owned(),
            ..talk(7)
        };
        let rows = vec![Row {
            message,
            matches: Vec::from([(4, 10)].map(|(from, to)| from..to)),
            room: "로비".to_owned(),
        }];
        let next = Some("42".to_owned());
        let html = html(Outcome::Found { rows, next }, Lang::Ko);
        assert!(html.contains("&lt;b&gt; <mark>안녕</mark>하세요"), "{html}");
        assert!(html.contains(r#"href="/rooms/lobby/m/7""#), "{html}");
        assert!(html.contains("&amp;room=lobby&amp;before=42"), "{html}");
        assert!(html.contains("로비"), "{html}");
    }

    #[test]
    fn the_page_says_in_both_languages_what_came_of_it() {
        let none = |next: Option<&str>| Outcome::Found {
            rows: Vec::new(),
            next: next.map(str::to_owned),
        };
        for lang in Lang::ALL {
            let blank = html(Outcome::Blank, lang);
            assert!(blank.starts_with("<!DOCTYPE html><html"), "{blank}");
            assert!(!blank.contains("found-title"), "{blank}");
            assert!(blank.contains("쉬는 &lt;방&gt;</a>"), "{blank}");
            assert!(blank.contains("&quot;&lt;안녕&gt; &amp; 100%"), "{blank}");
            assert!(html(none(None), lang).contains(Say::Nothing.text(lang)));
            assert!(html(none(Some("1")), lang).contains(Say::NothingHere.text(lang)));
            let refused = html(Outcome::Refused("왜".to_owned()), lang);
            assert!(refused.contains("role=\"alert\""), "{refused}");
        }
    }

    #[test]
    fn a_long_text_is_cut_around_what_was_found() {
        let text = format!("{}안녕{}", "가".repeat(1_000), "나".repeat(1_000));
        let pieces = pieces(&text, &[3_000..3_006, 5_000..5_003]);
        let shown: Vec<_> = pieces
            .iter()
            .map(|(text, _)| text.chars().count())
            .collect();
        assert_eq!(shown, [1, BEFORE + 1, 2, AFTER - 2, 1]);
        assert_eq!(super::pieces("짧다", &[]), [("짧다".to_owned(), false)]);
    }
}

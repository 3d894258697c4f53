//! Where the reader is in the log, and how to stay there.
//!
//! A place is a row that is seen and how far below the list's edge it begins. Heights of what
//! comes or goes above need not be known, and no browser has to anchor anything by itself: Safari
//! would not, and the others are told not to.

use leptos::web_sys::Element;

/// A row, and how far its top is below the list's, in pixels.
#[derive(Clone, Debug)]
pub struct Spot {
    pub seq: String,
    pub top: f64,
}

impl Spot {
    /// The first row that is seen.
    #[must_use]
    pub fn first_seen(list: &Element) -> Option<Self> {
        let rows = list.children();
        // Rows stand one below the other, so the first is found by halves.
        let (mut from, mut to) = (0, rows.length());
        while from < to {
            let middle = from.midpoint(to);
            if top_in(list, &rows.item(middle)?) < 0.0 {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        let mut row = rows.item(from)?;
        loop {
            // A day's heading and the links at the ends are no messages.
            if let Some(seq) = row.get_attribute("data-seq") {
                let top = top_in(list, &row);
                return Some(Self { seq, top });
            }
            row = row.next_element_sibling()?;
        }
    }

    /// Moves the list so that the row is where it was. A row that is gone moves nothing.
    pub fn restore(&self, list: &Element) {
        let row = list.query_selector(&format!("[data-seq=\"{}\"]", self.seq));
        if let Ok(Some(row)) = row {
            let moved = top_in(list, &row) - self.top;
            list.set_scroll_top(list.scroll_top() + moved.round() as i32);
        }
    }
}

/// Moves the list to its end.
pub fn to_end(list: &Element) {
    list.set_scroll_top(list.scroll_height());
}

/// How far the list could still be moved, in pixels.
#[must_use]
pub fn distance_to_end(list: &Element) -> i32 {
    list.scroll_height() - list.scroll_top() - list.client_height()
}

fn top_in(list: &Element, row: &Element) -> f64 {
    row.get_bounding_client_rect().top() - list.get_bounding_client_rect().top()
}

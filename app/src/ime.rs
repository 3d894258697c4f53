//! Enter and the input method: one press of Enter sends the whole text exactly once.
//!
//! A Korean writer's last syllable is nearly always still being composed when Enter is pressed,
//! and that Enter means "send". Browsers report it in different orders:
//!
//! | where | events for one press of Enter |
//! |---|---|
//! | Chrome, macOS | `keydown` 229, `compositionend`, `keydown` 13 |
//! | Chrome, Windows | `keydown` 229, `compositionend`, sometimes a line break or a second `keydown` |
//! | Safari | `compositionend`, `keydown` 229 without `isComposing` |
//! | Chrome, Linux | `compositionend`, `keydown` 13 |
//! | some | `keydown` 13 before `compositionend` |
//!
//! For Chinese and Japanese the Enter that ends a composition picks a candidate and sends nothing.

use std::time::Duration;

/// Follows the events of one text box. It has no clock: `now` is the time since any fixed start.
#[derive(Debug, Default)]
pub struct Ime {
    /// Our own flag: the browsers' `isComposing` disagree with one another.
    composing: bool,
    /// What is being composed, or was last, ends in Hangul.
    hangul: bool,
    /// An Enter asked for the text while its end was being composed.
    send_pending: bool,
    /// When the last composition ended.
    ended: Option<Duration>,
    /// A sending was decided for the Enter that ended it, so its echoes mean nothing.
    answered: bool,
}

/// What a `keydown` of Enter tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Enter {
    pub shift: bool,
    /// The event says `isComposing`.
    pub is_composing: bool,
    /// The event's `keyCode` is 229: the input method has it.
    pub is_229: bool,
}

/// What to do about a `keydown` of Enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing: the key belongs to the box or to the input method.
    Leave,
    /// Prevent the default, and send.
    Send,
    /// Prevent the default, and do nothing.
    Swallow,
    /// Leave the event alone and send in the next macrotask, once the box holds the whole text.
    SendSoon,
}

impl Ime {
    /// How long after the end of a composition an event can belong to the Enter that ended it.
    pub const ECHO: Duration = Duration::from_millis(100);

    /// `compositionstart`.
    pub fn start(&mut self) {
        self.composing = true;
        self.hangul = false;
        self.send_pending = false;
        self.answered = false;
    }

    /// `compositionupdate`, with the text composed so far.
    pub fn update(&mut self, data: &str) {
        self.composing = true;
        if let Some(last) = data.chars().next_back() {
            self.hangul = is_hangul(last);
        }
    }

    /// `compositionend`, with the text that came of it. Returns whether to send in the next
    /// macrotask: only then does the box hold what was composed.
    pub fn end(&mut self, data: &str, now: Duration) -> bool {
        self.update(data);
        self.composing = false;
        self.ended = Some(now);
        self.answered = std::mem::take(&mut self.send_pending);
        self.answered
    }

    /// `blur`: whatever was composed is in the box, and no Enter waits for it any more.
    pub fn blur(&mut self) {
        self.composing = false;
        self.send_pending = false;
    }

    /// `keydown` of Enter.
    pub fn enter(&mut self, key: Enter, now: Duration) -> Act {
        if key.shift {
            return Act::Leave;
        }
        if self.composing {
            self.send_pending = self.hangul;
            return Act::Leave;
        }
        let echo = self.is_echo(now);
        if key.is_229 || key.is_composing {
            // The composition it ended is over already (Safari), or was none of ours.
            if echo && self.hangul && !self.answered {
                self.answered = true;
                return Act::SendSoon;
            }
            return Act::Leave;
        }
        if echo && self.answered {
            // Once: a second press so soon would be a person's.
            self.ended = None;
            return Act::Swallow;
        }
        Act::Send
    }

    /// `beforeinput` of a line break. Returns whether to prevent it, as the line break of an
    /// Enter that sends.
    #[must_use]
    pub fn swallows_break(&self, now: Duration) -> bool {
        self.send_pending || (self.answered && self.is_echo(now))
    }

    fn is_echo(&self, now: Duration) -> bool {
        self.ended
            .is_some_and(|ended| now.saturating_sub(ended) <= Self::ECHO)
    }
}

/// Syllables, and the letters of which the three blocks of jamo consist.
fn is_hangul(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7af}' | '\u{d7b0}'..='\u{d7ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: Enter = Enter {
        shift: false,
        is_composing: false,
        is_229: false,
    };
    const BY_IME: Enter = Enter {
        shift: false,
        is_composing: true,
        is_229: true,
    };
    const SAFARI: Enter = Enter {
        shift: false,
        is_composing: false,
        is_229: true,
    };

    enum Event {
        Key(Enter),
        Update(&'static str),
        End(&'static str),
        Wait(u64),
        /// The browser would break the line, unless the key before was prevented.
        Break,
    }
    use Event::{Break, End, Key, Update, Wait};

    /// Composes `text`, plays the events of one Enter, and counts sendings and line breaks.
    fn play(events: &[Event]) -> (usize, usize) {
        let (mut sent, mut broken) = (0, 0);
        let mut prevented = false;
        let mut now = Duration::from_secs(5);
        let mut ime = Ime::default();
        for event in events {
            match event {
                Key(key) => {
                    let act = ime.enter(*key, now);
                    sent += usize::from(matches!(act, Act::Send | Act::SendSoon));
                    prevented = matches!(act, Act::Send | Act::Swallow);
                }
                Update(data) => {
                    if !ime.composing {
                        ime.start();
                    }
                    ime.update(data);
                }
                End(data) => sent += usize::from(ime.end(data, now)),
                Wait(ms) => now += Duration::from_millis(*ms),
                Break => broken += usize::from(!prevented && !ime.swallows_break(now)),
            }
        }
        (sent, broken)
    }

    #[test]
    fn macos_chrome_sends_korean_once() {
        let events = [
            Update("녕"),
            Key(BY_IME),
            End("녕"),
            Wait(2),
            Key(CLEAN),
            Break,
        ];
        assert_eq!(play(&events), (1, 0));
    }

    #[test]
    fn windows_sends_korean_once_with_and_without_a_second_key() {
        let one = [Update("녕"), Key(BY_IME), End("녕"), Break];
        assert_eq!(play(&one), (1, 0));
        let two = [
            Update("녕"),
            Key(BY_IME),
            End("녕"),
            Wait(1),
            Key(CLEAN),
            Break,
        ];
        assert_eq!(play(&two), (1, 0));
    }

    #[test]
    fn linux_sends_korean_once() {
        assert_eq!(play(&[Update("녕"), End("녕"), Key(CLEAN)]), (1, 0));
    }

    #[test]
    fn safari_sends_korean_once() {
        assert_eq!(play(&[Update("녕"), End("녕"), Key(SAFARI)]), (1, 0));
        let with_clean = [
            Update("녕"),
            End("녕"),
            Key(SAFARI),
            Wait(1),
            Key(CLEAN),
            Break,
        ];
        assert_eq!(play(&with_clean), (1, 0));
    }

    #[test]
    fn a_clean_enter_before_the_end_sends_once() {
        let events = [Update("녕"), Key(CLEAN), Break, Wait(1), End("녕")];
        assert_eq!(play(&events), (1, 0));
    }

    #[test]
    fn jamo_alone_are_korean_too() {
        assert_eq!(play(&[Update("ㅋ"), Key(BY_IME), End("ㅋ")]), (1, 0));
    }

    #[test]
    fn a_candidate_that_enter_picks_is_not_sent() {
        assert_eq!(play(&[Update("日本"), Key(BY_IME), End("日本")]), (0, 0));
        assert_eq!(play(&[Update("にほ"), End("日本"), Key(SAFARI)]), (0, 0));
        // The next Enter is for sending, however soon.
        let events = [
            Update("日本"),
            Key(BY_IME),
            End("日本"),
            Wait(30),
            Key(CLEAN),
        ];
        assert_eq!(play(&events), (1, 0));
    }

    #[test]
    fn two_enters_of_a_person_are_two() {
        let events = [
            Update("녕"),
            Key(BY_IME),
            End("녕"),
            Wait(1),
            Key(CLEAN),
            Wait(40),
            Key(CLEAN),
        ];
        assert_eq!(play(&events), (2, 0));
        let late = [Update("녕"), Key(BY_IME), End("녕"), Wait(101), Key(CLEAN)];
        assert_eq!(play(&late), (2, 0));
    }

    #[test]
    fn shift_enter_breaks_the_line() {
        let shift = Enter {
            shift: true,
            ..CLEAN
        };
        assert_eq!(play(&[Key(shift), Break]), (0, 1));
        assert_eq!(play(&[Key(CLEAN)]), (1, 0));
    }

    #[test]
    fn a_composition_ended_by_other_means_sends_nothing() {
        assert_eq!(play(&[Update("녕"), End("녕")]), (0, 0));
        assert_eq!(play(&[Update("녕"), End("녕"), Wait(500), Break]), (0, 1));
    }
}

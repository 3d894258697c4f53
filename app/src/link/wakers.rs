//! What in the browser makes the link try again, doubt, or go.

use futures_channel::mpsc::UnboundedSender;
use leptos::{
    ev,
    prelude::{document, on_cleanup, window_event_listener},
};

use crate::visit::{Command, Waker};

/// Tells the link of the browser's doings until the current owner goes, and then to leave.
pub(super) fn listen(commands: &UnboundedSender<Command>) {
    let tell = |command: Command| {
        let commands = commands.clone();
        // A link that has ended needs to know nothing.
        move || drop(commands.unbounded_send(command.clone()))
    };
    let network = tell(Command::Wake(Waker::Network));
    let online = window_event_listener(ev::online, move |_| network());
    let doubt = tell(Command::Doubt);
    let offline = window_event_listener(ev::offline, move |_| doubt());
    let wake = tell(Command::Wake(Waker::Browser));
    // It happens at the document and comes up to the window.
    let visible = window_event_listener(ev::visibilitychange, {
        let wake = wake.clone();
        move |_| {
            if !document().hidden() {
                wake();
            }
        }
    });
    // The page goes, or is put aside as it is and may be shown again.
    let hide = tell(Command::Hide);
    let gone = window_event_listener(ev::pagehide, move |_| hide());
    let back = window_event_listener(ev::pageshow, move |event| {
        if event.persisted() {
            wake();
        }
    });
    let leave = tell(Command::Leave);
    on_cleanup(move || {
        for listener in [online, offline, visible, gone, back] {
            listener.remove();
        }
        leave();
    });
}

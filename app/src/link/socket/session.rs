//! A SockJS session over HTTP: one request hears, another speaks.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures_channel::mpsc::{self, Receiver, Sender};
use futures_util::{SinkExt, StreamExt};
use leptos::task::spawn_local;
use web_sys::AbortController;

use super::{
    super::{ENDPOINT, clock, conversation::new_id},
    Heard,
};
use crate::{
    fetch::{self, Body, Piece},
    transport::{Download, Said, Transport, Upload},
};

/// The HTTP status of an answer with frames in it.
const OK: u16 = 200;

/// What was heard and not yet taken. Then no more is read, and the browser makes the server wait.
const AHEAD: usize = 16;

/// A session that speaks STOMP. Dropping it aborts its requests.
pub(super) struct Session {
    line: Rc<Line>,
    heard: Receiver<Heard>,
}

/// What the session shares with its requests.
struct Line {
    /// Where the session stands, and a slash.
    address: String,
    /// Ends all requests: however a session ends, it ends by this.
    abort: AbortController,
    upload: RefCell<Upload>,
    /// Nothing more will be said: it ends with the last request.
    leaving: Cell<bool>,
}

impl Session {
    /// Begins to open it; `None` where the browser will not.
    pub(super) fn open(transport: Transport) -> Option<Self> {
        // The first part is for load balancers that look at nothing else.
        let server = (clock::random() * 1_000.0) as u16;
        let line = Rc::new(Line {
            address: format!("{ENDPOINT}/{server:03}/{}/", new_id()),
            abort: AbortController::new().ok()?,
            upload: RefCell::default(),
            leaving: Cell::new(false),
        });
        let (tell, heard) = mpsc::channel(AHEAD);
        spawn_local(listen(line.clone(), transport, tell));
        Some(Self { line, heard })
    }

    /// The next thing that happens.
    ///
    /// Cancel safe: nothing is taken before it is returned.
    pub(super) async fn next(&mut self) -> Heard {
        self.heard.next().await.unwrap_or(Heard::Closed)
    }

    /// Sends a message behind those that wait.
    pub(super) fn send(&mut self, text: String) {
        match self.line.upload.borrow_mut().push(text) {
            // Once this turn is over: whatever else is said in it goes along.
            Ok(true) => spawn_local(speak(self.line.clone())),
            Ok(false) => {}
            Err(_) => self.line.abort.abort(),
        }
    }

    /// Closes it behind what still waits.
    pub(super) fn leave(self) {
        self.line.leaving.set(true);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let mut upload = self.line.upload.borrow_mut();
        if !(self.line.leaving.get() && upload.is_posting()) {
            upload.clear();
            self.line.abort.abort();
        }
    }
}

/// Asks for frames, answer after answer, until the session ends.
async fn listen(line: Rc<Line>, transport: Transport, mut tell: Sender<Heard>) {
    let mut download = Download::default();
    while hear(&line, transport, &mut download, &mut tell)
        .await
        .is_some()
    {}
    // Whoever listens learns of it as `tell` goes.
    line.abort.abort();
}

/// Reads one answer to its end; `None`: the session has ended.
async fn hear(
    line: &Line,
    transport: Transport,
    download: &mut Download,
    tell: &mut Sender<Heard>,
) -> Option<()> {
    let (name, answers) = (transport.name(), download.answers());
    let address = format!("{}{name}?answers={answers}", line.address);
    let answer = fetch::post(&address, None, Some(&line.abort.signal())).await?;
    if answer.status() != OK {
        return None;
    }
    let body = Body::of(&answer)?;
    while let Piece::Bytes(bytes) = body.next().await? {
        let mut said = Vec::new();
        let result = download.take(&bytes, &mut said);
        for said in said {
            let heard = match said {
                Said::Open => Heard::Open,
                Said::Text(text) => Heard::Text(text),
            };
            tell.send(heard).await.ok()?;
        }
        result.ok()?;
    }
    download.end().ok()
}

/// Posts what waits, one request after the other.
async fn speak(line: Rc<Line>) {
    let address = format!("{}xhr_send", line.address);
    loop {
        let batch = line.upload.borrow_mut().take();
        let Some(body) = batch else { break };
        let answer = fetch::post(&address, Some(&body), Some(&line.abort.signal())).await;
        if !answer.is_some_and(|answer| answer.ok()) {
            line.upload.borrow_mut().clear();
            line.abort.abort();
        }
    }
    if line.leaving.get() {
        line.abort.abort();
    }
}

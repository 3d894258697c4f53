//! Sessions over HTTP requests: those that fetch what the session says, and those that post what
//! the peer says.
//!
//! `fetch` answers the first kind with a `body` in the `format` of the transport, and learns from
//! `answers` whether one was lost; `post` takes the second kind, and a `keeper` per session ends it
//! when no request comes any more.

mod answers;
mod body;
mod callback;
mod fetch;
mod format;
mod keeper;
mod post;
mod upload;

use std::{net::IpAddr, sync::Arc};

use tokio::sync::Mutex;

use crate::{Info, Options, Session, frame::Decoder, session::Shared};

pub(crate) use self::{
    answers::read as answers,
    fetch::fetch,
    format::Format,
    keeper::Keeper,
    post::{Refusal, post},
    upload::Uploads,
};

/// What the requests of one session share.
#[derive(Debug)]
pub(crate) struct Line {
    shared: Arc<Shared>,
    /// The turn to post, as what one post brings must not mix with another. Posts take it in the
    /// order in which they come.
    posts: Mutex<Decoder>,
    /// Who opened the session.
    address: Option<IpAddr>,
}

impl Line {
    /// A session, and what its requests hold of it.
    pub(crate) fn new(options: &Options, info: Info) -> (Self, Session) {
        let address = info.remote().map(|remote| remote.ip());
        let (session, shared) = Session::new(options, info);
        let line = Self {
            shared,
            posts: Mutex::new(Decoder::new()),
            address,
        };
        (line, session)
    }

    /// Whether the session was opened from this address.
    pub(crate) fn is_of(&self, address: Option<IpAddr>) -> bool {
        self.address == address
    }
}

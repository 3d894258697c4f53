//! What a session speaks over.

mod link;

pub(crate) use self::link::Link;

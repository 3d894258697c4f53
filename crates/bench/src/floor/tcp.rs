//! A fan-out in system calls: one thread, one write for each socket of the room. Messages that
//! come together go out together.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::said::{Said, next};

/// What is read at once: the messages that a publisher has in flight.
const READ: usize = 64 * 1024;

type Rooms = Rc<RefCell<HashMap<Bytes, Vec<Rc<Member>>>>>;

#[derive(Debug)]
struct Member {
    stream: TcpStream,
    /// It took less than was written to it, and a floor has no memory for the rest.
    too_slow: Notify,
}

pub(super) async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    let rooms = Rooms::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let member = Rc::new(Member {
            stream,
            too_slow: Notify::new(),
        });
        let rooms = Rc::clone(&rooms);
        tokio::task::spawn_local(async move {
            tokio::select! {
                () = member.too_slow.notified() => {}
                // It ends when the client goes or breaks off, which is the same to a floor.
                _ = attend(&member, &rooms) => {}
            }
            rooms.borrow_mut().retain(|_, members| {
                members.retain(|other| !Rc::ptr_eq(other, &member));
                !members.is_empty()
            });
        });
    }
}

/// One client, until it goes.
async fn attend(member: &Rc<Member>, rooms: &Rooms) -> io::Result<()> {
    let mut read = BytesMut::new();
    // For each room, what is to be written to all who are in it.
    let mut told: Vec<(Bytes, BytesMut)> = Vec::new();
    loop {
        member.stream.readable().await?;
        if read.is_empty() {
            // Whoever waits for the next message holds no memory meanwhile.
            read = BytesMut::with_capacity(READ);
        } else {
            read.reserve(READ);
        }
        match member.stream.try_read_buf(&mut read) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        loop {
            let Ok(message) = next(&mut read) else {
                return Err(io::ErrorKind::InvalidData.into());
            };
            let Some(message) = message else { break };
            match Said::parse(message) {
                None => {}
                Some(Said::Join { room, answer }) => {
                    let room = Bytes::copy_from_slice(&room);
                    let mut rooms = rooms.borrow_mut();
                    rooms.entry(room).or_default().push(Rc::clone(member));
                    member.write(&answer);
                }
                Some(Said::Tell { room, payload }) => {
                    match told.iter_mut().find(|(other, _)| *other == room) {
                        Some((_, bytes)) => bytes.extend_from_slice(&payload),
                        // Alone it is written from where it was read to.
                        None => told.push((room, BytesMut::from(payload))),
                    }
                }
                Some(Said::Echo { payload }) => member.write(&payload),
            }
        }
        for (room, bytes) in told.drain(..) {
            for member in rooms.borrow().get(&room).into_iter().flatten() {
                member.write(&bytes);
            }
        }
        if read.is_empty() {
            read = BytesMut::new();
        }
    }
}

impl Member {
    fn write(&self, bytes: &[u8]) {
        if !matches!(self.stream.try_write(bytes), Ok(written) if written == bytes.len()) {
            self.too_slow.notify_one();
        }
    }
}

//! How fast frames are read and written, beside another parser and beside the least that any
//! parser could do with the same octets. `docs/performance.md` has results.
//!
//! ```text
//! cargo bench -p roomside-stomp                  everything, some minutes
//! cargo bench -p roomside-stomp -- decode/send   one group
//! ```
//!
//! There are many short samples rather than few long ones: on a busy machine most are then not
//! interrupted, and the median of `target/criterion/**/new/estimates.json` is what to compare.
//!
//! Every decoder starts from a borrowed slice, as from a socket's buffer, and ends with a frame
//! that owns its octets; so each pays for one copy of them.

use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use criterion::{
    BatchSize, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use stomp::{Command, Decoder, Frame, Item, Limits, Version, encode};
use stomp_parser::client::{ClientFrame, SendFrameBuilder};
use stomp_parser::server::ServerFrame;

/// Octets of a body: a line of chat, a page of text, and more than the default limit of a frame
/// leaves room for.
const SIZES: [usize; 3] = [64, 1024, 64 * 1024];

/// Room for the largest of them.
fn limits() -> Limits {
    Limits {
        frame: 128 * 1024,
        ..Limits::default()
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(500)
        .nresamples(10_000);
    targets = decoding, encoding
}
criterion_main!(benches);

fn decoding(criterion: &mut Criterion) {
    decode(criterion, "decode/send", send, |bytes| {
        ClientFrame::try_from(bytes).is_ok()
    });
    decode(criterion, "decode/message", message, |bytes| {
        ServerFrame::try_from(bytes).is_ok()
    });
    decode(
        criterion,
        "decode/message-without-length",
        unsized_message,
        |bytes| ServerFrame::try_from(bytes).is_ok(),
    );
}

fn decode(
    criterion: &mut Criterion,
    name: &str,
    frame: fn(usize) -> Vec<u8>,
    peer: fn(Vec<u8>) -> bool,
) {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat);
    for size in SIZES {
        let wire = frame(size);
        assert!(peer(wire.clone()), "the other parser reads it too");
        group.throughput(Throughput::Bytes(wire.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("roomside", size),
            &wire,
            |bencher, wire| {
                let mut decoder = Decoder::new(limits());
                decoder.set_version(Version::V1_2);
                bencher.iter(|| {
                    decoder.push(black_box(wire));
                    let frame = decoder.next();
                    assert!(matches!(frame, Ok(Some(Item::Frame(_)))));
                    assert!(matches!(decoder.next(), Ok(None)));
                    frame
                });
            },
        );
        group.bench_with_input(
            BenchmarkId::new("stomp-parser", size),
            &wire,
            |bencher, wire| {
                bencher.iter(|| assert!(peer(black_box(wire).to_vec())));
            },
        );
        group.bench_with_input(BenchmarkId::new("memcpy", size), &wire, |bencher, wire| {
            bencher.iter(|| black_box(wire).to_vec());
        });
        group.bench_with_input(BenchmarkId::new("memchr", size), &wire, |bencher, wire| {
            bencher.iter(|| memchr::memchr(0, black_box(wire)));
        });
    }
    group.finish();
}

fn encoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode/send");
    group.sampling_mode(SamplingMode::Flat);
    for size in SIZES {
        let body = "x".repeat(size);
        let frame = Frame::new(Command::Send)
            .header("destination", DESTINATION)
            .header("content-type", JSON)
            .header("receipt", "r-42")
            .body(body.clone());
        let wire = encode(&frame, Version::V1_2);
        group.throughput(Throughput::Bytes(wire.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("roomside", size),
            &frame,
            |bencher, frame| {
                bencher.iter(|| encode(black_box(frame), Version::V1_2));
            },
        );
        // Its builder takes what it is given, so that must be copied before the clock starts.
        group.bench_with_input(
            BenchmarkId::new("stomp-parser", size),
            &body,
            |bencher, body| {
                bencher.iter_batched(
                    || {
                        SendFrameBuilder::new(DESTINATION.to_owned())
                            .content_type(JSON.to_owned())
                            .content_length(body.len() as u32)
                            .receipt("r-42".to_owned())
                            .body(body.clone().into_bytes())
                    },
                    |builder| {
                        let octets: Vec<u8> = builder.build().into();
                        black_box(&octets).len()
                    },
                    BatchSize::SmallInput,
                );
            },
        );
        group.bench_with_input(BenchmarkId::new("memcpy", size), &wire, |bencher, wire| {
            bencher.iter(|| Bytes::copy_from_slice(black_box(wire)));
        });
    }
    group.finish();
}

const DESTINATION: &str = "/app/chat/message";
const JSON: &str = "application/json;charset=UTF-8";

/// What a browser sends.
fn send(body: usize) -> Vec<u8> {
    format!(
        "SEND\ndestination:{DESTINATION}\ncontent-type:{JSON}\ncontent-length:{body}\nreceipt:r-42\n\n{}\0",
        "x".repeat(body)
    )
    .into_bytes()
}

/// What Spring's broker sends.
fn message(body: usize) -> Vec<u8> {
    let length = format!("content-length:{body}\n");
    spring_message(&length, body)
}

/// The same from a server that leaves the end of the body to its NUL.
fn unsized_message(body: usize) -> Vec<u8> {
    spring_message("", body)
}

fn spring_message(length: &str, body: usize) -> Vec<u8> {
    format!(
        "MESSAGE\ndestination:/topic/chat/room/lobby\ncontent-type:{JSON}\nsubscription:sub-0\n\
         message-id:3f0c8d5a-9a1e-4b7e-8f62-1f6f3a5c9b10-117\n{length}\n{}\0",
        "x".repeat(body)
    )
    .into_bytes()
}

//! The rules of the specification for octets, one test each, named after the rule.

use stomp::Version::{self, V1_0, V1_1, V1_2};

mod bodies;
mod encoding;
mod escapes;
mod frames;
mod headers;
#[path = "../support/mod.rs"]
mod support;
mod versions;

const VERSIONS: [Version; 3] = [V1_0, V1_1, V1_2];

//! Which version is spoken.

use stomp::Version;
use stomp::Version::{V1_0, V1_1, V1_2};

/// STOMP 1.2, Protocol Negotiation.
#[test]
fn the_highest_common_version_is_chosen() {
    assert_eq!(Version::negotiate(Some("1.0,1.1,1.2")), Some(V1_2));
    assert_eq!(Version::negotiate(Some("1.1,1.0")), Some(V1_1));
    assert_eq!(Version::negotiate(Some(" 1.0 , 1.1 ,2.0")), Some(V1_1));
    assert_eq!(Version::negotiate(None), Some(V1_0));
    assert_eq!(Version::negotiate(Some("2.1,1.3")), None);
    assert_eq!(Version::negotiate(Some("")), None);
}

/// The WebSocket names of the versions.
#[test]
fn every_subprotocol_is_a_version() {
    let versions = stomp::SUBPROTOCOLS.map(Version::from_subprotocol);
    assert_eq!(versions, [Some(V1_2), Some(V1_1), Some(V1_0)]);
    assert_eq!(Version::from_subprotocol("chat"), None);
}

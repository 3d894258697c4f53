//! A server that was started for the comparison.

use std::str::FromStr;

/// Where it listens, and as which process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rival {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) pid: u32,
}

impl FromStr for Rival {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text
            .split_once('=')
            .and_then(|(name, rest)| Some((name, rest.rsplit_once('@')?)));
        let Some((name, (url, pid))) = parts else {
            return Err("must be NAME=URL@PID".to_owned());
        };
        if !super::Who::ALL.iter().any(|who| who.server() == name) {
            return Err(format!("no server is called {name}"));
        }
        Ok(Self {
            name: name.to_owned(),
            url: url.to_owned(),
            pid: pid.parse().map_err(|_| format!("{pid} is no process"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_name_an_address_and_a_process() {
        let rival = Rival::from_str("axum=ws://127.0.0.1:3/@7").unwrap();
        assert_eq!((&*rival.url, rival.pid), ("ws://127.0.0.1:3/", 7));
        for text in [
            "axum",
            "axum=ws://h:1/",
            "axum=ws://h:1/@x",
            "who=ws://h:1/@7",
        ] {
            assert!(Rival::from_str(text).is_err(), "{text}");
        }
    }
}

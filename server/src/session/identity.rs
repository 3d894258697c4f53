//! The names that one connection goes by.

use chat::{Refusal, Sender};
use stomp::Text;
use tracing::info;

use crate::names::Names;
use crate::rooms::ConnectionId;

/// Who a session is, for `/user/{name}/…`: what it signed in as, and what its first `sender`
/// says. Dropped, it gives its names back.
#[derive(Debug)]
pub(super) struct Identity {
    connection: ConnectionId,
    names: Names,
    user: Option<Sender>,
    speaks_as: Option<Sender>,
}

impl Identity {
    pub(super) fn new(connection: ConnectionId, names: Names) -> Self {
        Self {
            connection,
            names,
            user: None,
            speaks_as: None,
        }
    }

    pub(super) fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// Takes what CONNECT says, and gives back the `user-name` that CONNECTED tells.
    ///
    /// Nobody is turned away here: Spring's simple broker ignores `login` and `passcode`, and
    /// clients made for it send anything. Who asks for a name that another holds with a
    /// passcode stays a guest, as the missing `user-name` tells.
    pub(super) fn sign_in(&mut self, login: Option<&str>, passcode: Option<&str>) -> Option<Text> {
        let name = Sender::parse(login?).ok()?;
        let passcode = passcode.filter(|passcode| !passcode.is_empty());
        if self
            .names
            .take(self.connection, name.as_str(), passcode)
            .is_err()
        {
            info!(connection = self.connection.0, %name, "the name is held with another passcode");
            return None;
        }
        let text = Text::from(name.as_str().to_owned());
        self.user = Some(name);
        Some(text)
    }

    /// Checks the `sender` of a SEND against the names that others hold, and the one that this
    /// session has spoken as already.
    pub(super) fn may_speak_as(&self, sender: &Sender) -> Result<(), Refusal> {
        match &self.speaks_as {
            Some(before) if before == sender => Ok(()),
            Some(_) => Err(Refusal::SenderChanged),
            None if self.names.may_speak_as(self.connection, sender.as_str()) => Ok(()),
            None => Err(Refusal::SenderTaken),
        }
    }

    /// Goes by the `sender` of a SEND from now on, if it [may](Self::may_speak_as).
    pub(super) fn speak_as(&mut self, sender: &Sender) -> Result<(), Refusal> {
        if self.speaks_as.is_some() {
            return self.may_speak_as(sender);
        }
        self.names
            .speak_as(self.connection, sender.as_str())
            .map_err(|_held| Refusal::SenderTaken)?;
        self.speaks_as = Some(sender.clone());
        Ok(())
    }

    /// Whether this session goes by `name`.
    pub(super) fn is(&self, name: &str) -> bool {
        self.mine().any(|mine| mine.as_str() == name)
    }

    fn mine(&self) -> impl Iterator<Item = &Sender> {
        [&self.user, &self.speaks_as].into_iter().flatten()
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        for name in self.mine() {
            self.names.give_back(self.connection, name.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_reached_by_both_its_names_until_it_ends() {
        let names = Names::default();
        let mut identity = Identity::new(ConnectionId(7), names.clone());
        let user = identity.sign_in(Some("bob"), Some("secret"));
        assert_eq!(user, Some(Text::from_static("bob")));
        identity.speak_as(&Sender::parse("밥").unwrap()).unwrap();
        assert!(identity.is("bob") && identity.is("밥") && !identity.is("eve"));
        assert_eq!(names.of("bob"), [ConnectionId(7)]);
        assert_eq!(names.of("밥"), [ConnectionId(7)]);
        drop(identity);
        assert_eq!(names.of("bob"), []);
        assert_eq!(names.of("밥"), []);
    }

    #[test]
    fn a_held_name_can_be_neither_taken_nor_spoken_as() {
        let names = Names::default();
        let mut bob = Identity::new(ConnectionId(1), names.clone());
        bob.sign_in(Some("bob"), Some("secret")).unwrap();
        let mut eve = Identity::new(ConnectionId(2), names);
        assert_eq!(eve.sign_in(Some("bob"), Some("guess")), None);
        let sender = Sender::parse("bob").unwrap();
        assert_eq!(eve.may_speak_as(&sender), Err(Refusal::SenderTaken));
        assert_eq!(eve.speak_as(&sender), Err(Refusal::SenderTaken));
        assert_eq!(bob.may_speak_as(&sender), Ok(()));
        assert_eq!(bob.speak_as(&sender), Ok(()));
    }

    #[test]
    fn a_name_is_gone_by_once_it_is_spoken_as_and_not_before() {
        let names = Names::default();
        let mut guest = Identity::new(ConnectionId(1), names.clone());
        let sender = Sender::parse("철수").unwrap();
        assert_eq!(guest.may_speak_as(&sender), Ok(()));
        assert_eq!(names.of("철수"), []);
        assert_eq!(guest.speak_as(&sender), Ok(()));
        assert_eq!(names.of("철수"), [ConnectionId(1)]);
        let other = Sender::parse("영희").unwrap();
        assert_eq!(guest.may_speak_as(&other), Err(Refusal::SenderChanged));
    }

    #[test]
    fn what_is_no_nickname_is_no_name() {
        let mut guest = Identity::new(ConnectionId(1), Names::default());
        assert_eq!(guest.sign_in(None, None), None);
        assert_eq!(guest.sign_in(Some(""), Some("x")), None);
        assert_eq!(guest.sign_in(Some(&"x".repeat(200)), None), None);
    }
}

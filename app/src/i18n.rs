//! Every word that the pages say, in Korean and English.
//!
//! A [`Msg`] that lacks a language does not compile.

#[cfg(feature = "ssr")]
pub mod search;
#[cfg(feature = "ssr")]
pub mod transports;

use std::borrow::Cow;

use chat::{Kind, Lang, RoomMessage, Sender, Seq};
use leptos::prelude::*;

use crate::transport::Transport;

/// Something to say to a visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Msg {
    Tagline,
    Rooms,
    NoRooms,
    RoomsUnavailable,
    Loading,
    /// The newest line of a room; not every line is a message.
    LastLine(Seq),
    Nickname,
    NicknameHint,
    NicknameSaved,
    NewRoom,
    RoomName,
    Create,
    RequestFailed,
    Enter,
    EnterHint,
    Leave,
    Conversation,
    Empty,
    HistoryUnavailable,
    Message,
    MessageHint,
    Send,
    Sending,
    WaitingForLink,
    SendAgain,
    Discard,
    Earlier,
    Later,
    Newest,
    Edit,
    Save,
    Cancel,
    Delete,
    DeleteSure,
    Deleted,
    Search,
    Newer(usize),
    Welcome(Sender),
    Connecting,
    Connected,
    Lost {
        attempt: u32,
    },
    Countdown(u64),
    ConnectNow,
    GaveUp,
    Refused,
    Reconnect,
    ConnectionDetails,
    Travels(Transport),
    FellBack,
    KeptTooMany,
    Language,
    Transports,
    NotFound,
    NoSuchMessage,
}

impl Msg {
    /// What to say to a reader of `lang`.
    #[must_use]
    pub fn text(&self, lang: Lang) -> Cow<'static, str> {
        match lang {
            Lang::Ko => self.korean(),
            Lang::En => self.english(),
        }
    }

    fn korean(&self) -> Cow<'static, str> {
        match self {
            Self::Tagline => "방을 골라 이야기하세요.",
            Self::Rooms => "대화방",
            Self::NoRooms => "아직 방이 없습니다. 첫 방을 만들어 보세요.",
            Self::RoomsUnavailable => "방 목록을 불러오지 못했습니다.",
            Self::Loading => "불러오는 중…",
            Self::LastLine(Seq::ZERO) => "아직 조용합니다",
            Self::LastLine(seq) => return format!("마지막 줄: {seq}번").into(),
            Self::Nickname => "대화명",
            Self::NicknameHint => "다른 사람에게 보이는 이름입니다.",
            Self::NicknameSaved => "저장했습니다.",
            Self::NewRoom => "새 방",
            Self::RoomName => "방 이름",
            Self::Create => "만들기",
            Self::RequestFailed => "서버에 닿지 못했습니다. 잠시 뒤에 다시 해 보세요.",
            Self::Enter => "들어가기",
            Self::EnterHint => "이 방에서 쓸 대화명을 정하세요.",
            Self::Leave => "방 목록",
            Self::Conversation => "대화 내용",
            Self::Empty => "아직 아무도 말하지 않았습니다. 먼저 인사해 보세요.",
            Self::HistoryUnavailable => "지난 대화를 불러오지 못했습니다. 연결되면 다시 받습니다.",
            Self::Message => "내용",
            Self::MessageHint => "메시지를 입력하세요",
            Self::Send => "보내기",
            Self::Sending => "보내는 중",
            Self::WaitingForLink => "연결을 기다리는 중",
            Self::SendAgain => "다시 보내기",
            Self::Discard => "버리기",
            Self::Earlier => "이전 메시지",
            Self::Later => "다음 메시지",
            Self::Newest => "최근 메시지로 ↓",
            Self::Edit => "고치기",
            Self::Save => "저장",
            Self::Cancel => "취소",
            Self::Delete => "삭제",
            Self::DeleteSure => "이 메시지를 모두에게서 삭제할까요?",
            Self::Deleted => "삭제된 메시지입니다.",
            Self::Search => "검색",
            Self::Newer(count) => return format!("새 메시지 {count}개 ↓").into(),
            Self::Welcome(sender) => {
                return format!("{sender}님, 환영합니다. 방에 연결되었습니다.").into();
            }
            Self::Connecting => "연결하는 중…",
            Self::Connected => "연결됨",
            Self::Lost { attempt } => {
                return format!("연결이 끊겼습니다. 다시 연결합니다 ({attempt}/5)").into();
            }
            Self::Countdown(seconds) => return format!("{seconds}초 뒤").into(),
            Self::ConnectNow => "지금 연결",
            Self::GaveUp => "연결하지 못했습니다.",
            Self::Refused => "서버가 연결을 받아 주지 않았습니다.",
            Self::Reconnect => "다시 연결",
            Self::ConnectionDetails => "연결 정보",
            Self::Travels(Transport::WebSocket) => "전송 방식: 웹소켓(WebSocket)",
            Self::Travels(Transport::Streaming) => "전송 방식: HTTP 스트리밍(xhr-streaming)",
            Self::Travels(Transport::Polling) => "전송 방식: HTTP 롱 폴링(xhr-polling)",
            Self::FellBack => {
                "이 네트워크에서는 웹소켓이 열리지 않아 다른 방식으로 연결했습니다. 대화에는 지장이 없습니다."
            }
            Self::KeptTooMany => "보내는 중인 메시지가 많습니다. 잠시 뒤에 다시 보내세요.",
            Self::Language => "언어",
            Self::Transports => "메시지가 오가는 네 가지 방식",
            Self::NotFound => "그런 페이지가 없습니다.",
            Self::NoSuchMessage => "이 방에 그런 메시지가 없습니다.",
        }
        .into()
    }

    fn english(&self) -> Cow<'static, str> {
        match self {
            Self::Tagline => "Pick a room and talk.",
            Self::Rooms => "Rooms",
            Self::NoRooms => "There is no room yet. Create the first.",
            Self::RoomsUnavailable => "The rooms could not be loaded.",
            Self::Loading => "Loading…",
            Self::LastLine(Seq::ZERO) => "Quiet so far",
            Self::LastLine(seq) => return format!("Last line: no. {seq}").into(),
            Self::Nickname => "Nickname",
            Self::NicknameHint => "This is the name that others see.",
            Self::NicknameSaved => "Saved.",
            Self::NewRoom => "New room",
            Self::RoomName => "Room name",
            Self::Create => "Create",
            Self::RequestFailed => "The server could not be reached. Try again in a moment.",
            Self::Enter => "Enter",
            Self::EnterHint => "Choose the nickname to use in this room.",
            Self::Leave => "Rooms",
            Self::Conversation => "Conversation",
            Self::Empty => "Nobody has said anything yet. Say hello.",
            Self::HistoryUnavailable => {
                "Earlier messages could not be loaded. They will come once connected."
            }
            Self::Message => "Message",
            Self::MessageHint => "Write a message",
            Self::Send => "Send",
            Self::Sending => "Sending",
            Self::WaitingForLink => "Waiting for the connection",
            Self::SendAgain => "Send again",
            Self::Discard => "Discard",
            Self::Earlier => "Earlier messages",
            Self::Later => "Later messages",
            Self::Newest => "To the newest ↓",
            Self::Edit => "Edit",
            Self::Save => "Save",
            Self::Cancel => "Cancel",
            Self::Delete => "Delete",
            Self::DeleteSure => "Delete this message for everybody?",
            Self::Deleted => "This message was deleted.",
            Self::Search => "Search",
            Self::Newer(1) => "1 new message ↓",
            Self::Newer(count) => return format!("{count} new messages ↓").into(),
            Self::Welcome(sender) => {
                return format!("Welcome, {sender}. You are connected to this room.").into();
            }
            Self::Connecting => "Connecting…",
            Self::Connected => "Connected",
            Self::Lost { attempt } => {
                return format!("The connection was lost. Reconnecting ({attempt}/5)").into();
            }
            Self::Countdown(seconds) => return format!("in {seconds} s").into(),
            Self::ConnectNow => "Connect now",
            Self::GaveUp => "Could not connect.",
            Self::Refused => "The server did not accept the connection.",
            Self::Reconnect => "Reconnect",
            Self::ConnectionDetails => "Connection details",
            Self::Travels(Transport::WebSocket) => "Transport: WebSocket",
            Self::Travels(Transport::Streaming) => "Transport: HTTP streaming (xhr-streaming)",
            Self::Travels(Transport::Polling) => "Transport: HTTP long polling (xhr-polling)",
            Self::FellBack => {
                "This network did not let a WebSocket through, so another way was taken. Everything works."
            }
            Self::KeptTooMany => {
                "Many messages are still on their way. Send this one again in a moment."
            }
            Self::Language => "Language",
            Self::Transports => "Four ways to carry messages",
            Self::NotFound => "There is no such page.",
            Self::NoSuchMessage => "There is no such message in this room.",
        }
        .into()
    }
}

/// What a notice says. In Korean it is the server's own line, as the original page shows it.
#[must_use]
pub fn notice(message: &RoomMessage, lang: Lang) -> String {
    match (lang, message.kind) {
        (Lang::Ko, _) | (Lang::En, Kind::Talk) => {
            format!("{} : {}", RoomMessage::NOTICE, message.message)
        }
        (Lang::En, Kind::Enter) => format!("[notice] : {} has entered.", message.sender),
        (Lang::En, Kind::Leave) => format!("[notice] : {} has left.", message.sender),
    }
}

/// The address that chooses `lang` without JavaScript, and comes back to `path`.
#[must_use]
pub fn switch_href(lang: Lang, path: &str) -> String {
    format!("/lang/{}?to={}", lang.tag(), encode(path))
}

/// A text as a part of an address's query.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The language of the page, which every word on it follows.
#[derive(Clone, Copy, Debug)]
pub struct Words(RwSignal<Lang>);

impl Words {
    /// Words in `lang`, lent to everything below the current component.
    pub fn provide(lang: Lang) -> Self {
        let words = Self(RwSignal::new(lang));
        provide_context(words);
        words
    }

    /// The words that [`provide`](Self::provide) lent.
    #[must_use]
    pub fn lent() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(Lang::default())))
    }

    /// The language; whoever asks is told of its changes.
    #[must_use]
    pub fn lang(self) -> Lang {
        self.0.get()
    }

    /// Changes the language.
    pub fn speak(self, lang: Lang) {
        self.0.set(lang);
    }

    /// A piece of the page that says `msg` in whatever is the language.
    #[must_use]
    pub fn say(self, msg: Msg) -> Signal<Cow<'static, str>> {
        self.tell(move |lang| msg.text(lang))
    }

    /// A piece of the page that follows the language, and whatever else `text` reads. All pieces
    /// are of one type, for each type of piece costs every visitor a kilobyte.
    pub fn tell(
        self,
        text: impl Fn(Lang) -> Cow<'static, str> + Send + Sync + 'static,
    ) -> Signal<Cow<'static, str>> {
        Signal::derive(move || text(self.0.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::talk;

    #[test]
    fn notices_in_korean_are_the_servers_words() {
        let sender = Sender::parse("철수").unwrap();
        let entered = RoomMessage {
            kind: Kind::Enter,
            message: RoomMessage::entered(&sender),
            ..talk(1)
        };
        assert_eq!(
            notice(&entered, Lang::Ko),
            "[알림] : 철수님이 입장했습니다."
        );
        assert_eq!(notice(&entered, Lang::En), "[notice] : 철수 has entered.");
    }

    #[test]
    fn the_switch_brings_any_path_back_unharmed() {
        assert_eq!(switch_href(Lang::Ko, "/"), "/lang/ko?to=/");
        assert_eq!(
            switch_href(Lang::En, "/rooms/방"),
            "/lang/en?to=/rooms/%EB%B0%A9"
        );
        // A path that is encoded already is encoded once more: the query is decoded once.
        assert_eq!(
            switch_href(Lang::En, "/a%20b&c"),
            "/lang/en?to=/a%2520b%26c"
        );
    }

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!(Msg::Newer(1).text(Lang::En), "1 new message ↓");
        assert_eq!(Msg::Newer(2).text(Lang::En), "2 new messages ↓");
        assert_eq!(Msg::LastLine(Seq(3)).text(Lang::En), "Last line: no. 3");
        assert_eq!(Msg::LastLine(Seq(3)).text(Lang::Ko), "마지막 줄: 3번");
        assert_eq!(Msg::LastLine(Seq::ZERO).text(Lang::En), "Quiet so far");
    }
}

//! The words of the page that compares transports, which only the server says.

use std::borrow::Cow;

use chat::Lang;

use crate::transports::{MESSAGE_BYTES, MESSAGES, Way};

/// Something that the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    Introduction,
    Name(Way),
    Meaning(Way),
    Measurement,
    Offer,
    NeedsScript,
    Start,
    Running(Way),
    Done,
    Numbers,
    Delay,
    Median,
    Worst,
    Bytes,
    Sent,
    Received,
    Requests,
    /// Of a way on which nothing came.
    Blocked,
    /// Of a way on which no more came after `{}` messages; the page fills the number in.
    Broken,
    Method,
}

impl Say {
    /// What to say to a reader of `lang`.
    #[must_use]
    pub fn text(self, lang: Lang) -> Cow<'static, str> {
        match lang {
            Lang::Ko => self.korean(),
            Lang::En => self.english(),
        }
    }

    fn korean(self) -> Cow<'static, str> {
        match self {
            Self::Introduction => {
                "HTTP는 브라우저가 물어야 서버가 답합니다. 새 소식을 바로 받으려고 나온 방식이 넷 \
                 있습니다."
            }
            Self::Name(Way::Polling) => "폴링",
            Self::Name(Way::LongPolling) => "롱 폴링",
            Self::Name(Way::Streaming) => "스트리밍",
            Self::Name(Way::WebSocket) => "웹소켓",
            Self::Meaning(Way::Polling) => {
                "일정한 주기로 묻습니다. 바뀐 것이 없어도 요청과 응답이 오가고, 소식은 다음 요청을 \
                 기다립니다."
            }
            Self::Meaning(Way::LongPolling) => {
                "서버가 소식이 생길 때까지 답을 미룹니다. 답을 받으면 다시 물어야 하므로, 메시지가 \
                 쏟아지면 폴링과 같아집니다."
            }
            Self::Meaning(Way::Streaming) => {
                "응답 하나를 끊지 않고 이어 가며 받습니다. 보낼 때는 여전히 메시지마다 요청이 \
                 듭니다."
            }
            Self::Meaning(Way::WebSocket) => {
                "핸드셰이크 한 번으로 연결을 유지하고, 양쪽이 원할 때 보냅니다. 메시지마다 헤더가 몇 \
                 바이트뿐이라 가장 빠르고 가볍습니다. 네트워크가 막으면 SockJS가 다른 방식으로 \
                 대신합니다."
            }
            Self::Measurement => "여기서 재 보기",
            Self::Offer => {
                return format!(
                    "이 브라우저와 이 서버 사이에서 방식마다 메시지 {MESSAGES}개를 주고받습니다. \
                     10초쯤 걸립니다."
                )
                .into();
            }
            Self::NeedsScript => "측정하려면 자바스크립트가 필요합니다.",
            Self::Start => "측정하기",
            Self::Running(way) => {
                return format!("{} 재는 중…", Self::Name(way).korean()).into();
            }
            Self::Done => "측정이 끝났습니다.",
            Self::Numbers => "측정 결과",
            Self::Delay => "지연 (ms)",
            Self::Median => "중앙값",
            Self::Worst => "최댓값",
            Self::Bytes => "메시지당 바이트",
            Self::Sent => "보냄",
            Self::Received => "받음",
            Self::Requests => "요청 수",
            Self::Blocked => "여기서는 막혀 있음",
            Self::Broken => "메시지 {}개 뒤에 끊김",
            Self::Method => {
                return format!(
                    "지연은 보내기 직전부터 메시지가 되돌아올 때까지입니다. 바이트는 {MESSAGE_BYTES}\
                     바이트 메시지 하나가 오가는 데 든 양으로, 연결을 여는 데 든 것은 뺐습니다. \
                     서버가 받은 요청 헤더와 브라우저가 받은 응답 헤더·본문은 센 값이고, 청크와 \
                     웹소켓 프레임의 헤더는 계산한 값입니다(RFC 9112, RFC 6455). HTTP/1.1로 치며, \
                     쿠키 설정과 TLS·TCP는 넣지 않습니다. 여기서는 폴링이 물을 때마다 소식이 있지만, \
                     실제로는 소식이 없어도 1분에 120번 묻습니다."
                )
                .into();
            }
        }
        .into()
    }

    fn english(self) -> Cow<'static, str> {
        match self {
            Self::Introduction => {
                "In HTTP a server answers, and never speaks first. These are the four ways in use \
                 to hear news all the same."
            }
            Self::Name(Way::Polling) => "Polling",
            Self::Name(Way::LongPolling) => "Long polling",
            Self::Name(Way::Streaming) => "Streaming",
            Self::Name(Way::WebSocket) => "WebSocket",
            Self::Meaning(Way::Polling) => {
                "The browser asks at a fixed interval. Requests and answers go back and forth when \
                 nothing has changed, and news wait for the next request."
            }
            Self::Meaning(Way::LongPolling) => {
                "The server holds its answer back until there is news. Each answer takes a new \
                 request, so a flood of messages makes it polling again."
            }
            Self::Meaning(Way::Streaming) => {
                "One answer never ends and brings all news. To send still takes a request for each \
                 message."
            }
            Self::Meaning(Way::WebSocket) => {
                "After one handshake the connection stays, and both sides send when they like. A \
                 message has a header of a few bytes: nothing is quicker or lighter. Where a \
                 network blocks it, SockJS takes one of the other ways."
            }
            Self::Measurement => "Measure it from here",
            Self::Offer => {
                return format!(
                    "{MESSAGES} messages go each way between this browser and this server. It takes \
                     about 10 seconds."
                )
                .into();
            }
            Self::NeedsScript => "Measuring needs JavaScript.",
            Self::Start => "Measure",
            Self::Running(way) => {
                return format!("Measuring {}…", Self::Name(way).english()).into();
            }
            Self::Done => "Done.",
            Self::Numbers => "What was measured",
            Self::Delay => "Delay (ms)",
            Self::Median => "median",
            Self::Worst => "worst",
            Self::Bytes => "Bytes per message",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Requests => "Requests",
            Self::Blocked => "blocked here",
            Self::Broken => "broken off after {} of the messages",
            Self::Method => {
                return format!(
                    "Delay is the time from just before a message is sent until it is back. Bytes \
                     are what one message of {MESSAGE_BYTES} bytes takes there and back, without \
                     opening the connection. Counted are the request headers that the server gets, \
                     and the response headers and bodies that the browser gets; computed are the \
                     headers of chunks and WebSocket frames (RFC 9112, RFC 6455). All is taken as \
                     HTTP/1.1, without cookies that are set, TLS and TCP. Here every poll \
                     finds a message; a real page polls 120 times a minute while there is none."
                )
                .into();
            }
        }
        .into()
    }
}

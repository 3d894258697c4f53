//! The words of the page that searches, which only the server says.

use chat::Lang;

/// Something that the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    What,
    Hint,
    InThisRoom,
    InAllRooms,
    Results,
    Nothing,
    NothingHere,
    Older,
}

impl Say {
    /// What to say to a reader of `lang`.
    #[must_use]
    pub const fn text(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Ko => self.korean(),
            Lang::En => self.english(),
        }
    }

    const fn korean(self) -> &'static str {
        match self {
            Self::What => "찾을 말",
            Self::Hint => "한글은 두 글자부터, 영어는 낱말의 앞부분으로 찾습니다.",
            Self::InThisRoom => "이 방에서만 찾는 중입니다.",
            Self::InAllRooms => "모든 방에서 찾기",
            Self::Results => "찾은 메시지",
            Self::Nothing => "찾는 말이 있는 메시지가 없습니다.",
            Self::NothingHere => "여기까지에는 없습니다. 더 오래된 것을 찾아 보세요.",
            Self::Older => "더 오래된 메시지",
        }
    }

    const fn english(self) -> &'static str {
        match self {
            Self::What => "What to look for",
            Self::Hint => "Korean is found from two syllables on, other words by their beginning.",
            Self::InThisRoom => "Only this room is searched.",
            Self::InAllRooms => "Search all rooms",
            Self::Results => "Messages found",
            Self::Nothing => "No message has all of that.",
            Self::NothingHere => "There is none so far. Look among older ones.",
            Self::Older => "Older messages",
        }
    }
}

//! What is on its way, or has failed, as the log shows it.

use leptos::prelude::*;

use crate::{
    i18n::{Msg, Words},
    outbox::{Pending, State},
    visit::{Act, Command, LinkState, Visit},
};

/// The row of a message that is not yet in the room: that it is being sent, or will be, or why it
/// was refused with what can be done about it. The style shows the former only after 300 ms.
pub(crate) fn pending_view(pending: Pending, visit: Visit, words: Words) -> impl IntoView {
    let Pending {
        id, text, state, ..
    } = pending;
    let button = move |name, says, act| {
        let act = move |_| {
            visit.command(Command::Outbox(Act::clone(&act)));
        };
        view! {
            <button type="button" class=name on:click=act>
                {words.say(says)}
            </button>
        }
    };
    let failed = matches!(state, State::Failed(_));
    let choices = failed.then(|| {
        view! {
            <div class="choices">
                {button("retry", Msg::SendAgain, Act::Retry(id))}
                {button("discard", Msg::Discard, Act::Discard(id))}
            </div>
        }
    });
    let says = words.tell(move |lang| match &state {
        State::Failed(why) => why.text(lang),
        State::Waiting | State::Sent | State::Received => {
            let linked = visit.link.get() == LinkState::Connected;
            let msg = if linked {
                Msg::Sending
            } else {
                Msg::WaitingForLink
            };
            msg.text(lang)
        }
    });
    view! {
        <li
            role="none"
            class=if failed { "pending own failed" } else { "pending own" }
            data-id=id.to_string()
        >
            <p class="text">{text.to_string()}</p>
            <small>{says}</small>
            {choices}
        </li>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use chat::{Lang, RoomId, Text};

    use super::*;
    use crate::{log::Log, refusal::Reason, sample::id};

    fn html(link: LinkState, state: State) -> String {
        Owner::new().with(|| {
            let words = Words::provide(Lang::Ko);
            let visit = Visit::new(RoomId::lobby(), Log::default(), true, None);
            visit.link.set(link);
            let mut pending = Pending::new(id(1), Text::parse("가는 중").unwrap());
            pending.state = state;
            pending_view(pending, visit, words).to_html()
        })
    }

    #[test]
    fn what_is_on_its_way_is_no_message_of_the_room_yet() {
        let html = html(LinkState::Connected, State::Sent);
        assert!(html.contains(r#"class="pending own""#), "{html}");
        assert!(html.contains("가는 중"), "{html}");
        assert!(html.contains("보내는 중"), "{html}");
        assert!(!html.contains("data-seq"), "{html}");
        assert!(!html.contains("<button"), "{html}");
    }

    #[test]
    fn without_a_connection_nothing_is_being_sent() {
        for link in [LinkState::Connecting, LinkState::Stopped { refused: false }] {
            let html = html(link, State::Waiting);
            assert!(html.contains("연결을 기다리는 중"), "{html}");
            assert!(!html.contains("보내는 중"), "{html}");
        }
    }

    #[test]
    fn what_has_failed_says_why_and_what_can_be_done() {
        let html = html(
            LinkState::Connecting,
            State::Failed(Reason::Said("<b>no".to_owned())),
        );
        for there in ["pending own failed", "&lt;b&gt;no", "다시 보내기", "버리기"] {
            assert!(html.contains(there), "{there}: {html}");
        }
        assert!(!html.contains("보내는 중"), "{html}");
    }
}

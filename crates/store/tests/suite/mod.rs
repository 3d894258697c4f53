//! What every engine must do. `conformance!` makes a test of each function here, on the log that
//! a [`Bed`] gives it.

mod append;
mod change;
mod dump;
mod journal;
mod keep;
mod page;
mod rooms;
mod search;

pub(crate) mod bed;
pub(crate) mod schema;

pub(crate) use append::*;
pub(crate) use bed::Bed;
pub(crate) use change::*;
pub(crate) use dump::*;
pub(crate) use journal::*;
pub(crate) use keep::*;
pub(crate) use page::*;
pub(crate) use rooms::*;
pub(crate) use search::*;

/// Runs the whole suite on the beds that this expression makes.
#[allow(unused_macros)] // Only the binary that runs the suite needs it.
macro_rules! conformance {
    ($bed:expr) => {
        conformance! { $bed,
            a_fresh_log_has_an_empty_lobby
            rooms_are_listed_in_the_order_they_were_made
            making_a_room_twice_keeps_the_first
            rooms_are_made_by_being_entered_where_asked
            the_rooms_limit_holds_at_its_edge
            reopening_keeps_everything
            an_open_that_is_given_up_hinders_no_other
            an_epoch_is_one_logs_own
            who_is_present_survives_a_restart
            appends_get_their_places_without_a_hole
            concurrent_appends_leave_no_hole
            time_never_runs_backwards_in_a_room
            any_text_is_kept_letter_for_letter
            the_same_id_is_stored_once
            the_same_id_at_once_is_stored_once
            a_repeat_among_other_lines_changes_nothing_for_them
            the_same_id_is_known_after_reopening
            an_id_is_one_senders_in_one_room
            a_dropped_append_is_stored_whole_or_not_at_all
            lines_that_belong_together_are_all_stored_or_none
            a_closed_log_says_so
            dropping_the_last_handle_finishes_what_is_queued
            the_journal_is_the_log_in_order
            the_journal_has_no_repeats
            a_dropped_journal_does_not_stop_the_writer
            a_full_journal_makes_the_writer_wait
            an_edit_is_a_line_and_rewrites_its_target
            a_text_that_was_replaced_is_nowhere_any_more
            only_what_somebody_said_can_be_changed
            only_its_author_can_change_a_line
            a_change_sent_again_is_done_once
            the_same_id_with_another_text_is_refused
            changes_of_a_group_are_all_done_or_none
            what_is_let_go_is_gone_and_places_go_on
            the_newest_of_each_room_are_kept
            what_is_young_is_kept
            what_was_let_go_can_be_said_again_and_not_changed
            pages_of_an_empty_room_are_empty
            pages_after_a_place
            pages_before_a_place
            pages_around_a_place
            the_last_page
            pages_have_a_longest_length
            the_newest_come_first_over_rooms_and_in_a_room
            nothing_that_somebody_types_is_read_as_a_command
            pages_join_without_a_hole_or_a_double
            words_that_lead_nowhere_do_not_take_long
            what_was_edited_is_found_as_it_is_now
            what_was_deleted_is_in_no_file_any_more
            what_was_let_go_is_not_found_and_an_index_that_was_late_goes_on
            an_index_goes_on_after_a_restart_and_another_logs_is_made_anew
            an_index_that_is_newer_than_the_log_is_made_anew
            a_log_of_which_everything_was_let_go_is_followed_on
            any_text_can_be_taken_out_of_the_index_again
            the_indexer_follows_by_itself_and_ends_with_the_log
            a_log_is_carried_into_another_database
            edits_authors_and_what_is_kept_are_carried
            a_file_of_the_first_version_is_read
            time_goes_on_from_the_latest_that_was_carried
            a_file_with_a_fault_leaves_the_log_empty
            a_log_is_exported_as_it_is_while_others_write
            nothing_is_exported_from_nowhere
        }
    };
    ($bed:expr, $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                suite::$name($bed).await;
            }
        )*
    };
}

#[allow(unused_imports)]
pub(crate) use conformance;

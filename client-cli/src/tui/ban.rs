//! What is told of a disclosure ban before it is acknowledged (rule L1). Pure.

use jiff::tz::TimeZone;

use super::state::Room;
use crate::{text::Words, times};

/// What the ban covers and until when; where the scope is not known, that.
pub(crate) fn ban_told(room: &Room, words: Words, zone: &TimeZone) -> Vec<String> {
    let Some(interview) = room.interview.as_ref().filter(|interview| interview.disclosure_ban) else { return Vec::new() };
    let until = interview.disclosure_ban_until.and_then(times::instant);
    let until = until.map(|until| words.tell("say-ban-until", &[("until", &times::day_and_time(until, zone))]));
    let scope = match interview.disclosure_ban_scope.as_str() {
        "" => words.say("say-ban-unknown"),
        scope => format!("{}: {scope}", words.say("label-ban-scope")),
    };
    std::iter::once(scope).chain(until).collect()
}

//! What is new about one seat, and of whom the child has to be told.

use std::collections::BTreeSet;

use barnahus_proto::v1::{AbsenceReason, Interview, Observer};

use crate::{names::short, output::Page, text::Words, times};

/// A line for each change.
pub(super) fn changes(before: Option<&Observer>, now: &Observer, page: &Page<'_>, lines: &mut Vec<String>) {
    let post = short(&now.post);
    let mut say = |key| lines.push(page.words.tell(key, &[("post", &post)]));
    let turns = |holds: &dyn Fn(&Observer) -> bool| (before.is_some_and(holds), holds(now));
    let inside = |seat: &Observer| seat.checked_in_at.is_some() && seat.checked_out_at.is_none();
    if before.is_none() {
        say("say-watch-admitted");
    }
    match turns(&inside) {
        (false, true) => say("say-watch-in"),
        (true, false) => say("say-watch-out"),
        _ => (),
    }
    match turns(&|seat| seat.signed_off_at.is_some()) {
        (false, true) => say("say-watch-signs-off"),
        (true, false) => say("say-watch-signs-again"),
        _ => (),
    }
    match turns(&|seat| seat.connection_lost_at.is_some()) {
        (false, true) => say("say-watch-cut-off"),
        (true, false) if inside(now) => say("say-watch-connected"),
        _ => (),
    }
    if now.absence_reason != 0 && before.is_none_or(|before| before.absence_reason != now.absence_reason) {
        let reason = page.code::<AbsenceReason>(now.absence_reason);
        lines.push(page.words.tell("say-watch-absent", &[("post", &post), ("reason", &reason)]));
    }
}

/// That the child has to be told, and of whom (L1): the roles that came in since it was told last.
pub(crate) fn tell_the_child(interview: &Interview, words: Words) -> String {
    let told = interview.child_informed_at.iter().filter_map(|at| times::instant(*at)).max();
    let late = interview.observers.iter().filter(|seat| seat.checked_in_at.and_then(times::instant) > told);
    let roles: BTreeSet<_> = late.map(|seat| words.code(seat.role().as_str_name())).collect();
    if roles.is_empty() {
        return words.say("say-watch-tell-the-child");
    }
    words.tell("say-watch-tell-the-child-of", &[("roles", &roles.into_iter().collect::<Vec<_>>().join(", "))])
}

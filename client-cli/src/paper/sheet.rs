//! What to write on when machines fail (rule L13): roster, log of breaks, end, and slips for questions. Alias and posts, never a name.
//!
//! Nobody signs it: it is a memory until everything on it is entered, and what is entered afterwards says so. INVARIANT: every reason,
//! decision and fate that the house knows can be ticked on it, for they come from the contract's codes.

use barnahus_proto::v1::{EndReason, Fate, Interview, Invitation, InvitationState, NotAskedReason, Observer, RejectReason};
use jiff::tz::TimeZone;

use super::{
    Block, Inline, Look, Paper, Piece,
    protocol::{of_whom, zone_name},
};
use crate::{
    args::code::{Code, all},
    names::{short, shorts},
    output::Page,
    text::Words,
};

/// Rows for those who come without being on the roster.
const LATECOMERS: usize = 3;
const BREAKS: usize = 5;

/// For one interview, with so many slips.
pub(crate) fn sheet(interview: &Interview, slips: u32, words: Words, zone: &TimeZone) -> Paper {
    let page = Page::new(words, zone, false);
    let name = short(&interview.name);
    let mut blocks = vec![
        Block::Line(words.say("paper-sheet-when").into()),
        Block::Line(words.tell("paper-sheet-how", &[("zone", &zone_name(zone, words))]).into()),
        Block::Facts(vec![
            (words.say("label-booked"), page.span(interview.starts_at, interview.ends_at).into()),
            (words.say("label-rooms"), shorts(&interview.rooms).into()),
            (words.say("label-ban"), ban(interview, &page).into()),
        ]),
        Block::Section(words.say("say-roster")),
        roster(interview, &page),
        Block::Section(words.say("paper-course")),
        Block::Facts(course(interview, &page)),
        breaks(&page),
        Block::Section(words.say("paper-end")),
        Block::Line(Inline::from(words.say("paper-end-at")).blank(12)),
        Block::Line(Inline::default().ticks(words_of::<EndReason>(&page))),
        Block::Section(words.say("paper-enter")),
        Block::Line(words.say("paper-enter-says-so").into()),
        commands(&name, words),
        Block::Section(words.say("paper-slips")),
        Block::Line(words.say("paper-slips-how").into()),
    ];
    blocks.extend((1..=slips).map(|number| slip(&name, number, slips, &page)));
    let title = words.tell("paper-sheet-title", &[("interview", &name)]);
    Paper { lang: words.lang, title, interview: name, look: Look::Document, blocks }
}

fn words_of<E: Code>(page: &Page<'_>) -> Vec<String> {
    all::<E>().map(|(_, code)| page.words.code(code.name())).collect()
}

fn ban(interview: &Interview, page: &Page<'_>) -> String {
    match interview.disclosure_ban {
        true => page.words.tell("say-ban-until", &[("until", &page.time(interview.disclosure_ban_until))]),
        false => page.words.say("say-no"),
    }
}

/// Those on the roster, then who is called and not admitted yet, then room for more.
fn roster(interview: &Interview, page: &Page<'_>) -> Block {
    let words = page.words;
    let or_box = |said: String| if said.is_empty() { Inline::default().tick("").blank(5) } else { said.into() };
    let acknowledged = |given: bool| match (interview.disclosure_ban, given) {
        (false, _) => Inline::default(),
        (true, true) => words.say("say-yes").into(),
        (true, false) => Inline::default().tick(""),
    };
    let cells = |role: i32, post: &str, admitted: Inline, seat: &Observer| {
        let times = [seat.checked_in_at, seat.checked_out_at, seat.signed_off_at].map(|time| or_box(page.clock(time)));
        let [inside, out, signed_off] = times;
        vec![of_whom(role, post, page).into(), admitted, acknowledged(seat.ban_acknowledged), inside, out, signed_off]
    };
    let seated = interview.observers.iter().map(|seat| cells(seat.role, &seat.post, words.say("say-yes").into(), seat));
    let called = |invitation: &&Invitation| {
        let out = [InvitationState::Declined, InvitationState::Waived].iter().any(|state| invitation.state == *state as i32);
        !out && !interview.observers.iter().any(|seat| seat.post == invitation.post)
    };
    let nobody = Observer::default();
    let open = || Inline::default().tick("");
    let called = interview.invitations.iter().filter(called).map(|invitation| cells(invitation.role, &invitation.post, open(), &nobody));
    let late = (0..LATECOMERS).map(|_| {
        let mut row = cells(0, "", open(), &nobody);
        row.splice(..1, [Inline::default().blank(22)]);
        row
    });
    let rows = seated.chain(called).chain(late).collect();
    let columns = [
        ("label-who", false),
        ("label-admitted", false),
        ("label-ban", false),
        ("label-in", true),
        ("label-out", true),
        ("label-signed-off", true),
    ];
    Block::table(words, words.say("paper-roster-how"), &columns, rows)
}

/// What happens once, or nearly.
fn course(interview: &Interview, page: &Page<'_>) -> Vec<(String, Inline)> {
    let words = page.words;
    let known_or_blank =
        |time| Some(page.time(time)).filter(|known| !known.is_empty()).map_or_else(|| Inline::default().blank(12), Inline::from);
    let informed = interview.child_informed_at.iter().map(|time| page.time(Some(*time))).collect::<Vec<_>>().join(", ");
    vec![
        (words.say("label-roster-frozen"), known_or_blank(interview.roster_frozen_at)),
        (words.say("label-child-informed"), Inline::from(informed).blank(12).blank(12)),
        (words.say("label-started"), known_or_blank(interview.started_at)),
        (words.say("label-recording"), Inline::from(interview.recording_reference.clone()).blank(20)),
        (words.say("label-deviations"), Inline::default().blank(45)),
        (words.say("paper-interrupted"), Inline::default().blank(12).said(" ").said(words.say("paper-because")).blank(30)),
    ]
}

fn breaks(page: &Page<'_>) -> Block {
    let blank = |letters| Inline::default().blank(letters);
    let row = |number: usize| vec![number.to_string().into(), blank(10), blank(30), Inline::default().tick("").blank(8), blank(10)];
    let columns = [
        ("label-break", true),
        ("paper-began", true),
        ("paper-slips-delivered", false),
        ("paper-acknowledged", true),
        ("paper-went-on", true),
    ];
    Block::table(page.words, page.words.say("paper-breaks-taken"), &columns, (1..=BREAKS).map(row).collect())
}

/// How it is entered afterwards, in the order in which the house takes it.
fn commands(interview: &str, words: Words) -> Block {
    let at = words.say("paper-at");
    let row =
        |what: &str, by: &str, command: String| vec![words.say(what).into(), words.say(by).into(), Inline(vec![Piece::Typed(command)])];
    let act = |verb: &str, more: &str| format!("barnahus interview {verb} {interview}{more} --at \"{at}\"");
    let question =
        |verb: &str, more: &str| format!("barnahus question {verb} {interview}/{}{more} --at \"{at}\"", words.say("paper-number-word"));
    let rows = vec![
        row("label-in", "paper-by-each", act("check-in", " --acknowledge-ban")),
        row("label-roster-frozen", "paper-by-leader", act("freeze", "")),
        row("label-child-informed", "paper-by-interviewer", act("child-informed", "")),
        row("label-started", "paper-by-interviewer", act("start", &format!(" --recording {}", words.say("paper-number-word")))),
        row("paper-a-question", "paper-by-asker", format!("barnahus question ask {interview} --at \"{at}\"")),
        row("paper-a-decision", "paper-by-leader", question("approve", "")),
        row("paper-a-refusal", "paper-by-leader", question("reject", &format!(" --reason {}", words.say("paper-code-word")))),
        row("paper-a-merge", "paper-by-leader", question("merge", &format!(" --into {interview}/{}", words.say("paper-number-word")))),
        row("paper-a-deferral", "paper-by-leader", question("defer", "")),
        row("paper-interrupted", "paper-by-interviewer", act("interrupt", &format!(" --reason {}", words.say("paper-code-word")))),
        row("label-break", "paper-by-interviewer", act("break", "")),
        row("paper-acknowledged", "paper-by-interviewer", act("acknowledge", "")),
        row("paper-went-on", "paper-by-interviewer", act("resume", "")),
        row("paper-a-fate", "paper-by-noter", question("fate", &format!(" {} --offset 0:48:30", words.say("paper-code-word")))),
        row("paper-closing-check", "paper-by-interviewer", act("closing", "")),
        row("label-signed-off", "paper-by-each", act("sign-off", "")),
        row("paper-end", "paper-by-interviewer", act("end", &format!(" --reason {}", words.say("paper-code-word")))),
        row("label-out", "paper-by-each", act("check-out", "")),
    ];
    let columns = [("label-what", false), ("paper-by", false), ("paper-command", false)];
    Block::table(words, words.say("paper-enter-in-order"), &columns, rows)
}

fn slip(interview: &str, number: u32, slips: u32, page: &Page<'_>) -> Block {
    let words = page.words;
    let said = |key: &str| Inline::from(words.say(key));
    let title = words.tell("paper-slip", &[("number", &number), ("slips", &slips), ("interview", &interview)]);
    let decisions = ["paper-approved", "paper-deferred"].map(|key| words.say(key));
    Block::Slip(vec![
        Block::Part(title.into()),
        Block::Line(
            said("paper-slip-role")
                .blank(22)
                .said(" ")
                .said(words.say("paper-slip-time"))
                .blank(8)
                .said(" ")
                .said(words.say("paper-slip-entered"))
                .blank(6),
        ),
        Block::Line(Inline::default().tick(words.say("paper-slip-urgent"))),
        Block::Line(said("paper-slip-question")),
        Block::Ruled(3),
        Block::Line(said("paper-slip-decision").blank(8)),
        Block::Line(Inline::default().ticks(decisions).tick(words.say("paper-merged")).blank(4)),
        Block::Line(Inline::default().tick(words.say("paper-rejected")).ticks(words_of::<RejectReason>(page))),
        Block::Line(said("paper-slip-break").blank(4).said(" ").said(words.say("paper-slip-order")).blank(4)),
        Block::Line(said("paper-slip-fate").ticks(words_of::<Fate>(page))),
        Block::Line(said("paper-slip-offset").blank(10)),
        Block::Line(said("paper-slip-not-asked").ticks(words_of::<NotAskedReason>(page))),
    ])
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::Observer;

    use super::*;
    use crate::{
        paper::{html, sample, text},
        text::Lang,
    };

    fn paper(interview: &Interview, slips: u32, lang: Lang) -> Paper {
        sheet(interview, slips, Words { lang }, &TimeZone::get("Europe/Stockholm").unwrap())
    }

    #[test]
    fn rule_l13_a_sheet_in_both_forms_and_languages() {
        for (name, lang) in [("sv", Lang::Sv), ("en", Lang::En)] {
            insta::assert_snapshot!(format!("sheet_{name}_text"), text(&paper(&sample::interview(), 2, lang)));
            insta::assert_snapshot!(format!("sheet_{name}_html"), html(&paper(&sample::interview(), 2, lang)));
        }
    }

    #[test]
    fn rule_c1_it_holds_alias_and_posts_and_no_person_and_as_many_slips_as_asked_for() {
        let mut interview = sample::interview();
        interview.observers.push(Observer { person: "houses/v/persons/p-canary".into(), ..Observer::default() });
        for slips in [0, 1, 60] {
            let page = html(&paper(&interview, slips, Lang::Sv));
            assert_eq!(page.matches("class=\"slip\"").count(), slips as usize);
            assert!(page.contains("VRM-2026-0142/1") && page.contains("welfare-kil-1"));
            assert!(!page.contains("p-of-") && !page.contains("p-canary"));
        }
    }

    #[test]
    fn every_reason_and_every_fate_can_be_ticked() {
        let words = Words { lang: Lang::Sv };
        let page = html(&paper(&sample::interview(), 1, Lang::Sv));
        let codes = all::<RejectReason>().map(|(_, code)| code.name()).chain(all::<Fate>().map(|(_, code)| code.name()));
        for code in codes.chain(all::<NotAskedReason>().map(|(_, code)| code.name())).chain(all::<EndReason>().map(|(_, code)| code.name()))
        {
            assert!(page.contains(&format!("<span class=\"box\"></span>{}", words.code(code))), "{code}");
        }
    }
}

//! The protocol of an interview on paper (rule L13): everything that the house told, each line with its place in the log.
//!
//! Who decided is a role and a post, never a person (rule A6). INVARIANT: no line of the contract's protocol is left out, an event that
//! this program does not know neither.

use barnahus_proto::v1::{
    GetProtocolResponse, InterviewKind, Protocol, ProtocolEvent as Event, ProtocolLine, ProtocolParticipant, ProtocolQuestion,
    QuestionState, Role,
};
use jiff::tz::TimeZone;

use super::{Block, Inline, Look, Paper};
use crate::{
    names::{last, short},
    output::{
        Page,
        protocol::{banned, booked, closed, deputy, detail, deviations, telling, time, untold},
    },
    text::Words,
    times,
};

/// As the house answered.
pub(crate) fn protocol(answer: &GetProtocolResponse, words: Words, zone: &TimeZone) -> Paper {
    let (none, page) = (Protocol::default(), Page::new(words, zone, false));
    let protocol = answer.protocol.as_ref().unwrap_or(&none);
    let interview = short(&protocol.interview);
    let read = answer.receipt.as_ref().map(|receipt| words.tell("paper-protocol-read", &[("log", &receipt.index)]));
    let mut blocks = vec![
        Block::Line(words.say(if protocol.whole { "paper-protocol-whole" } else { "paper-protocol-own" }).into()),
        Block::Line(words.tell("paper-protocol-how", &[("zone", &zone_name(zone, words))]).into()),
        Block::Line(read.unwrap_or_default().into()),
        Block::Facts(facts(protocol, &page)),
        Block::Section(words.say("say-participants")),
        participants(protocol, &page),
        Block::Section(words.say("say-breaks")),
        breaks(&protocol.lines, &page),
        Block::Section(words.say("say-events")),
        history(words.say("paper-in-order"), &protocol.lines, &page),
        Block::Section(words.say("say-questions")),
    ];
    if protocol.questions.is_empty() {
        blocks.push(Block::Line(words.say("say-none").into()));
    }
    blocks.extend(protocol.questions.iter().flat_map(|asked| question(asked, &page)));
    blocks.retain(|block| !matches!(block, Block::Line(line) if line.is_empty()));
    let title = words.tell("paper-protocol-title", &[("interview", &interview)]);
    Paper { lang: words.lang, title, interview, look: Look::Document, blocks }
}

/// What the times on a paper are in.
pub(super) fn zone_name(zone: &TimeZone, words: Words) -> String {
    zone.iana_name().map_or_else(|| words.say("paper-zone-unnamed"), str::to_owned)
}

/// What one looks for first.
fn facts(protocol: &Protocol, page: &Page<'_>) -> Vec<(String, Inline)> {
    let of = |event: Event| protocol.lines.iter().filter(move |line| line.event == event as i32);
    let moments = |event: Event| of(event).map(|line| moment(line, page)).collect::<Vec<_>>().join("; ");
    let ended = of(Event::Ended).map(|line| format!("{}: {}", moment(line, page), detail(line, page))).collect::<Vec<_>>().join("; ");
    let label = |key| page.words.say(key);
    vec![
        (label("label-kind"), page.code::<InterviewKind>(protocol.kind).into()),
        (label("label-police-reference"), protocol.police_reference.clone().into()),
        (label("label-leader"), short(&protocol.leader).into()),
        (label("label-booked"), booked(protocol, page).into()),
        (label("label-telling"), telling(protocol, page).into()),
        (label("label-decided-because"), Inline::default().quoted(&protocol.further_reason)),
        (label("label-recording"), protocol.recording_reference.clone().into()),
        (label("label-ban"), banned(protocol, page).into()),
        (label("label-ban-scope"), Inline::default().quoted(&protocol.disclosure_ban_scope)),
        (label("label-child-informed"), moments(Event::ChildInformed).into()),
        (label("label-started"), moments(Event::Started).into()),
        (label("label-ended"), ended.into()),
        (label("label-deviations"), deviations(protocol, page).into()),
        (label("label-deviation-reason"), Inline::default().quoted(&protocol.deviation_reason)),
        (label("label-protocol-closed"), closed(protocol, page).unwrap_or_default().into()),
    ]
}

fn participants(protocol: &Protocol, page: &Page<'_>) -> Block {
    let participants = &protocol.participants;
    let asked = protocol.questions.iter().flat_map(|asked| &asked.lines).filter(|line| line.event == Event::QuestionSubmitted as i32);
    let last_asked = asked.map(when).max();
    if participants.is_empty() {
        return Block::Line(page.words.say("say-none").into());
    }
    let row = |participant: &ProtocolParticipant| {
        let is_of = |line: &ProtocolLine, events: &[Event]| events.iter().any(|event| line.event == *event as i32);
        let cell = |events: &[Event]| {
            let lines = participant.lines.iter().filter(|line| is_of(line, events));
            Inline::from(lines.map(|line| moment(line, page)).collect::<Vec<_>>().join("; "))
        };
        // The interviewer comes and goes with the interview.
        let told: [&[Event]; 3] = [&[Event::CheckedIn, Event::Started], &[Event::CheckedOut, Event::Ended], &[Event::SignedOff]];
        let others = participant.lines.iter().filter(|line| !told.iter().any(|events| is_of(line, events)));
        let what = |line: &ProtocolLine| [page.code::<Event>(line.event), detail(line, page)].into_iter().filter(|part| !part.is_empty());
        let others = others.map(|line| format!("{} {}", what(line).collect::<Vec<_>>().join(": "), moment(line, page)));
        let [mut inside, mut out, mut signed_off] = told.map(cell);
        if let Some(untold) = untold(protocol, participant) {
            let cell = if inside.is_empty() { &mut inside } else { &mut out };
            let before = if cell.is_empty() { "" } else { "; " };
            *cell = std::mem::take(cell).said(format!("{before}{}", page.words.say(untold)));
        }
        let sign_off = participant.lines.iter().filter(|line| is_of(line, &[Event::SignedOff])).map(when).max();
        // A sign-off covers the questions known then (L11).
        if sign_off.is_some() && sign_off < last_asked {
            signed_off = signed_off.said(format!(" ({})", page.words.say("say-before-last-question")));
        }
        let who = of_whom(participant.role, &participant.post, page) + &deputy(participant.deputy, page);
        vec![who.into(), inside, out, signed_off, others.collect::<Vec<_>>().join("; ").into()]
    };
    let columns = ["label-who", "label-in", "label-out", "label-signed-off", "label-event"].map(|label| (label, false));
    Block::table(page.words, page.words.say("paper-in-and-out"), &columns, participants.iter().map(row).collect())
}

/// One row a break, from the lines that begin, fill and end it.
fn breaks(lines: &[ProtocolLine], page: &Page<'_>) -> Block {
    let mut rows: Vec<[Inline; 4]> = Vec::new();
    let mut lasts = false;
    for line in lines {
        let event = Event::try_from(line.event);
        match event {
            Ok(Event::BreakCalled) => {
                let number = page.words.tell("say-break-number", &[("number", &line.break_number)]);
                rows.push([number.into(), moment(line, page).into(), Inline::default(), Inline::default()]);
                lasts = true;
            }
            Ok(Event::Resumed | Event::Interrupted | Event::ClosingBegun | Event::Ended) => {
                let resumed = lasts && event == Ok(Event::Resumed);
                if let Some([.., end]) = rows.last_mut().filter(|_| resumed) {
                    *end = moment(line, page).into();
                }
                lasts = false;
            }
            Ok(Event::DeliveryAcknowledged) if line.break_number != 0 => {
                let row = usize::try_from(line.break_number - 1).ok().and_then(|at| rows.get_mut(at));
                if let Some([.., acknowledged, _]) = row {
                    let batch = page.words.tell("say-batch-number", &[("number", &line.batch_number)]);
                    let before = if acknowledged.is_empty() { "" } else { "; " };
                    *acknowledged = std::mem::take(acknowledged).said(format!("{before}{batch}: {}", moment(line, page)));
                }
            }
            _ => {}
        }
    }
    if rows.is_empty() {
        return Block::Line(page.words.say("say-none").into());
    }
    let columns = [("label-break", true), ("paper-began", false), ("paper-acknowledged", false), ("paper-went-on", false)];
    Block::table(page.words, page.words.say("paper-breaks-taken"), &columns, rows.into_iter().map(Vec::from).collect())
}

fn question(question: &ProtocolQuestion, page: &Page<'_>) -> Vec<Block> {
    let number = last(&question.name);
    let (asker, state) = (of_whom(question.role, &question.post, page), page.code::<QuestionState>(question.state));
    let title = page.words.tell("paper-question", &[("number", &number), ("who", &asker), ("state", &state)]);
    let title = page.urgent(question.urgent_protection) + &title;
    let caption = page.words.tell("paper-question-history", &[("number", &number)]);
    let wordings = wordings(question, page);
    let shown = (!wordings.is_empty()).then_some(Block::Numbered(wordings));
    [Block::Part(title.into())].into_iter().chain(shown).chain([history(caption, &question.lines, page)]).collect()
}

/// Every wording, the asker's first one first (rule L4).
fn wordings(question: &ProtocolQuestion, page: &Page<'_>) -> Vec<Inline> {
    let come = [Event::QuestionSubmitted, Event::QuestionCarried];
    let first = question.lines.iter().find(|line| come.iter().any(|event| line.event == *event as i32));
    let first = [(question.text.as_str(), question.role, &question.post, first)];
    let later = question.lines.iter().filter(|line| words_anew(line)).map(|line| (line.text.as_str(), line.role, &line.post, Some(line)));
    let shown = first.into_iter().chain(later).filter(|(text, ..)| !text.is_empty());
    let wording = |(text, role, post, line): (&str, i32, &String, Option<&ProtocolLine>)| {
        let moment = line.map(|line| format!(", {}", moment(line, page))).unwrap_or_default();
        Inline::default().quoted(text).said(format!(" – {}{moment}", of_whom(role, post, page)))
    };
    shown.map(wording).collect()
}

fn words_anew(line: &ProtocolLine) -> bool {
    line.event == Event::QuestionRevised as i32 || line.event == Event::QuestionReworded as i32
}

/// Lines in their order.
fn history(caption: String, lines: &[ProtocolLine], page: &Page<'_>) -> Block {
    if lines.is_empty() {
        return Block::Line(page.words.say("say-none").into());
    }
    let mut wording = 1;
    let row = |line: &ProtocolLine| {
        let mut told = Inline::from(detail(line, page));
        if words_anew(line) {
            wording += 1;
            told = told.said(page.words.tell("paper-wording", &[("number", &wording)]));
        } else {
            told = told.quoted(&line.text);
        }
        let who = of_whom(line.role, &line.post, page) + &deputy(line.deputy, page);
        let event = page.code::<Event>(line.event);
        vec![time(line, page).into(), event.into(), told.quoted(&line.objection), who.into(), line.record_index.to_string().into()]
    };
    let columns = [("label-time", false), ("label-event", false), ("label-detail", false), ("label-who", false), ("label-log", true)];
    let rows = lines.iter().map(row).collect();
    Block::table(page.words, caption, &columns, rows)
}

/// When it happened, in the order of the log.
fn when(line: &ProtocolLine) -> (Option<jiff::Timestamp>, u64) {
    (line.happened_at.or(line.recorded_at).and_then(times::instant), line.record_index)
}

/// When, and where in the log.
fn moment(line: &ProtocolLine, page: &Page<'_>) -> String {
    format!("{} [{}]", time(line, page), line.record_index)
}

pub(super) fn of_whom(role: i32, post: &str, page: &Page<'_>) -> String {
    match (page.code::<Role>(role), short(post)) {
        (role, post) if post.is_empty() => role,
        (role, post) if role.is_empty() => post,
        (role, post) => format!("{role} ({post})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        args::code::all,
        paper::{html, sample, text},
        text::Lang,
    };

    fn paper(lang: Lang) -> Paper {
        protocol(&sample::answer(), Words { lang }, &TimeZone::get("Europe/Stockholm").unwrap())
    }

    #[test]
    fn rule_l13_a_protocol_on_paper_in_both_forms_and_languages() {
        for (name, lang) in [("sv", Lang::Sv), ("en", Lang::En)] {
            insta::assert_snapshot!(format!("protocol_{name}_text"), text(&paper(lang)));
            insta::assert_snapshot!(format!("protocol_{name}_html"), html(&paper(lang)));
        }
    }

    #[test]
    fn rule_l11_a_sign_off_before_the_last_question_says_so() {
        let mut answer = sample::answer();
        let of = |answer: &GetProtocolResponse| html(&protocol(answer, Words { lang: Lang::Sv }, &TimeZone::UTC));
        assert!(!of(&answer).contains("före den sista"), "in the sample nobody asked after it");
        let asked = answer.protocol.iter_mut().flat_map(|protocol| &mut protocol.questions).flat_map(|asked| &mut asked.lines);
        asked.filter(|line| line.event == Event::QuestionSubmitted as i32).for_each(|line| line.happened_at = sample::at("10:54"));
        assert!(of(&answer).contains("före den sista"));
    }

    #[test]
    fn rule_l13_every_line_stands_on_it_with_its_event_its_place_in_the_log_and_who() {
        let protocol = sample::answer().protocol.unwrap();
        let lines = protocol.lines.iter().chain(protocol.participants.iter().flat_map(|participant| &participant.lines));
        let lines: Vec<_> = lines.chain(protocol.questions.iter().flat_map(|question| &question.lines)).collect();
        for (code, event) in all::<Event>() {
            assert!(lines.iter().any(|line| line.event == event as i32), "the sample has no {code}");
        }
        let words = Words { lang: Lang::Sv };
        let told = |html: &str, line: &ProtocolLine| {
            let index = line.record_index.to_string();
            html.contains(&format!("[{index}]")) || html.contains(&format!(">{index}</td>"))
        };
        let html = html(&paper(Lang::Sv));
        for line in lines {
            assert!(told(&html, line) && html.contains(&short(&line.post)), "{}", line.record_index);
        }
        let of_participants = [Event::CheckedIn, Event::CheckedOut, Event::SignedOff, Event::Absent, Event::Admitted, Event::Removed]
            .map(|event| event as i32);
        for (_, event) in all::<Event>().filter(|(_, event)| !of_participants.contains(&(*event as i32))) {
            assert!(html.contains(&format!(">{}<", words.code(event.as_str_name()))), "{}", event.as_str_name());
        }
        assert!(html.contains("1:15:10") && !html.contains("persons/"), "an offset in hours, and nobody's name");
    }

    #[test]
    fn an_extract_without_texts_is_a_paper_too() {
        let mut answer = sample::answer();
        let protocol = answer.protocol.as_mut().unwrap();
        (protocol.whole, protocol.lines, protocol.participants) = (false, Vec::new(), Vec::new());
        protocol.questions.retain(|question| question.text.is_empty());
        let text = text(&super::protocol(&answer, Words { lang: Lang::En }, &TimeZone::UTC));
        assert!(text.contains("An extract") && text.contains("UTC") && text.contains("withdrawn"), "{text}");
    }
}

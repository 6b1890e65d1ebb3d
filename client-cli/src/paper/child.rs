//! Who is listening, in words for a child: by what each is there for, never by name, post or title (rules B6, L1).
//!
//! The interviewer reads it aloud or shows it; that she did, she records with `interview child-informed`. INVARIANT: everyone who may hear
//! the child is counted on it, a role that this program does not know too; the interviewer, who speaks in it, is not.

use std::collections::BTreeMap;

use barnahus_proto::v1::{Interview, Observer, Role};

use super::{Block, Look, Paper};
use crate::{names::short, text::Words};

/// What somebody is there for, the child's own first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    Represents,
    Counsels,
    HelpsAfterwards,
    Comforts,
    Heals,
    Leads,
    StandsIn,
    Investigates,
    Defends,
    Interprets,
    Hosts,
    Other,
}

/// For one interview, as it stands: before the start those who were admitted, after it those who are there.
pub(crate) fn child(interview: &Interview, words: Words) -> Paper {
    let mut tasks = BTreeMap::<Task, usize>::new();
    for seat in interview.observers.iter().filter(|seat| listens(interview, seat)) {
        *tasks.entry(task(seat.role)).or_default() += 1;
    }
    // One decides; whoever else leads is a deputy.
    if let Some(leads) = tasks.get_mut(&Task::Leads).filter(|leads| **leads > 1) {
        let deputies = std::mem::replace(leads, 1) - 1;
        tasks.insert(Task::StandsIn, deputies);
    }
    let line = |key| Block::Line(words.say(key).into());
    let section = |key| Block::Section(words.say(key));
    let mut blocks = vec![line("paper-child-we-talk"), section("paper-child-listening")];
    if tasks.is_empty() {
        blocks.push(line("paper-child-nobody"));
    } else {
        blocks.push(line("paper-child-another-room"));
        blocks.push(Block::Items(tasks.into_iter().map(|(task, count)| told(task, count, words).into()).collect()));
        blocks.push(line("paper-child-their-questions"));
    }
    blocks.extend([line("paper-child-more-come"), section("paper-child-recorded"), line("paper-child-why-recorded")]);
    blocks.extend([section("paper-child-you"), line("paper-child-you-may")]);
    Paper { lang: words.lang, title: words.say("paper-child-title"), interview: short(&interview.name), look: Look::Large, blocks }
}

fn listens(interview: &Interview, seat: &Observer) -> bool {
    let there = seat.checked_in_at.is_some() && seat.checked_out_at.is_none();
    seat.role != Role::ChildInterviewer as i32 && (there || interview.started_at.is_none())
}

fn task(role: i32) -> Task {
    match Role::try_from(role) {
        Ok(Role::SpecialRepresentative) => Task::Represents,
        Ok(Role::InjuredPartyCounsel) => Task::Counsels,
        Ok(Role::ChildWelfareOfficer) => Task::HelpsAfterwards,
        Ok(Role::ChildPsychiatry | Role::Counsellor) => Task::Comforts,
        Ok(Role::Paediatrician) => Task::Heals,
        Ok(Role::InvestigationLeader) => Task::Leads,
        Ok(Role::PoliceInvestigator) => Task::Investigates,
        Ok(Role::DefenceCounsel) => Task::Defends,
        Ok(Role::Interpreter) => Task::Interprets,
        Ok(Role::Coordinator) => Task::Hosts,
        Ok(Role::ChildInterviewer | Role::Auditor | Role::Administrator | Role::Unspecified) | Err(_) => Task::Other,
    }
}

fn told(task: Task, count: usize, words: Words) -> String {
    let key = match task {
        Task::Represents => "paper-task-represents",
        Task::Counsels => "paper-task-counsels",
        Task::HelpsAfterwards => "paper-task-helps-afterwards",
        Task::Comforts => "paper-task-comforts",
        Task::Heals => "paper-task-heals",
        Task::Leads => "paper-task-leads",
        Task::StandsIn => "paper-task-stands-in",
        Task::Investigates => "paper-task-investigates",
        Task::Defends => "paper-task-defends",
        Task::Interprets => "paper-task-interprets",
        Task::Hosts => "paper-task-hosts",
        Task::Other => "paper-task-other",
    };
    let number = if count == 1 { "one" } else { "many" };
    words.tell(key, &[("number", &number), ("count", &count)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        args::code::all,
        paper::{html, sample, text},
        text::Lang,
    };

    const BOTH: [(&str, Lang); 2] = [("sv", Lang::Sv), ("en", Lang::En)];

    #[test]
    fn a_page_for_the_child_in_both_forms_and_languages() {
        for (name, lang) in BOTH {
            insta::assert_snapshot!(format!("child_{name}_text"), text(&child(&sample::interview(), Words { lang })));
            insta::assert_snapshot!(format!("child_{name}_html"), html(&child(&sample::interview(), Words { lang })));
        }
    }

    #[test]
    fn rule_b6_the_child_hears_of_tasks_of_all_who_are_there_and_of_no_name_post_or_title() {
        for (_, lang) in BOTH {
            let words = Words { lang };
            let page = text(&child(&sample::interview(), words)).to_lowercase();
            for seat in sample::interview().observers {
                let role = words.code(Role::try_from(seat.role).unwrap().as_str_name());
                for told in [short(&seat.person), short(&seat.post), role] {
                    assert!(!page.contains(&told), "{told}: {page}");
                }
            }
            assert!(page.contains("•  2 "), "the two of child welfare are one line: {page}");
        }
    }

    #[test]
    fn before_the_start_those_count_who_are_admitted_and_after_it_those_who_are_there() {
        let defends = told(Task::Defends, 1, Words { lang: Lang::Sv });
        let has = |interview: &Interview| html(&child(interview, Words { lang: Lang::Sv })).contains(&defends);
        let mut interview = sample::interview();
        assert!(!has(&interview), "the defence has left");
        interview.started_at = None;
        assert!(has(&interview));
        (interview.started_at, interview.observers) = (sample::at("09:50"), Vec::new());
        assert!(text(&child(&interview, Words { lang: Lang::Sv })).contains("ingen annan"));
    }

    #[test]
    fn a_deputy_beside_the_leader_is_counted_and_is_no_second_one_who_decides() {
        let mut interview = sample::interview();
        let leader = interview.observers.iter().find(|seat| seat.role == Role::InvestigationLeader as i32).unwrap().clone();
        interview.observers.push(Observer { post: "houses/v/posts/prosecutor-2".into(), ..leader });
        for (_, lang) in BOTH {
            let (words, page) = (Words { lang }, child(&interview, Words { lang }));
            for task in [Task::Leads, Task::StandsIn] {
                assert!(html(&page).contains(&told(task, 1, words)), "{}", told(task, 1, words));
            }
            for count in [1, 2] {
                assert!(!told(Task::StandsIn, count, words).starts_with("paper-"));
            }
        }
    }

    #[test]
    fn every_role_has_its_words_and_one_that_is_new_is_still_an_adult_who_listens() {
        for (_, lang) in BOTH {
            let words = Words { lang };
            let roles = all::<Role>().map(|(_, role)| role as i32).chain([9_999]).collect::<Vec<_>>();
            for count in [1, 2] {
                for role in &roles {
                    let told = told(task(*role), count, words);
                    assert!(!told.starts_with("paper-") && (count == 1 || told.starts_with("2 ")), "{told}");
                }
            }
        }
    }
}

//! What a question looks like to a person.

use barnahus_proto::v1::{
    Hint, ListQuestionsResponse, NotAskedReason, Question, QuestionState, RejectReason, ReviseQuestionResponse, Role, RoleCount,
    SubmitQuestionResponse,
};

use super::page::{Page, Row, Shown};
use crate::{
    names::{last, short},
    times,
};

impl Shown for Question {
    fn show(&self, page: &mut Page<'_>) {
        page.title(&format!("{}  {}", short(&self.name), stands(self, page)));
        let count = |number: u32| if number == 0 { String::new() } else { number.to_string() };
        page.fields(
            0,
            &[
                ("label-text", self.text.clone()),
                ("label-role", page.code::<Role>(self.role)),
                ("label-post", short(&self.post)),
                ("label-urgent", page.yes(self.urgent_protection)),
                ("label-not-urgent", self.urgency_unmarked_reason.clone()),
                ("label-acted-on", page.time(self.acted_on_at)),
                ("label-rank", count(self.rank)),
                ("label-submitted", page.time(self.submitted_at)),
                ("label-carried-from", short(&self.carried_from)),
                ("label-break", count(self.break_number)),
                ("label-reason", reason(self, page)),
                ("label-merged-into", short(&self.merged_into)),
                ("label-offset", self.offset.map(times::offset).unwrap_or_default()),
                ("label-objected", page.yes(self.objected)),
                ("label-objection", self.objection.clone()),
                ("label-etag", page.only_verbose(&self.etag)),
            ],
        );
        for wording in &self.wordings {
            let (time, role) = (page.time(wording.worded_at), page.code::<Role>(wording.role));
            page.indented(2, &page.words.tell("say-wording", &[("time", &time), ("role", &role), ("text", &wording.text)]));
        }
    }
}

impl Shown for SubmitQuestionResponse {
    fn show(&self, page: &mut Page<'_>) {
        self.question.show(page);
        show_hints(&self.hints, page);
    }
}

impl Shown for ReviseQuestionResponse {
    fn show(&self, page: &mut Page<'_>) {
        self.question.show(page);
        show_hints(&self.hints, page);
    }
}

fn show_hints(hints: &[i32], page: &mut Page<'_>) {
    for hint in hints {
        let hint = page.code::<Hint>(*hint);
        page.line(&page.words.tell("say-hint", &[("hint", &hint)]));
    }
}

impl Shown for ListQuestionsResponse {
    fn show(&self, page: &mut Page<'_>) {
        self.questions.show(page);
        if !self.counts.is_empty() {
            page.section("say-counts");
            page.rows(2, &self.counts);
        }
    }
}

impl Row for Question {
    const HEAD: &'static [&'static str] = &["label-number", "label-state", "label-reason", "label-urgent", "label-post", "label-text"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![
            last(&self.name).to_owned(),
            stands(self, page),
            reason(self, page),
            page.yes(self.urgent_protection),
            if self.post.is_empty() { page.code::<Role>(self.role) } else { short(&self.post) },
            self.text.clone(),
        ]
    }
}

impl Row for RoleCount {
    const HEAD: &'static [&'static str] = &["label-role", "label-waiting", "label-total"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![page.code::<Role>(self.role), self.waiting.to_string(), self.total.to_string()]
    }
}

/// A question as it is handed to the interviewer: its place, its number, its urgency, its text.
pub(super) fn ordered(place: usize, question: &Question, page: &Page<'_>) -> String {
    let urgent = page.urgent(question.urgent_protection);
    format!("{place}) {} {urgent}{}", last(&question.name), question.text)
}

/// Where it stands; of a merged one also where its target does.
pub(crate) fn stands(question: &Question, page: &Page<'_>) -> String {
    let (state, target) = (page.code::<QuestionState>(question.state), page.code::<QuestionState>(question.target_state));
    if target.is_empty() { state } else { format!("{state}: {target}") }
}

/// Why it was rejected, or not asked.
pub(crate) fn reason(question: &Question, page: &Page<'_>) -> String {
    let rejected = page.code::<RejectReason>(question.reject_reason);
    if rejected.is_empty() { page.code::<NotAskedReason>(question.not_asked_reason) } else { rejected }
}

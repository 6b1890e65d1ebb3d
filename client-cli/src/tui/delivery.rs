//! What lies before the interviewer: what was delivered, what of it is acknowledged, and what has no fate yet. Pure.

use barnahus_proto::v1::{Batch, Break, Question, QuestionState};

use super::state::Room;
use crate::times;

impl Room {
    /// The break that lasts.
    pub(crate) fn lasting(&self) -> Option<&Break> {
        let newest = self.interview.as_ref()?.breaks.last();
        newest.filter(|lasting| lasting.resumed_at.is_none() && !self.ended())
    }

    /// What the interviewer has not acknowledged, as (break, batch) with break 0 for a note, the oldest first.
    pub(crate) fn unacknowledged(&self) -> Vec<(u32, u32)> {
        let unread = |(_, batch): &(u32, &Batch)| batch.acknowledged_at.is_none();
        self.deliveries().into_iter().filter(unread).map(|(lasting, batch)| (lasting, batch.number)).collect()
    }

    /// The note that lies before the interviewer outside a break.
    pub(crate) fn note(&self) -> Option<&Question> {
        let unread = self.interview.as_ref()?.notes.iter().rfind(|note| note.acknowledged_at.is_none())?;
        self.question(unread.questions.first()?)
    }

    /// Everything that was delivered, in the order of its delivery.
    pub(crate) fn delivered(&self) -> Vec<&Question> {
        self.deliveries().into_iter().flat_map(|(_, batch)| &batch.questions).filter_map(|name| self.question(name)).collect()
    }

    /// What was delivered before the break that lasts and has no fate yet, with the break it came in, 0 for a note.
    pub(crate) fn left_over(&self) -> Vec<(u32, &Question)> {
        let newest = self.lasting().map(|lasting| lasting.number);
        let earlier = self.deliveries().into_iter().filter(|(number, _)| Some(*number) != newest);
        let questions = earlier.flat_map(|(number, batch)| batch.questions.iter().map(move |name| (number, name)));
        let found = questions.filter_map(|(number, name)| Some((number, self.question(name)?)));
        found.filter(|(_, question)| question.state() == QuestionState::Delivered).collect()
    }

    /// How many questions lie before the interviewer in the break that lasts, with what was left over.
    pub(crate) fn in_the_break(&self) -> usize {
        let batches = self.lasting().map(|lasting| lasting.batches.as_slice()).unwrap_or_default();
        batches.iter().map(|batch| batch.questions.len()).sum::<usize>() + self.lasting().map_or(0, |_| self.left_over().len())
    }

    /// The break in which a question was delivered, and the place that it had there.
    pub(crate) fn place(&self, question: &Question) -> Option<(u32, usize)> {
        self.interview.iter().flat_map(|interview| &interview.breaks).find_map(|lasting| {
            let mut delivered = lasting.batches.iter().flat_map(|batch| &batch.questions);
            Some((lasting.number, delivered.position(|name| *name == question.name)? + 1))
        })
    }

    /// Notes and batches in the order of their delivery.
    fn deliveries(&self) -> Vec<(u32, &Batch)> {
        let Some(interview) = &self.interview else { return Vec::new() };
        let notes = interview.notes.iter().map(|note| (0, note));
        let batches = interview.breaks.iter().flat_map(|lasting| lasting.batches.iter().map(move |batch| (lasting.number, batch)));
        let mut all: Vec<_> = notes.chain(batches).collect();
        all.sort_by_key(|(_, batch)| batch.delivered_at.and_then(times::instant));
        all
    }
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{Interview, InterviewState, Role};

    use super::*;
    use crate::tui::scene::{NOW, ago, interview, name, question, room};

    #[test]
    fn what_was_delivered_stands_in_the_order_of_its_delivery_notes_too_and_what_has_no_fate_is_left_over() {
        let batch = |number, questions: &[u32], minutes| Batch {
            number,
            questions: questions.iter().map(|number| name(*number)).collect(),
            delivered_at: ago(minutes),
            acknowledged_at: ago(minutes),
        };
        let of = |number, batches| Break { number, batches, ..Break::default() };
        let paused = Interview {
            breaks: vec![of(1, vec![batch(1, &[3, 1], 20)]), of(2, vec![])],
            notes: vec![batch(1, &[2], 10)],
            ..interview(InterviewState::Break)
        };
        let question = |number, state| question(number, Role::Counsellor, state);
        let questions =
            vec![question(1, QuestionState::Delivered), question(2, QuestionState::Delivered), question(3, QuestionState::Asked)];
        let mut heard = Room::default();
        heard.hear(&room(paused, questions), NOW);
        let names = |questions: Vec<&Question>| questions.into_iter().map(|question| question.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(heard.delivered()), [name(3), name(1), name(2)]);
        let left: Vec<_> = heard.left_over().into_iter().map(|(number, question)| (number, question.name.clone())).collect();
        assert_eq!(left, [(1, name(1)), (0, name(2))]);
    }
}

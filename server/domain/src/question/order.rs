//! The order of questions (L7): one for all who look, and the same after every restart.

use super::{Question, RANK_MAX};
use crate::house::House;

/// Sorts questions in the order L7: protection-urgent first, then the leader's rank, then role rank, then arrival. Total, and the same for
/// all; what the leader did not rank comes after what was ranked.
pub fn sort_by_order(house: &House, questions: &mut [&Question]) {
    let rank = |question: &Question| question.rank.unwrap_or(RANK_MAX + 1);
    questions.sort_by_key(|question| (!question.urgent, rank(question), house.role_rank(question.role), question.number));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Target,
        question::Command,
        sample_house::{Point, SampleHouse, text},
    };

    #[test]
    fn questions_stand_in_one_order_for_all_urgent_then_rank_then_arrival_l7() {
        let mut day = SampleHouse::at(Point::Live);
        for (by, urgent) in [
            ("paediatrician-1", false),
            ("welfare-kil-1", false),
            ("investigator-1", false),
            ("paediatrician-1", true),
            ("welfare-kil-1", false),
            ("prosecutor-1", false),
            ("welfare-kil-1", true),
        ] {
            let submit = crate::Command::Question(Command::Submit { text: text("Vad hände?"), urgent });
            day.act(by, Target::Interview(day.alias.clone(), 1), &submit).expect("submitted");
        }
        let mut questions: Vec<&Question> = day.interview().questions().iter().collect();
        sort_by_order(&day.house, &mut questions);
        assert_eq!(questions.iter().map(|question| question.number).collect::<Vec<_>>(), [7, 4, 6, 3, 2, 5, 1]);
        questions.reverse();
        sort_by_order(&day.house, &mut questions);
        assert_eq!(questions.iter().map(|question| question.number).collect::<Vec<_>>(), [7, 4, 6, 3, 2, 5, 1], "whatever came before");
    }
}

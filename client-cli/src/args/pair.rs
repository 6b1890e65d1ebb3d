//! Arguments of two parts: `welfare-kil-1=ILLNESS`, `CHILD_INTERVIEWER=interviewer-1`, `3=ANSWERED@48:30`.

use std::str::FromStr;

use barnahus_proto::v1::{Fate, NotAskedReason, Role};

use super::code::Coded;
use crate::{
    malformed::Malformed,
    names::{Name, Post, Question},
    times::{Due, Offset},
};

/// `LEFT=RIGHT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair<L, R>(pub(crate) L, pub(crate) R);

impl<L: FromStr<Err = Malformed>, R: FromStr<Err = Malformed>> FromStr for Pair<L, R> {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        let (left, right) = input.split_once('=').ok_or_else(|| Malformed::new("usage-pair", input))?;
        Ok(Self(left.parse()?, right.parse()?))
    }
}

/// What was typed, understood or not: for the end of an interview, which no slip of the hand may hold up (rule L11).
#[derive(Clone, Debug)]
pub(crate) struct Forgiven<T> {
    /// As it was typed.
    pub(crate) typed: String,
    /// What it means.
    pub(crate) meant: Option<T>,
}

impl<T: FromStr<Err = Malformed>> FromStr for Forgiven<T> {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        Ok(Self { typed: input.to_owned(), meant: input.parse().ok() })
    }
}

/// `ROLE` or `ROLE=POST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NeedArg {
    /// The role that is needed.
    pub(crate) role: Role,
    /// A certain post.
    pub(crate) post: Option<Name<Post>>,
}

impl FromStr for NeedArg {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        let (role, post) = input.split_once('=').map_or((input, None), |(role, post)| (role, Some(post)));
        Ok(Self { role: role.parse::<Coded<Role>>()?.0, post: post.map(str::parse).transpose()? })
    }
}

/// `POST` or `POST=TEXT`. PRIVACY: no Debug of the text.
#[derive(Clone)]
pub(crate) struct WaiverArg {
    /// The post to do without.
    pub(crate) post: Name<Post>,
    /// Why; to be read from standard input where it is absent or `-`.
    pub(crate) reason: Option<String>,
}

impl FromStr for WaiverArg {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        let (post, reason) = input.split_once('=').map_or((input, None), |(post, reason)| (post, Some(reason)));
        Ok(Self { post: post.parse()?, reason: reason.filter(|reason| *reason != "-").map(str::to_owned) })
    }
}

/// A question of an interview that is known from elsewhere: `7`, or a whole name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum QuestionArg {
    /// Its number.
    Number(u32),
    /// Its name.
    Named(Name<Question>),
}

impl QuestionArg {
    /// The contract's full name of it, by the full name of its interview.
    pub(crate) fn full(&self, house: &str, interview: &str) -> String {
        match self {
            Self::Number(number) => format!("{interview}/questions/{number}"),
            Self::Named(name) => name.full(house),
        }
    }
}

impl FromStr for QuestionArg {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        if input.contains('/') {
            return input.parse().map(Self::Named);
        }
        input.parse().map(Self::Number).map_err(|_| Malformed::new("usage-question", input))
    }
}

/// `QUESTION=FATE`, with `@OFFSET` where it was asked, `:CODE` where it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Correction {
    /// Which question.
    pub(crate) question: QuestionArg,
    /// What became of it.
    pub(crate) fate: Fate,
    /// When it was asked.
    pub(crate) offset: Option<Offset>,
    /// Why it was not.
    pub(crate) reason: Option<NotAskedReason>,
}

impl FromStr for Correction {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        let (question, rest) = input.split_once('=').ok_or_else(|| Malformed::new("usage-pair", input))?;
        let (rest, offset) = rest.split_once('@').map_or((rest, None), |(rest, offset)| (rest, Some(offset)));
        let (fate, reason) = rest.split_once(':').map_or((rest, None), |(fate, reason)| (fate, Some(reason)));
        Ok(Self {
            question: question.parse()?,
            fate: fate.parse::<Coded<Fate>>()?.0,
            offset: offset.map(str::parse).transpose()?,
            reason: reason.map(str::parse::<Coded<NotAskedReason>>).transpose()?.map(|code| code.0),
        })
    }
}

/// `OWNER DUE WHAT`. PRIVACY: no Debug of the text.
#[derive(Clone)]
pub(crate) struct ActionArg {
    /// The post that owns it.
    pub(crate) owner: Name<Post>,
    /// When it is due.
    pub(crate) due: Due,
    /// What is to be done.
    pub(crate) what: String,
}

impl FromStr for ActionArg {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        // PRIVACY: the error names the form, not the text.
        let malformed = || Malformed::new("usage-action", "");
        let (owner, rest) = input.trim().split_once(' ').ok_or_else(malformed)?;
        let (due, what) = rest.trim_start().split_once(' ').ok_or_else(malformed)?;
        let (owner, due) = (owner.parse().map_err(|_| malformed())?, due.parse().map_err(|_| malformed())?);
        Ok(Self { owner, due, what: what.trim().to_owned() })
    }
}

/// The interview that a question belongs to, by the question's full name.
pub(crate) fn interview_of(question: &str) -> &str {
    question.split_once("/questions/").map_or(question, |(interview, _)| interview)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_a_role_and_perhaps_a_post() {
        let need: NeedArg = "child-interviewer=interviewer-1".parse().unwrap();
        assert_eq!((need.role, need.post.unwrap().to_string()), (Role::ChildInterviewer, "interviewer-1".to_owned()));
        assert_eq!("PAEDIATRICIAN".parse::<NeedArg>().unwrap().post, None);
        assert!("JUDGE".parse::<NeedArg>().is_err() && "PAEDIATRICIAN=".parse::<NeedArg>().is_err());
    }

    #[test]
    fn a_correction_says_the_offset_of_what_was_asked_and_the_reason_of_what_was_not() {
        let asked: Correction = "3=ANSWERED@48:30".parse().unwrap();
        assert_eq!((asked.question, asked.offset, asked.reason), (QuestionArg::Number(3), Some(Offset(2910)), None));
        let unasked: Correction = "VRM-2026-0142/1/4=not-asked:CHILD_TIRED".parse().unwrap();
        assert_eq!((unasked.fate, unasked.reason, unasked.offset), (Fate::NotAsked, Some(NotAskedReason::ChildTired), None));
        for wrong in ["3", "3=", "x=ASKED", "3=ASKED@", "3=NOT_ASKED:", "3=NOT_ASKED:BORED"] {
            assert!(wrong.parse::<Correction>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_a_question_of_the_interview_at_hand() {
        let interview = "houses/v/cases/A/interviews/1";
        let question = "7".parse::<QuestionArg>().unwrap().full("houses/v", interview);
        assert_eq!(question, "houses/v/cases/A/interviews/1/questions/7");
        assert_eq!(interview_of(&question), interview);
    }

    #[test]
    fn an_action_is_owner_due_and_what_and_its_text_is_in_no_error() {
        let action: ActionArg = "prosecutor-1 2026-11-16  apply for special representative".parse().unwrap();
        assert_eq!((action.owner.to_string().as_str(), action.what.as_str()), ("prosecutor-1", "apply for special representative"));
        for wrong in ["canary", "canary 2026-11-16", "prosecutor-1 canary"] {
            let told = wrong.parse::<ActionArg>().err().unwrap().to_string();
            assert!(!told.contains("canary") || wrong.starts_with("prosecutor-1"), "{told}");
        }
    }
}

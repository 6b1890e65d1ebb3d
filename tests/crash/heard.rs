//! What one listener heard, and whether it is what the house owed them: the proof of the crowd's invariants.
//!
//! Compares what came over the streams with what was acknowledged to the askers; the log is held against both elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{Question, RoleCount, RoomSnapshot};
use barnahus_tests::harness::Answer as _;

use crate::{
    kept::{Kept, Seen},
    place::{LEADER, Person},
};

/// The house's default role ranks (L7), by post.
const RANKS: [(&str, u8); 6] =
    [(LEADER, 1), ("investigator-1", 2), ("welfare-kil-1", 4), ("paediatrician-1", 5), ("counsellor-1", 5), ("child-psychiatry-1", 5)];
/// Who reads every question (Roles).
const READ_ALL: [&str; 2] = [LEADER, "investigator-1"];

/// One message of a stream.
pub(crate) struct Came {
    /// The log index that it gives: everything up to there has come.
    pub(crate) index: u64,
    pub(crate) questions: Vec<Question>,
    pub(crate) counts: Option<Vec<RoleCount>>,
}

/// One stream.
pub(crate) struct Stream {
    /// The log index that its token stood for; absent without a token.
    pub(crate) since: Option<u64>,
    pub(crate) came: Vec<Came>,
}

/// All streams of one listener, in their order.
pub(crate) struct Heard {
    pub(crate) person: Person,
    pub(crate) streams: Vec<Stream>,
}

/// What was asked, as the askers were told.
pub(crate) struct Truth<'a> {
    /// Name, asker and text of each question, by the index of its record.
    asked: BTreeMap<u64, (&'a str, &'a Person, &'a str)>,
    /// The place of each name in the order L7.
    places: BTreeMap<&'a str, usize>,
}

fn rank(post: &str) -> u8 {
    RANKS.iter().find(|(ranked, _)| *ranked == post).map_or(u8::MAX, |(_, rank)| *rank)
}

impl<'a> Truth<'a> {
    pub(crate) fn of(kept: &'a Kept) -> Result<Self> {
        let (mut asked, mut order) = (BTreeMap::new(), Vec::new());
        for one in &kept.asked {
            let (index, name) = (one.answer.index(), one.answer.question.as_ref().context("no question in the answer")?.name.as_str());
            asked.insert(index, (name, &one.person, one.request.text.as_str()));
            order.push((!one.request.urgent_protection, rank(one.person.post), index, name));
        }
        order.sort_unstable();
        let places = order.into_iter().enumerate().map(|(place, (.., name))| (name, place)).collect();
        Ok(Self { asked, places })
    }

    /// How many questions stand up to this index.
    fn asked_until(&self, index: u64) -> usize {
        self.asked.range(..=index).count()
    }

    /// Which questions this person may read: the index of the record and the text of each, by name.
    fn due(&self, person: &Person) -> BTreeMap<&'a str, (u64, &'a str)> {
        let may = |asker: &Person| READ_ALL.contains(&person.post) || asker.pseudonym == person.pseudonym;
        let due = self.asked.iter().filter(|(_, (_, asker, _))| may(asker));
        due.map(|(index, (name, _, text))| (*name, (*index, *text))).collect()
    }

    /// What is shown at once stands in the one order.
    fn is_in_order(&self, questions: &[Question]) -> Result<()> {
        let places: Option<Vec<_>> = questions.iter().map(|question| self.places.get(question.name.as_str())).collect();
        ensure!(places.context("a question that nobody asked")?.is_sorted_by(|one, next| one < next), "a snapshot is not in the order L7");
        Ok(())
    }
}

/// What one listener has had so far.
struct Account<'a> {
    truth: &'a Truth<'a>,
    due: BTreeMap<&'a str, (u64, &'a str)>,
    /// The records of what did not come yet.
    missing: BTreeSet<u64>,
    /// The index of the newest message that brought a question in a version.
    had: BTreeMap<(&'a str, &'a str), u64>,
}

impl<'a> Account<'a> {
    /// One more stream is as it should be.
    fn stream(&mut self, Stream { since, came }: &'a Stream) -> Result<()> {
        let (mut newest, mut here) = (None, BTreeSet::new());
        for Came { index, questions, counts } in came {
            ensure!(since.is_none_or(|since| *index > since), "message {index} comes after a token for {since:?}");
            if let Some(newest) = newest.filter(|newest| newest != index) {
                ensure!(*index > newest, "a stream goes back from {newest} to {index}");
                self.is_complete_until(newest)?;
            }
            for question in questions {
                ensure!(here.insert((&question.name, &question.etag)), "`{}` comes twice in one stream", question.name);
                self.question(question, *index, *since)?;
            }
            if newest.is_none() {
                self.truth.is_in_order(questions)?;
                self.is_complete_until(*index)?;
            }
            if let Some(counts) = counts {
                let (told, asked) = (counts.iter().map(|count| count.total).sum::<u32>(), self.truth.asked_until(*index));
                ensure!(usize::try_from(told)? == asked, "by {index} there were {asked} and they are told of {told}");
            }
            newest = Some(*index);
        }
        Ok(())
    }

    /// A question is for them, says what was asked, and is new to a stream with this token.
    fn question(&mut self, Question { name, etag, text, .. }: &'a Question, index: u64, since: Option<u64>) -> Result<()> {
        let (record, asked) = self.due.get(name.as_str()).with_context(|| format!("`{name}` is not for them"))?;
        ensure!(asked == text, "`{name}` comes with another text");
        let before = self.had.insert((name, etag), index);
        ensure!(before.is_none_or(|before| Some(before) > since), "`{name}` came by {before:?}, and again after a token for {since:?}");
        self.missing.remove(record);
        Ok(())
    }

    /// Everything for them up to this index has come.
    fn is_complete_until(&self, index: u64) -> Result<()> {
        let first = self.missing.first();
        ensure!(first.is_none_or(|first| *first > index), "{first:?} had not come by {index}");
        Ok(())
    }
}

impl Heard {
    /// Nothing is lost, left out, repeated, out of order, or for somebody else.
    pub(crate) fn is_what_was_due(&self, truth: &Truth<'_>) -> Result<()> {
        let due = truth.due(&self.person);
        let missing = due.values().map(|(index, _)| *index).collect();
        let mut account = Account { truth, due, missing, had: BTreeMap::new() };
        self.streams.iter().try_for_each(|stream| account.stream(stream))?;
        account.is_complete_until(u64::MAX)
    }

    /// All streams together come to what somebody sees who begins only at the end.
    pub(crate) fn comes_to(&self, snapshot: &RoomSnapshot, truth: &Truth<'_>) -> Result<()> {
        let messages = || self.streams.iter().flat_map(|stream| &stream.came);
        let seen: Seen = messages().flat_map(|came| &came.questions).map(|question| (question.name.clone(), question.clone())).collect();
        let there: Seen = snapshot.questions.iter().map(|question| (question.name.clone(), question.clone())).collect();
        ensure!(seen == there && there.len() == truth.due(&self.person).len(), "{} came and {} are there", seen.len(), there.len());
        ensure!(
            messages().filter_map(|came| came.counts.as_ref()).next_back() == Some(&snapshot.counts),
            "the newest counts are not those there are"
        );
        truth.is_in_order(&snapshot.questions)
    }
}

//! Holds what clients kept against what the house recorded.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context as _, Result, ensure};
use barnahus_audit::{
    Hash, Receipt,
    export::{Leaf, Report, Writer, check_receipts, verify},
    leaf_hash,
};
use barnahus_proto::v1::{self, ExportRecordsResponse, exported_leaf::Form};
use barnahus_tests::harness::{Answer as _, Log};

use crate::{
    callers::{Caller, export, list},
    kept::{Kept, Seen},
    place::Place,
};

const SUBMITTED: &str = "question.submitted";

/// The questions of the room, as this person may see them.
pub(crate) async fn listed(place: &Place, caller: &mut Caller) -> Result<Seen> {
    let list = list(caller, &place.interview).await??;
    Ok(list.questions.into_iter().map(|question| (question.name.clone(), question)).collect())
}

impl Kept {
    /// Everything acknowledged is there, once; nothing else is; and whoever was shown a text is named for it.
    pub(crate) fn stands_in(&self, log: &Log) -> Result<()> {
        self.acknowledged_once(log)?;
        self.numbered_without_gap(log)?;
        self.shown_as_recorded(log)
    }

    fn acknowledged_once(&self, log: &Log) -> Result<()> {
        let mut by_request: BTreeMap<&[u8], Vec<u64>> = BTreeMap::new();
        for record in log.records.iter().filter(|record| record.kind == SUBMITTED) {
            by_request.entry(&record.request_id).or_default().push(record.index);
        }
        for asked in &self.asked {
            let index = asked.answer.index();
            let receipt = asked.answer.receipt.as_ref().context("no receipt")?;
            let leaf = usize::try_from(index).ok().and_then(|index| log.leaves.get(index));
            let leaf = leaf.with_context(|| format!("acknowledged record {index} is lost"))?;
            ensure!(leaf_hash(leaf).as_bytes()[..] == receipt.leaf_hash, "record {index} is another than was acknowledged");
            let record = log.at(index)?;
            let name = asked.answer.question.as_ref().map(|question| question.name.as_str());
            let told = (record.kind.as_str(), record.person.as_str(), Some(record.object.as_str()));
            ensure!(told == (SUBMITTED, asked.person.pseudonym.as_str(), name), "record {index} tells of {told:?}");
            let id = uuid::Uuid::parse_str(&asked.request.request_id)?;
            let records = by_request.remove(id.as_bytes().as_slice());
            ensure!(records.as_deref() == Some(&[index]), "request {id} was acknowledged with {index} and stands in {records:?}");
        }
        ensure!(by_request.is_empty(), "there are questions that nobody was told of: {:?}", by_request.values());
        let ended: Vec<u64> = log.records.iter().filter(|record| record.kind == "room.ended").map(|record| record.index).collect();
        ensure!(ended == Vec::from_iter(self.ended.as_ref().map(|ended| ended.index())), "the interview ended at {ended:?}");
        for request in &self.too_late {
            let id = uuid::Uuid::parse_str(&request.request_id)?;
            let mut records = log.records.iter().filter(|record| record.request_id == id.as_bytes()).peekable();
            let denied = records.peek().is_some() && records.all(|record| record.kind == "access.denied");
            ensure!(denied, "a question that came too late left something else than denials");
        }
        Ok(())
    }

    fn numbered_without_gap(&self, log: &Log) -> Result<()> {
        let numbers = log.records.iter().filter(|record| record.kind == SUBMITTED).map(|record| record.object.rsplit('/').next());
        let due: Vec<String> = (1..=self.asked.len()).map(|number| number.to_string()).collect();
        ensure!(numbers.eq(due.iter().map(|number| Some(number.as_str()))), "the questions are not numbered one by one");
        Ok(())
    }

    fn shown_as_recorded(&self, log: &Log) -> Result<()> {
        let texts: BTreeMap<&str, (u64, &str)> = self
            .asked
            .iter()
            .filter_map(|asked| Some((asked.answer.question.as_ref()?.name.as_str(), (asked.answer.index(), asked.request.text.as_str()))))
            .collect();
        let authorities: BTreeMap<&str, &str> =
            log.records.iter().map(|record| (record.person.as_str(), record.authority.as_str())).collect();
        // For each person and text the first record that names them, and that their own authority's auditor finds (U6).
        let mut named: BTreeMap<(&str, u64), u64> = BTreeMap::new();
        for record in &log.records {
            let theirs = |person: &str| authorities.get(person) == Some(&record.authority.as_str());
            for showing in record.showings.iter().filter(|showing| theirs(&showing.person)) {
                for text in &showing.texts {
                    named.entry((&showing.person, *text)).or_insert(record.index);
                }
            }
        }
        for shown in &self.shown {
            let (text, written) =
                texts.get(shown.question.as_str()).with_context(|| format!("`{}` was shown and is lost", shown.question))?;
            ensure!(*written == shown.text, "`{}` was shown with another text", shown.question);
            let record = named.get(&(shown.pseudonym.as_str(), *text));
            ensure!(
                record.is_some_and(|record| *record <= shown.index),
                "`{}` was shown to {} by {}, recorded in {record:?}",
                shown.question,
                shown.pseudonym,
                shown.index
            );
        }
        Ok(())
    }

    /// Every receipt holds against the log that this auditor exports, now.
    pub(crate) async fn hold_against_an_export(&self, place: &Place, auditor: &mut Caller) -> Result<Report> {
        let folder = place.beside().join(format!("export-{}", auditor.person.post));
        let report = write(&folder, &export(auditor, &place.name()).await?, place)?;
        let ended = self.ended.as_ref().and_then(|ended| ended.receipt.as_ref());
        let receipts = self.asked.iter().filter_map(|asked| asked.answer.receipt.as_ref()).chain(ended);
        let receipts = receipts.map(receipt).collect::<Result<Vec<_>>>()?;
        let checked = check_receipts(&report, Some(&place.trust), receipts.iter().map(|(hash, receipt)| (*hash, receipt)))?;
        ensure!(usize::try_from(checked)? >= self.asked.len(), "{checked} receipts were checked");
        Ok(report)
    }
}

/// Each question that was listed is one that somebody asked, and they are numbered 1, 2, 3 …
pub(crate) fn lists_all(kept: &Kept, listed: &Seen) -> Result<()> {
    let asked: BTreeSet<&str> =
        kept.asked.iter().filter_map(|asked| asked.answer.question.as_ref()).map(|question| question.name.as_str()).collect();
    ensure!(asked.iter().copied().eq(listed.keys().map(String::as_str)), "{} were asked and {} are listed", asked.len(), listed.len());
    Ok(())
}

/// Writes an export to a folder, and verifies it there against the trust file alone.
pub(crate) fn write(folder: &Path, messages: &[ExportRecordsResponse], place: &Place) -> Result<Report> {
    let mut writer = Writer::create(folder)?;
    for message in messages {
        for leaf in &message.leaves {
            match leaf.form.as_ref().context("a leaf without bytes or hash")? {
                Form::Leaf(bytes) => writer.leaf(Leaf::Held(bytes))?,
                Form::LeafHash(hash) => writer.leaf(Leaf::Withheld(Hash::from_slice(hash).context("no hash")?))?,
            };
        }
        message.checkpoints.iter().try_for_each(|note| writer.checkpoint(note))?;
    }
    writer.finish()?;
    Ok(verify(folder, Some(&place.trust), &mut |_, _| {})?)
}

fn receipt(receipt: &v1::Receipt) -> Result<(Hash, Receipt)> {
    let hash = Hash::from_slice(&receipt.leaf_hash).context("no leaf hash")?;
    let path: Option<Vec<_>> = receipt.inclusion_proof.iter().map(|hash| Hash::from_slice(hash)).collect();
    Ok((hash, Receipt::new(receipt.index, hash, path.context("no proof")?, receipt.checkpoint.clone())))
}

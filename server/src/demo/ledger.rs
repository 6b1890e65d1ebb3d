//! The receipts that the players were given: each verified against the trust file as it arrives, and kept.
//!
//! Trusts nobody but the trust file that the house handed over when it was founded. INVARIANT: what is kept was verified, and its indexes
//! rise.

use barnahus_audit::{
    Hash, Receipt, Trust,
    export::{Report, check_receipts},
};
use barnahus_proto::v1;
use tonic::transport::Channel;

use super::rpc::{Answer as _, CallError, Rpc};

/// All receipts of a day.
pub(crate) struct Ledger {
    trust: Trust,
    kept: Vec<(Hash, Receipt)>,
}

impl Ledger {
    /// None yet.
    pub(crate) fn new(trust: Trust) -> Self {
        Self { trust, kept: Vec::new() }
    }

    /// Whom to believe about the log.
    pub(crate) fn trust(&self) -> &Trust {
        &self.trust
    }

    /// How many were verified.
    pub(crate) fn count(&self) -> usize {
        self.kept.len()
    }

    /// Makes a call, and keeps the receipt of its answer. With the answer comes the index of the record that the call left.
    ///
    /// # Errors
    /// The house's refusal, or what is wrong with the answer.
    pub(crate) async fn ask<R: Rpc>(&mut self, channel: Channel, request: R) -> Result<(R::Answer, u64), CallError> {
        let answer = request.send(channel).await?.into_inner();
        let index = self.keep(answer.receipt()).map_err(CallError::Broken)?;
        Ok((answer, index))
    }

    /// Verifies a receipt, keeps it, and says which record it proves.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    fn keep(&mut self, receipt: Option<&v1::Receipt>) -> Result<u64, String> {
        let receipt = receipt.ok_or("an answer without a receipt")?;
        let malformed = || format!("a malformed receipt for record {}", receipt.index);
        let leaf_hash = Hash::from_slice(&receipt.leaf_hash).ok_or_else(malformed)?;
        let proof: Option<Vec<_>> = receipt.inclusion_proof.iter().map(|hash| Hash::from_slice(hash)).collect();
        let receipt = Receipt::new(receipt.index, leaf_hash, proof.ok_or_else(malformed)?, receipt.checkpoint.clone());
        let index = receipt.index;
        receipt
            .verify_unwitnessed(&leaf_hash, &self.trust)
            .map_err(|error| format!("a receipt for record {index} that does not hold: {error}"))?;
        if let Some((_, before)) = self.kept.last().filter(|(_, before)| before.index >= index) {
            return Err(format!("a receipt for record {index} after one for record {}", before.index));
        }
        self.kept.push((leaf_hash, receipt));
        Ok(index)
    }

    /// Holds every receipt against a verified export: each record must stand where its receipt says.
    ///
    /// # Errors
    /// The first that does not fit, in words.
    pub(crate) fn check(&self, report: &Report) -> Result<u64, String> {
        check_receipts(report, Some(&self.trust), self.kept.iter().map(|(hash, receipt)| (*hash, receipt)))
            .map_err(|fault| fault.to_string())
    }
}

//! The auditor's acts: a sample that anybody can draw again, and the log verified offline.

use barnahus_proto::v1::DrawSampleRequest;

use super::{Play, timestamp};
use crate::demo::{
    player::{Done, Halt, Player, Scene},
    verify,
};

/// Draws a sample, and draws it again by its seed: it must be the same (U6).
pub(super) async fn review_sample(player: &mut Player<'_>, scene: Scene<'_>, size: u16) -> Play {
    let request = DrawSampleRequest {
        parent: player.cast.house().to_owned(),
        size: size.into(),
        from: None,
        // The same period for both draws, which the second would otherwise not have.
        until: Some(timestamp(scene.now)),
        seed: String::new(),
    };
    let drawn = player.act(scene.who, request.clone()).await?;
    let again = player.act(scene.who, DrawSampleRequest { seed: drawn.seed.clone(), ..request }).await?;
    let same = (drawn.population, &drawn.seed, &drawn.records) == (again.population, &again.seed, &again.records);
    if !same {
        let told = |sample: &barnahus_proto::v1::DrawSampleResponse| {
            let indexes: Vec<_> = sample.records.iter().map(|record| record.index).collect();
            format!("{indexes:?} of {} by seed {}", sample.population, sample.seed)
        };
        return Err(Halt::unexpected(format!("the same sample again: {}", told(&drawn)), told(&again)));
    }
    let indexes: Vec<_> = drawn.records.iter().map(|record| record.index.to_string()).collect();
    let notes = vec![format!("seed {}", drawn.seed), format!("records {}", indexes.join(" "))];
    Ok(Done { outcome: format!("{} of {}, the same", indexes.len(), drawn.population), notes })
}

/// Exports the log as this post may see it, and verifies it offline.
pub(super) async fn verify_log(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    player.before_act(scene.who).await?;
    let report = match verify::export(player, scene.who).await {
        Err(halt @ Halt::Refused(_)) => {
            player.after_refusal(scene.who).await?;
            return Err(halt);
        }
        outcome => outcome?,
    };
    player.note_record(report.size.saturating_sub(1));
    Ok(Done { outcome: format!("verified, {} records", report.size), notes: verify::told(&report) })
}

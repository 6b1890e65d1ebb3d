//! An auditor's export of the log, written to a folder and verified there, offline.
//!
//! The folder is all that the verification reads; whom to believe comes from the trust file of the founding, never from the server.

use std::path::Path;

use barnahus_audit::{
    Hash,
    export::{Leaf, Report, Writer, verify},
};
use barnahus_proto::v1::{ExportRecordsRequest, ExportedLeaf, audit_service_client::AuditServiceClient, exported_leaf::Form};

use super::{
    player::{Halt, Player},
    rpc::CallError,
};

/// Exports the log as this post may see it, below the player's folder for exports, and verifies it.
pub(crate) async fn export(player: &Player<'_>, who: &str) -> Result<Report, Halt> {
    let request = ExportRecordsRequest { parent: player.cast.house().to_owned() };
    let mut client = AuditServiceClient::new(player.channel(who)?);
    let mut stream = client.export_records(request).await.map_err(CallError::from)?.into_inner();
    let folders = (1_u32..).map(|number| player.exports.join(format!("{who}-{number}")));
    let folder = folders.into_iter().find(|folder| !folder.exists()).ok_or_else(|| unsound("no folder that is free"))?;
    let mut writer = Writer::create(&folder).map_err(unsound)?;
    let (mut written, mut size) = (0, 0);
    while let Some(message) = stream.message().await.map_err(CallError::from)? {
        size = message.size;
        for leaf in message.leaves {
            write(&mut writer, leaf)?;
            written += 1;
        }
        message.checkpoints.iter().try_for_each(|note| writer.checkpoint(note)).map_err(unsound)?;
    }
    if written != size {
        return Err(Halt::unexpected(format!("an export of {size} leaves"), format!("{written}")));
    }
    writer.finish().map_err(unsound)?;
    check(player, &folder)
}

fn write(writer: &mut Writer, leaf: ExportedLeaf) -> Result<(), Halt> {
    let written = match leaf.form {
        Some(Form::Leaf(bytes)) => writer.leaf(Leaf::Held(&bytes)),
        Some(Form::LeafHash(hash)) => {
            let hash = Hash::from_slice(&hash).ok_or_else(|| unsound(format!("a leaf hash of {} bytes", hash.len())))?;
            writer.leaf(Leaf::Withheld(hash))
        }
        None => return Err(unsound("a leaf without bytes or hash")),
    };
    written.map(|_| ()).map_err(unsound)
}

/// Verifies an export, and holds every receipt that the players were given against it.
fn check(player: &Player<'_>, folder: &Path) -> Result<Report, Halt> {
    let report = verify(folder, Some(player.ledger.trust()), &mut |_, _| {}).map_err(unsound)?;
    let receipts = player.ledger.check(&report).map_err(unsound)?;
    let kept = player.ledger.count();
    if usize::try_from(receipts) == Ok(kept) { Ok(report) } else { Err(unsound(format!("{receipts} of {kept} receipts in it"))) }
}

/// What a verification found, a line each.
pub(crate) fn told(report: &Report) -> Vec<String> {
    let Report { size, root, held, withheld, checkpoints, .. } = report;
    vec![
        format!("{size} records: {held} held, {withheld} withheld, of which the hash alone is there"),
        format!("{checkpoints} checkpoints"),
        format!("root {root}"),
    ]
}

fn unsound(found: impl ToString) -> Halt {
    Halt::unexpected("an export that verifies", found.to_string())
}

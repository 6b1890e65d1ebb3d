//! The case as a whole: investigation, embargo, representative, guardians.

use barnahus_proto::v1::{
    IdentityMode, LiftEmbargoRequest, NameDeputyRequest, OpenInvestigationRequest, RecordGuardiansInformedRequest,
    RecordSpecialRepresentativeRequest, RepresentativeState, SetEmbargoRequest,
};

use super::{Play, plain, present, request_id};
use crate::demo::{
    code::{Coded, words},
    player::{Done, Halt, Player, Scene},
};

pub(super) async fn open(
    player: &mut Player<'_>,
    scene: Scene<'_>,
    police_reference: &str,
    identity: Option<Coded<IdentityMode>>,
    ground: &str,
) -> Play {
    let request = OpenInvestigationRequest {
        name: player.case(scene)?,
        request_id: request_id(),
        police_reference: police_reference.to_owned(),
        identity_mode: identity.map(Coded::number).unwrap_or_default(),
        legal_ground: ground.to_owned(),
        ..Default::default()
    };
    let answer = player.act(scene.who, request).await?;
    let case = present(answer.case, "the case")?;
    player.remember(scene.case).leader = Some(scene.who.to_owned());
    Ok(Done::said(format!("child {}", words::<IdentityMode>(case.identity_mode))))
}

pub(super) async fn name_deputy(player: &mut Player<'_>, scene: Scene<'_>, post: &str) -> Play {
    let (name, post) = (player.case(scene)?, player.cast.name("posts", post));
    plain(player, scene, NameDeputyRequest { name, request_id: request_id(), etag: String::new(), post }, "named").await
}

pub(super) async fn set_embargo(player: &mut Player<'_>, scene: Scene<'_>, reason: &str) -> Play {
    let request =
        SetEmbargoRequest { name: player.case(scene)?, request_id: request_id(), reason: reason.to_owned(), ..Default::default() };
    let answer = player.act(scene.who, request).await?;
    embargo(present(answer.case, "the case")?.embargo, true)
}

pub(super) async fn lift_embargo(player: &mut Player<'_>, scene: Scene<'_>, reason: &str) -> Play {
    let request =
        LiftEmbargoRequest { name: player.case(scene)?, request_id: request_id(), reason: reason.to_owned(), ..Default::default() };
    let answer = player.act(scene.who, request).await?;
    embargo(present(answer.case, "the case")?.embargo, false)
}

fn embargo(is_on: bool, must_be_on: bool) -> Play {
    let said = |on: bool| if on { "embargo on" } else { "embargo off" };
    if is_on == must_be_on { Ok(Done::said(said(is_on))) } else { Err(Halt::unexpected(said(must_be_on), said(is_on))) }
}

pub(super) async fn representative(
    player: &mut Player<'_>,
    scene: Scene<'_>,
    state: Coded<RepresentativeState>,
    post: Option<&str>,
    court_reference: &str,
) -> Play {
    let request = RecordSpecialRepresentativeRequest {
        name: player.case(scene)?,
        request_id: request_id(),
        state: state.number(),
        post: post.map(|post| player.cast.name("posts", post)).unwrap_or_default(),
        court_reference: court_reference.to_owned(),
        ..Default::default()
    };
    let answer = player.act(scene.who, request).await?;
    let case = present(answer.case, "the case")?;
    Ok(Done::said(words::<RepresentativeState>(case.representative_state)))
}

pub(super) async fn guardians_informed(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = RecordGuardiansInformedRequest { name: player.case(scene)?, request_id: request_id(), ..Default::default() };
    plain(player, scene, request, "recorded").await
}

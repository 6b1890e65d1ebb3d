//! Bookings: made, answered, confirmed, and at the end documented.

use std::collections::BTreeMap;

use barnahus_proto::v1::{
    AbsenceReason, AcceptBookingRequest, AddRemarkRequest, AdmitObserversRequest, BookInterviewRequest, CloseProtocolRequest,
    ConfirmInterviewRequest, DecideFurtherInterviewRequest, DeclineBookingRequest, DocumentInterviewRequest, GetProtocolRequest,
    InterviewKind, InvitePostRequest, Need, OrderDisclosureBanRequest, RemoveObserverRequest, Role, Waiver,
};

use super::{Play, plain, present, request_id, timestamp};
use crate::demo::{
    acts::Booking,
    calendar::{Day, Moment},
    code::Coded,
    player::{Done, Halt, Player, Scene},
    rpc::short,
};

pub(super) async fn book(player: &mut Player<'_>, scene: Scene<'_>, booking: &Booking) -> Play {
    let interviewer = booking.interviewer.as_ref().map(|post| player.cast.name("posts", post)).unwrap_or_default();
    let need = |role: &Coded<Role>, required: bool| {
        let post = if role.0 == Role::ChildInterviewer { interviewer.clone() } else { String::new() };
        Need { role: role.number(), required, post }
    };
    let needs = booking.need.iter().map(|role| need(role, true)).chain(booking.wish.iter().map(|role| need(role, false))).collect();
    let starts_at = player.dates.instant(Moment { day: booking.on, time: booking.from })?;
    let request = BookInterviewRequest {
        parent: player.case(scene)?,
        request_id: request_id(),
        kind: booking.kind.number(),
        needs,
        rooms: booking.rooms.iter().map(|room| player.cast.name("rooms", room)).collect(),
        starts_at: Some(timestamp(starts_at)),
        duration: Some(prost_types::Duration { seconds: i64::from(booking.minutes) * 60, nanos: 0 }),
    };
    let answer = player.act(scene.who, request).await?;
    let interview = present(answer.interview, "the interview")?;
    let memory = player.remember(scene.case);
    memory.coordinator = Some(scene.who.to_owned());
    let said = Done::said(format!("{}, {} asked", short(&interview.name), interview.invitations.len()));
    memory.interview = Some(interview.name);
    Ok(said)
}

pub(super) async fn further(player: &mut Player<'_>, scene: Scene<'_>, kind: Coded<InterviewKind>, reason: &str) -> Play {
    let request = DecideFurtherInterviewRequest {
        name: player.interview(scene)?,
        request_id: request_id(),
        etag: String::new(),
        kind: kind.number(),
        reason: reason.to_owned(),
    };
    plain(player, scene, request, "decided").await
}

pub(super) async fn close_protocol(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let name = player.interview(scene)?;
    let read = player.act(scene.who, GetProtocolRequest { name: name.clone() }).await?;
    let digest = present(read.protocol, "the protocol")?.digest;
    let request = CloseProtocolRequest { name, request_id: request_id(), closing_token: read.closing_token, digest: digest.clone() };
    plain(player, scene, request, &format!("as read: {}…", digest.get(..8).unwrap_or_default())).await
}

pub(super) async fn remark(player: &mut Player<'_>, scene: Scene<'_>, text: &str) -> Play {
    let request = AddRemarkRequest { name: player.interview(scene)?, request_id: request_id(), text: text.to_owned() };
    plain(player, scene, request, "beside the protocol").await
}

pub(super) async fn accept(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = AcceptBookingRequest { name: player.interview(scene)?, request_id: request_id(), etag: String::new() };
    plain(player, scene, request, "accepted").await
}

pub(super) async fn decline(player: &mut Player<'_>, scene: Scene<'_>, reason: Coded<AbsenceReason>) -> Play {
    let request =
        DeclineBookingRequest { name: player.interview(scene)?, request_id: request_id(), etag: String::new(), reason: reason.number() };
    plain(player, scene, request, "declined").await
}

pub(super) async fn invite(player: &mut Player<'_>, scene: Scene<'_>, post: &str, instead_of: &str) -> Play {
    let (post, instead_of) = (player.cast.name("posts", post), player.cast.name("posts", instead_of));
    let request = InvitePostRequest { name: player.interview(scene)?, request_id: request_id(), etag: String::new(), post, instead_of };
    plain(player, scene, request, "asked").await
}

pub(super) async fn confirm(player: &mut Player<'_>, scene: Scene<'_>, waive: &BTreeMap<String, String>, defence_note: &str) -> Play {
    let waivers = waive.iter().map(|(post, reason)| Waiver { post: player.cast.name("posts", post), reason: reason.clone() }).collect();
    let (name, defence_note) = (player.interview(scene)?, defence_note.to_owned());
    let request = ConfirmInterviewRequest { name, request_id: request_id(), etag: String::new(), waivers, defence_note };
    plain(player, scene, request, "confirmed").await
}

pub(super) async fn order_ban(player: &mut Player<'_>, scene: Scene<'_>, scope: &str, until: Day) -> Play {
    let request = OrderDisclosureBanRequest {
        name: player.interview(scene)?,
        request_id: request_id(),
        etag: String::new(),
        scope: scope.to_owned(),
        until: Some(timestamp(player.dates.end_of(until)?)),
    };
    let outcome = format!("until {}", player.dates.date(until)?);
    plain(player, scene, request, &outcome).await
}

pub(super) async fn admit(player: &mut Player<'_>, scene: Scene<'_>, posts: &[String]) -> Play {
    let person = |post: &String| {
        let member = player.cast.member(post).ok_or_else(|| Halt::unexpected("a post of the house", format!("`{post}`")))?;
        Ok(member.person.clone())
    };
    let persons = posts.iter().map(person).collect::<Result<_, Halt>>()?;
    let request = AdmitObserversRequest { name: player.interview(scene)?, request_id: request_id(), etag: String::new(), persons };
    plain(player, scene, request, &format!("{} admitted", posts.len())).await
}

pub(super) async fn remove(player: &mut Player<'_>, scene: Scene<'_>, post: &str) -> Play {
    let member = player.cast.member(post).ok_or_else(|| Halt::unexpected("a post of the house", format!("`{post}`")))?;
    let person = member.person.clone();
    let request = RemoveObserverRequest { name: player.interview(scene)?, request_id: request_id(), etag: String::new(), person };
    plain(player, scene, request, "no longer admitted").await
}

pub(super) async fn document(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = DocumentInterviewRequest { name: player.interview(scene)?, request_id: request_id(), etag: String::new() };
    plain(player, scene, request, "documented").await
}

//! What the sample house consists of: posts, authorities, rooms.

use barnahus_policy::Role;

use super::{authority, post};
use crate::{
    HouseId, RoomId,
    code::{AgeBand, RoomKind},
    house::{Authority, Definition, Post, Room},
};

/// A post with its authority, roles, ages and languages.
type Row = (&'static str, &'static str, &'static [Role], &'static [AgeBand], &'static [&'static str]);

/// The posts.
pub(crate) const POSTS: &[Row] = &[
    ("coordinator-1", "Karlstad", &[Role::Coordinator], &[], &[]),
    ("prosecutor-1", "prosecution", &[Role::InvestigationLeader], &[], &[]),
    ("prosecutor-2", "prosecution", &[Role::InvestigationLeader], &[], &[]),
    ("interviewer-1", "police", &[Role::ChildInterviewer], AGES, &["sv", "en"]),
    ("interviewer-2", "police", &[Role::ChildInterviewer], OLDER, &["sv"]),
    ("investigator-1", "police", &[Role::PoliceInvestigator], &[], &[]),
    ("investigator-2", "police", &[Role::PoliceInvestigator], &[], &[]),
    ("welfare-kil-1", "Kil", &[Role::ChildWelfareOfficer], &[], &[]),
    ("welfare-kil-2", "Kil", &[Role::ChildWelfareOfficer], &[], &[]),
    ("welfare-torsby-1", "Torsby", &[Role::ChildWelfareOfficer], &[], &[]),
    ("representative-1", "advocates", &[Role::SpecialRepresentative, Role::InjuredPartyCounsel], &[], &[]),
    ("paediatrician-1", "region", &[Role::Paediatrician], &[], &[]),
    ("defence-1", "advocates", &[Role::DefenceCounsel], &[], &[]),
    ("interpreter-so-1", "interpreters", &[Role::Interpreter], &[], &["so", "sv"]),
    ("auditor-police-1", "police", &[Role::Auditor], &[], &[]),
    ("administrator-1", "Karlstad", &[Role::Administrator], &[], &[]),
];
const AGES: &[AgeBand] = &[AgeBand::Under4, AgeBand::From4To6, AgeBand::From7To14, AgeBand::Over14];
const OLDER: &[AgeBand] = &[AgeBand::From7To14, AgeBand::Over14];

pub(super) fn definition() -> Definition {
    let room = |id: &str, kind: RoomKind, pair: Option<&str>, seats: Option<u32>, suits: &[AgeBand]| Room {
        id: RoomId::parse(id).expect("an id"),
        kind,
        paired_with: pair.and_then(RoomId::parse),
        seats,
        suits: suits.to_vec(),
    };
    let authorities = ["Karlstad", "Kil", "Torsby", "prosecution", "police", "region", "advocates", "interpreters"];
    let independent = |id: &str| matches!(id, "advocates" | "interpreters");
    Definition {
        id: HouseId::parse("varmland").expect("an id"),
        name: "Barnahus".to_owned(),
        alias_prefix: "VRM".to_owned(),
        time_zone: "Europe/Stockholm".to_owned(),
        buffer_minutes: 15,
        role_ranks: vec![
            (Role::InvestigationLeader, 1),
            (Role::PoliceInvestigator, 2),
            (Role::SpecialRepresentative, 3),
            (Role::DefenceCounsel, 3),
            (Role::ChildWelfareOfficer, 4),
            (Role::Paediatrician, 5),
        ],
        host: authority("Karlstad"),
        authorities: authorities.map(|id| Authority { id: authority(id), name: id.to_owned(), independent: independent(id) }).to_vec(),
        rooms: vec![
            room("interview-1", RoomKind::Interview, Some("listening-1"), None, AGES),
            room("interview-2", RoomKind::Interview, Some("listening-2"), None, OLDER),
            room("listening-1", RoomKind::Listening, None, Some(5), &[]),
            room("listening-2", RoomKind::Listening, None, None, &[]),
        ],
        posts: POSTS.iter().map(post_of).collect(),
    }
}

fn post_of((id, board, roles, qualified, languages): &(&str, &str, &[Role], &[AgeBand], &[&str])) -> Post {
    let languages = languages.iter().map(|language| (*language).to_owned()).collect();
    Post { id: post(id), authority: authority(board), roles: roles.to_vec(), qualified: qualified.to_vec(), languages, on_call: false }
}

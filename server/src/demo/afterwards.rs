//! What the players may try by hand once the day is told: a profile for each post, and a command to begin with.
//!
//! Calls nothing. PRIVACY: a profile holds the person's key; it is written readable by its owner alone.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::Path,
};

use barnahus_policy::Role;

use super::cast::Member;
use crate::init::{Founded, Profile, server_url, write_profile};

/// The interview that a post took part in, as commands name it: `VRM-2026-0142/1`.
pub(crate) type TookPart = Option<String>;

/// Writes the profile of everyone who has none yet, below the house's folder.
pub(crate) fn write_profiles(founded: &Founded, address: SocketAddr, authority: &str, members: &[Member]) -> io::Result<()> {
    for member in members {
        let folder = founded.dir.join("profiles").join(&member.post);
        if folder == founded.administrator || folder.try_exists()? {
            continue;
        }
        let profile = Profile {
            server: &server_url(address),
            house: &founded.house,
            time_zone: &founded.definition.time_zone,
            certificate_pem: &member.papers.certificate,
            key_pem: &member.papers.key,
            authority_pem: authority,
            trust: &founded.trust,
        };
        write_profile(&folder, &profile)?;
    }
    Ok(())
}

/// Prints a command for each post.
pub(crate) fn commands<'a>(dir: &Path, members: impl IntoIterator<Item = (&'a Member, TookPart)>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "P={}", dir.join("profiles").display())?;
    for (member, took_part) in members {
        let command = command(&member.post, &member.roles, took_part.as_deref());
        writeln!(out, "barnahus --profile $P/{} {command}", member.post)?;
    }
    writeln!(out, "\nWithout `barnahus` on the path: cargo run -q -p barnahus-cli -- --profile …")
}

/// What somebody in these roles may look at, in the interview that they took part in, if any.
fn command(post: &str, roles: &[Role], took_part: Option<&str>) -> String {
    let role = roles.first().copied().unwrap_or(Role::Interpreter);
    match (role, took_part) {
        (Role::Auditor, _) => format!("audit export ./{post}"),
        (Role::Administrator, _) => "admin persons".to_owned(),
        (Role::InvestigationLeader | Role::ChildInterviewer | Role::PoliceInvestigator, Some(interview)) => {
            format!("interview protocol {interview}")
        }
        (Role::Coordinator, Some(interview)) => format!("interview show {interview}"),
        (Role::Interpreter, _) | (_, None) => "case list".to_owned(),
        (_, Some(interview)) => format!("question list {interview}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_gets_a_command_that_their_role_may_call() {
        let told = |role: Role, took_part| command("post-1", &[role], took_part);
        assert_eq!(told(Role::InvestigationLeader, Some("VRM-2026-0142/1")), "interview protocol VRM-2026-0142/1");
        assert_eq!(told(Role::ChildWelfareOfficer, Some("VRM-2026-0142/1")), "question list VRM-2026-0142/1");
        assert_eq!(told(Role::ChildWelfareOfficer, None), "case list");
        assert_eq!(told(Role::Auditor, Some("VRM-2026-0142/1")), "audit export ./post-1");
        assert_eq!(told(Role::Administrator, None), "admin persons");
    }
}

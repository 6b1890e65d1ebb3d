//! What a refusal is about, as ErrorInfo's metadata says it: AIP-193 wants there what varies in the sentence, so that a client can tell it
//! in the user's language.
//!
//! PRIVACY: ids, codes of the contract and numbers; never a text that a person wrote.

use barnahus_domain::{
    Refusal, booking::BookingRefusal as Booking, case::CaseRefusal as Case, consultation::ConsultationRefusal as Consultation,
    directory::DirectoryRefusal as Directory, interview::Stage, question::QuestionRefusal as Question, room::RoomRefusal as Room,
};
use barnahus_policy::Role;

use crate::record::role_to;

/// The key in the metadata. Several things are parted by commas.
pub const ABOUT: &str = "about";

/// What the refusal is about; none where the reason says it all.
#[must_use]
pub fn about(refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::StaleEtag | Refusal::TimeBeforeCase | Refusal::TimeAfterEnd => None,
        Refusal::Directory(refusal) => match refusal {
            Directory::NoSuchPost(post) | Directory::MandateTimes(post) | Directory::NoSuchMandate(post) | Directory::RolesApart(post) => {
                Some(post.to_string())
            }
            Directory::NoSuchPerson | Directory::Oneself | Directory::Revoked | Directory::LastAdministrator => None,
        },
        Refusal::Case(refusal) => match refusal {
            Case::LeaderExists(post) | Case::NotARepresentative(post) => Some(post.to_string()),
            Case::CannotDepute(post) => Some(post.to_string()),
            Case::RepresentativeState { to, .. } => Some(format!("REPRESENTATIVE_STATE_{to}")),
            _ => None,
        },
        Refusal::Consultation(refusal) => match refusal {
            Consultation::WrongState(state) => Some(format!("CONSULTATION_STATE_{state}")),
            Consultation::NoSuchPost(post) | Consultation::NotInvited(post) | Consultation::DueTooEarly(post) => Some(post.to_string()),
            Consultation::NoSuchAuthority(authority) => Some(authority.to_string()),
            _ => None,
        },
        Refusal::Interview(refusal) => of_booking(refusal),
        Refusal::Room(refusal) => match refusal {
            Room::WrongStage(stage) => Some(of_stage(*stage)),
            Room::FormalityMissing(missing) => {
                Some(missing.iter().map(|deviation| format!("DEVIATION_{deviation}")).collect::<Vec<_>>().join(","))
            }
            Room::NoSuchBatch { break_number, batch_number } => Some(format!("{break_number}/{batch_number}")),
            Room::NoSuchQuestion(number) => Some(number.to_string()),
            Room::Fate(refusal) => of_question(refusal),
            _ => None,
        },
        Refusal::Question(refusal) => of_question(refusal),
    }
}

fn of_booking(refusal: &Booking) -> Option<String> {
    match refusal {
        Booking::WrongStage(stage) => Some(of_stage(*stage)),
        Booking::Taken(what) | Booking::NobodyFits(what) => Some(what.clone()),
        Booking::AcceptanceMissing(post) | Booking::NothingToWaive(post) | Booking::NothingToReplace(post) => Some(post.to_string()),
        Booking::CannotListen(person) => Some(person.to_string()),
        Booking::InterviewerNotAsked | Booking::InterviewerMissing => Some(of_role(Role::ChildInterviewer)),
        Booking::NoSeat(number) | Booking::QuestionWithoutFate(number) => Some(number.to_string()),
        Booking::SignOffMissing(role) => Some(of_role(*role)),
        _ => None,
    }
}

fn of_question(refusal: &Question) -> Option<String> {
    match refusal {
        Question::WrongStage(stage) => Some(of_stage(*stage)),
        Question::WrongState(state) => Some(format!("QUESTION_STATE_{}", state.as_str())),
        Question::MergeTarget(number) => Some(number.to_string()),
        _ => None,
    }
}

fn of_stage(stage: Stage) -> String {
    format!("INTERVIEW_STATE_{}", stage.as_str())
}

fn of_role(role: Role) -> String {
    role_to(role).as_str_name().to_owned()
}

/// The field that the refusal finds fault with, as the contract names it; none where it is the state that refuses.
#[must_use]
pub fn field(refusal: &Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::TimeBeforeCase | Refusal::TimeAfterEnd => "happened_at",
        Refusal::Directory(Directory::MandateTimes(_)) => "mandates",
        Refusal::Consultation(Consultation::NoSuchAuthority(_)) => "home_board",
        Refusal::Consultation(Consultation::NotInvited(_)) => "absences",
        Refusal::Consultation(Consultation::CoordinatorNeeded) => "coordinator",
        Refusal::Consultation(Consultation::InThePast) | Refusal::Interview(Booking::TimeUnsuitable) => "starts_at",
        Refusal::Consultation(Consultation::DueTooEarly(_)) => "actions",
        Refusal::Interview(Booking::BanEndsInThePast) => "until",
        Refusal::Interview(Booking::RoomsUnsuitable) => "rooms",
        Refusal::Interview(Booking::NothingToWaive(_)) => "waivers",
        Refusal::Interview(Booking::NothingToNote) => "defence_note",
        Refusal::Interview(Booking::NothingToReplace(_)) => "instead_of",
        Refusal::Room(Room::NoSuchQuestion(_)) => "corrections",
        Refusal::Question(refusal) | Refusal::Room(Room::Fate(refusal)) => match refusal {
            Question::UrgencyNotYours => "urgent_protection",
            Question::MergeTarget(_) => "into",
            Question::NoSuchRank => "rank",
            Question::OffsetNeeded => "offset",
            Question::ReasonNeeded => "reason",
            _ => return None,
        },
        _ => return None,
    })
}

//! What the policies are asked for each command: the server reads this from the contract.

use crate::{Command, booking, case, consultation, directory, question, room};

/// What the policies are asked for a command.
pub(super) fn of(command: &Command) -> &'static str {
    match command {
        Command::Directory(directory::Command::Enroll { .. }) => "admin.enroll",
        Command::Directory(directory::Command::Revoke(_)) => "admin.revoke",
        Command::Directory(directory::Command::Grant(_)) => "admin.grantMandate",
        Command::Directory(directory::Command::End(_)) => "admin.endMandate",
        Command::Case(case::Command::OpenInvestigation { .. }) => "case.openInvestigation",
        Command::Case(case::Command::SetEmbargo(_)) => "case.setEmbargo",
        Command::Case(case::Command::LiftEmbargo(_)) => "case.liftEmbargo",
        Command::Case(case::Command::RecordRepresentative { .. }) => "case.recordRepresentative",
        Command::Case(case::Command::RecordGuardiansInformed) => "case.recordGuardiansInformed",
        Command::Consultation(consultation::Command::Request { .. }) => "consultation.request",
        Command::Consultation(consultation::Command::Schedule { .. }) => "consultation.schedule",
        Command::Consultation(consultation::Command::Hold { .. }) => "consultation.hold",
        Command::Consultation(consultation::Command::HoldAfterMeeting { .. }) => "consultation.holdAfterMeeting",
        Command::Interview(booking::Command::Book { .. } | booking::Command::Invite { .. }) => "interview.book",
        Command::Interview(booking::Command::Accept) => "interview.accept",
        Command::Interview(booking::Command::Decline(_)) => "interview.decline",
        Command::Interview(booking::Command::Confirm(_)) => "interview.confirm",
        Command::Interview(booking::Command::OrderBan { .. }) => "interview.orderBan",
        Command::Interview(booking::Command::Admit(_) | booking::Command::Remove(_)) => "interview.admit",
        Command::Interview(booking::Command::Document) => "interview.document",
        Command::Room(room::Command::CheckIn { .. }) => "room.checkIn",
        Command::Room(room::Command::CheckOut) => "room.checkOut",
        Command::Room(room::Command::Freeze) => "room.freeze",
        Command::Room(room::Command::ChildInformed) => "room.childInformed",
        Command::Room(room::Command::Start { .. }) => "room.start",
        Command::Room(room::Command::CallBreak) => "room.break",
        Command::Room(room::Command::Acknowledge { .. }) => "room.acknowledge",
        Command::Room(room::Command::Resume) => "room.resume",
        Command::Room(room::Command::Interrupt(_)) => "room.interrupt",
        Command::Room(room::Command::BeginClosing) => "room.beginClosing",
        Command::Room(room::Command::SignOff) => "room.signOff",
        Command::Room(room::Command::End { .. }) => "room.end",
        Command::Room(room::Command::ConfirmFates(_)) => "room.confirmFates",
        Command::Question(question::Command::Submit { .. }) => "question.submit",
        Command::Question(question::Command::Withdraw) => "question.withdraw",
        Command::Question(question::Command::Approve) => "question.approve",
        Command::Question(question::Command::Reject(_)) => "question.reject",
        Command::Question(question::Command::Merge(_)) => "question.merge",
        Command::Question(question::Command::Object(_)) => "question.object",
        Command::Question(question::Command::NoteFate(_)) => "question.noteFate",
    }
}

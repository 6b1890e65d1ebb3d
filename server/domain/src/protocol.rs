//! The protocol of an interview (L13), made from its records: each line with its log index.
//!
//! Reads no text and decides nobody's rights; both come from outside.

use crate::{
    booking,
    code::{AbsenceReason, EndReason, RejectReason},
    event::{Event, Stamp},
    id::{Alias, PersonId, Target},
    question::{self, Fate},
    room,
};

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The interview as a whole.
    Interview,
    /// One who took part.
    Participant(PersonId),
    /// One question, from 1.
    Question(u32),
}

/// What a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Booked.
    Booked,
    /// Confirmed by the leader.
    Confirmed,
    /// Disclosure ban ordered.
    DisclosureBanOrdered,
    /// Roster frozen.
    RosterFrozen,
    /// The child was told who listens.
    ChildInformed,
    /// Started.
    Started,
    /// A break began.
    BreakCalled(u32),
    /// The interviewer acknowledged a batch of a break.
    DeliveryAcknowledged(u32, u32),
    /// The leader asked for a break.
    BreakRequested,
    /// Notes outside breaks were allowed, or no longer.
    NotesAllowed(bool),
    /// The leader decided that another interview follows.
    FurtherDecided,
    /// Went on.
    Resumed,
    /// Interrupted.
    Interrupted(EndReason),
    /// The closing check began.
    ClosingBegun,
    /// Ended.
    Ended(EndReason),
    /// The interviewer confirmed the fates.
    FatesConfirmed,
    /// Documented.
    Documented,
    /// Its protocol was closed.
    Closed,
    /// Somebody remarked on the closed protocol.
    Remarked,
    /// Checked in.
    CheckedIn,
    /// Checked out.
    CheckedOut,
    /// Admitted by the leader.
    Admitted,
    /// The leader took the admission back.
    Removed,
    /// Signed off.
    SignedOff,
    /// Absent, and why, instead of a sign-off.
    Absent(AbsenceReason),
    /// Submitted.
    Submitted,
    /// Taken back.
    Withdrawn,
    /// Approved.
    Approved,
    /// Rejected.
    Rejected(RejectReason),
    /// Merged into another.
    Merged(u32),
    /// Objected to.
    Objected,
    /// Worded anew by its asker.
    Revised,
    /// Reworded by the leader.
    Reworded,
    /// Put off to the next interview.
    Deferred,
    /// Ranked; none where the rank was taken back.
    Ranked(Option<u32>),
    /// The urgent mark was taken off.
    UrgencyUnmarked,
    /// Acted on outside the room.
    ActedOn,
    /// Delivered in a break, as a batch of it, at this place in it; all from 1, and break 0 for a note.
    Delivered {
        /// The break.
        break_number: u32,
        /// The batch.
        batch_number: u32,
        /// The place.
        place: u32,
    },
    /// A fate was noted, or followed from the end.
    FateNoted(Fate),
    /// A fate was corrected by the interviewer.
    FateCorrected(Fate),
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub subject: Subject,
    /// Who, when, and the record that says so.
    pub stamp: Stamp,
    /// What it tells.
    pub told: Told,
}

/// The lines that one record adds to the protocol of this interview.
#[must_use]
pub fn lines(alias: &Alias, number: u32, stamp: &Stamp, event: &Event) -> Vec<Line> {
    let of_this = match &stamp.target {
        Target::Interview(case, interview) | Target::Question(case, interview, _) => case == alias && *interview == number,
        _ => false,
    };
    if !of_this {
        return Vec::new();
    }
    let line = |subject: Subject, told: Told| Line { subject, stamp: stamp.clone(), told };
    let whole = |told: Told| vec![line(Subject::Interview, told)];
    match (event, &stamp.target) {
        (Event::Interview(happened), _) => match happened {
            booking::Happened::Booked { .. } => whole(Told::Booked),
            booking::Happened::Confirmed { .. } => whole(Told::Confirmed),
            booking::Happened::DisclosureBanOrdered { .. } => whole(Told::DisclosureBanOrdered),
            booking::Happened::Documented => whole(Told::Documented),
            booking::Happened::ProtocolClosed { .. } => whole(Told::Closed),
            booking::Happened::ProtocolRemarked => whole(Told::Remarked),
            booking::Happened::FurtherDecided { .. } => whole(Told::FurtherDecided),
            booking::Happened::Accepted { .. } | booking::Happened::Declined { .. } | booking::Happened::Invited { .. } => Vec::new(),
            booking::Happened::ObserversAdmitted { observers } => {
                observers.iter().map(|seat| line(Subject::Participant(seat.person.clone()), Told::Admitted)).collect()
            }
            booking::Happened::ObserverRemoved { person } => vec![line(Subject::Participant(person.clone()), Told::Removed)],
        },
        (Event::Room(happened), _) => in_the_room(stamp, happened, &line),
        (Event::Question(happened), Target::Question(_, _, question)) => {
            let of_question = |told: Told| line(Subject::Question(*question), told);
            match happened {
                question::Happened::Submitted { .. } => vec![of_question(Told::Submitted)],
                question::Happened::Withdrawn => vec![of_question(Told::Withdrawn)],
                question::Happened::Approved { delivered } => {
                    let alone = |(break_number, batch_number)| of_question(Told::Delivered { break_number, batch_number, place: 1 });
                    let delivered = delivered.map(alone);
                    std::iter::once(of_question(Told::Approved)).chain(delivered).collect()
                }
                question::Happened::Rejected { reason } => vec![of_question(Told::Rejected(*reason))],
                question::Happened::Merged { into } => vec![of_question(Told::Merged(*into))],
                question::Happened::Objected => vec![of_question(Told::Objected)],
                question::Happened::Revised { .. } => vec![of_question(Told::Revised)],
                question::Happened::Reworded => vec![of_question(Told::Reworded)],
                question::Happened::Deferred => vec![of_question(Told::Deferred)],
                question::Happened::Ranked { rank } => vec![of_question(Told::Ranked(*rank))],
                question::Happened::UrgencyUnmarked => vec![of_question(Told::UrgencyUnmarked)],
                question::Happened::ActedOn => vec![of_question(Told::ActedOn)],
                question::Happened::NoteDelivered { number } => {
                    vec![of_question(Told::Delivered { break_number: 0, batch_number: *number, place: 1 })]
                }
                question::Happened::FateNoted { fate } => vec![of_question(Told::FateNoted(*fate))],
            }
        }
        _ => Vec::new(),
    }
}

fn in_the_room(stamp: &Stamp, happened: &room::Happened, line: &impl Fn(Subject, Told) -> Line) -> Vec<Line> {
    let whole = |told: Told| vec![line(Subject::Interview, told)];
    let own = |told: Told| stamp.person.iter().map(|person| line(Subject::Participant(person.clone()), told)).collect();
    match happened {
        room::Happened::CheckedIn { .. } => own(Told::CheckedIn),
        room::Happened::CheckedOut => own(Told::CheckedOut),
        room::Happened::SignedOff { .. } => own(Told::SignedOff),
        room::Happened::AbsenceRecorded { person, reason } => {
            vec![line(Subject::Participant(person.clone()), Told::Absent(*reason))]
        }
        // Presence is physical, and the protocol tells of that (L2).
        room::Happened::Connections { .. } => Vec::new(),
        room::Happened::RosterFrozen => whole(Told::RosterFrozen),
        room::Happened::ChildInformed => whole(Told::ChildInformed),
        room::Happened::Started { .. } => whole(Told::Started),
        room::Happened::BreakCalled { number, delivered } => {
            let at = |place: u32| Told::Delivered { break_number: *number, batch_number: 1, place };
            let delivered = delivered.iter().zip(1..).map(|(question, place)| line(Subject::Question(*question), at(place)));
            whole(Told::BreakCalled(*number)).into_iter().chain(delivered).collect()
        }
        room::Happened::DeliveryAcknowledged { break_number, batch_number } => {
            whole(Told::DeliveryAcknowledged(*break_number, *batch_number))
        }
        room::Happened::BreakRequested => whole(Told::BreakRequested),
        room::Happened::NotesAllowed { allowed } => whole(Told::NotesAllowed(*allowed)),
        room::Happened::Resumed => whole(Told::Resumed),
        room::Happened::Interrupted { reason } => whole(Told::Interrupted(*reason)),
        room::Happened::ClosingBegun => whole(Told::ClosingBegun),
        room::Happened::Ended { reason, not_asked, .. } => {
            let fates = not_asked
                .iter()
                .map(|(number, reason)| line(Subject::Question(*number), Told::FateNoted(Fate::NotAsked { reason: *reason })));
            whole(Told::Ended(*reason)).into_iter().chain(fates).collect()
        }
        room::Happened::FatesConfirmed { corrections } => {
            let corrected = corrections.iter().map(|(number, fate)| line(Subject::Question(*number), Told::FateCorrected(*fate)));
            whole(Told::FatesConfirmed).into_iter().chain(corrected).collect()
        }
    }
}

//! Protocols: what may be shown is decided and recorded first; the lines are then read from the records.

use std::sync::Arc;

use aws_lc_rs::digest::{Context as Sha256, SHA256};
use barnahus_audit::leaf_hash;
use barnahus_domain::{
    Alias, Command, Event, PersonId, PostId, booking,
    code::Code as _,
    directory::parse_fingerprint,
    interview::{Closed, Observer},
    protocol::{self, Line, Subject, Told},
    question::{Carried, Fate},
    text::QUESTION_MAX,
    view::TextRef,
};
use barnahus_policy::Part;
use barnahus_proto::v1::{self, ProtocolEvent, protocol_service_server::ProtocolService};
use barnahus_store::Filter;
use tonic::{Request, Response, Status};

use super::{
    audit::hex,
    booking::with_interview,
    call::{Desk, Marks},
    question::{self, meant},
    times::{duration, timestamp},
    token::Reading,
};
use crate::{
    clerk::{Draft, Scene},
    record::{self, role_to},
};

/// Records read at once.
const PAGE: u32 = 1000;

/// The service.
pub struct Protocols(pub Arc<Desk>);

/// Whose lines are shown: the caller's own, and the questions that they may see.
#[derive(Default)]
struct Shown {
    alias: Option<Alias>,
    number: u32,
    caller: Option<PersonId>,
    /// The record that closed it.
    closed: Option<u64>,
    /// Who has a seat, in which role and by which post.
    seats: Vec<(PersonId, i32, String)>,
    /// By number, in the order of the protocol, each with the one that speaks for it.
    questions: Vec<(u32, u32)>,
    response: v1::GetProtocolResponse,
}

#[tonic::async_trait]
impl ProtocolService for Protocols {
    async fn get_protocol(&self, request: Request<v1::GetProtocolRequest>) -> Result<Response<v1::GetProtocolResponse>, Status> {
        let (call, message) = self.0.call(request, "GetProtocol")?;
        let mut fields = self.0.fields();
        let target = fields.interview("name", &message.name);
        let mut committed = self.0.look(&call, fields, target, frame).await?;
        let index = committed.index;
        self.lines(&mut committed.draft.message, index).await?;
        let shown = self.0.fill(committed.draft, &committed.fresh).await?;
        let receipt = self.0.receipt(index, &committed.proof).await?;
        let whole = shown.response.protocol.as_ref().filter(|protocol| protocol.whole);
        let reading = |protocol: &v1::Protocol| {
            let reading = Reading { session: call.peer.fingerprint, interview: &protocol.interview, digest: &protocol.digest };
            reading.seal(&self.0.token_key, index)
        };
        let closing_token = whole.map(reading).unwrap_or_default();
        Ok(Response::new(v1::GetProtocolResponse { receipt: Some(receipt), closing_token, ..shown.response }))
    }

    async fn close_protocol(&self, request: Request<v1::CloseProtocolRequest>) -> Result<Response<v1::CloseProtocolResponse>, Status> {
        let (call, message) = self.0.call(request, "CloseProtocol")?;
        let mut fields = self.0.fields();
        let target = fields.interview("name", &message.name);
        let reading = Reading { session: call.peer.fingerprint, interview: &message.name, digest: &message.digest };
        if parse_fingerprint(&message.digest).is_none() {
            fields.refuse("digest", v1::ErrorReason::InvalidField, "give the `digest` of the protocol that was read: 64 hex digits");
        }
        let as_of = reading.open(&self.0.token_key, &mut fields, &message.closing_token);
        let command = as_of.map(|as_of| Command::Interview(booking::Command::CloseProtocol { digest: message.digest.clone(), as_of }));
        let marks = Marks { request_id: &message.request_id, ..Marks::default() };
        let render = |scene: &Scene<'_>| with_interview(scene, v1::CloseProtocolResponse::default(), |response| &mut response.interview);
        self.0.change(&call, fields, target, marks, command, render).await
    }

    async fn add_remark(&self, request: Request<v1::AddRemarkRequest>) -> Result<Response<v1::AddRemarkResponse>, Status> {
        let (call, message) = self.0.call(request, "AddRemark")?;
        let mut fields = self.0.fields();
        let target = fields.interview("name", &message.name);
        let text = fields.text("text", &message.text, QUESTION_MAX);
        let command = text.map(|text| Command::Interview(booking::Command::Remark(text)));
        let marks = Marks { request_id: &message.request_id, ..Marks::default() };
        let render = |scene: &Scene<'_>| with_interview(scene, v1::AddRemarkResponse::default(), |response| &mut response.interview);
        self.0.change(&call, fields, target, marks, command, render).await
    }
}

impl Protocols {
    /// Reads the case's records up to this one and puts in the lines that may be shown.
    async fn lines(&self, shown: &mut Shown, index: u64) -> Result<(), Status> {
        let Some(alias) = shown.alias.clone() else { return Ok(()) };
        let closed = shown.closed.unwrap_or(index);
        let mut digest = Sha256::new(&SHA256);
        let mut from = 0;
        loop {
            let filter = Filter { case_alias: Some(alias.to_string()), indexes: from..index, ..Filter::all(PAGE) };
            let page = self.0.store.records(&filter).await.map_err(|error| self.0.unread(&error))?;
            let Some(last) = page.last() else {
                if let Some(protocol) = shown.response.protocol.as_mut().filter(|protocol| protocol.whole) {
                    protocol.digest = hex(digest.finish().as_ref());
                }
                return Ok(());
            };
            from = last.index + 1;
            for row in page {
                let read = record::decode(&self.0.house, row.index, &row.leaf).map_err(|error| self.0.broken(&error))?;
                let lines = read.event.iter().flat_map(|event: &Event| protocol::lines(&alias, shown.number, &read.stamp, event));
                let lines: Vec<_> = lines.collect();
                if !lines.is_empty() && row.index < closed {
                    digest.update(&row.index.to_be_bytes());
                    digest.update(leaf_hash(&row.leaf).as_bytes());
                }
                if let Some(Event::Interview(booking::Happened::ObserversAdmitted { observers })) = &read.event
                    && !lines.is_empty()
                {
                    // Who was removed before they came has no seat any more.
                    let seats = observers.iter().map(|seat| (seat.person.clone(), role_to(seat.role).into(), self.post(&seat.post)));
                    shown.seats.extend(seats);
                }
                for line in lines {
                    self.put(shown, line);
                }
            }
        }
    }

    fn post(&self, post: &PostId) -> String {
        format!("houses/{}/posts/{post}", self.0.house)
    }

    fn put(&self, shown: &mut Shown, line: Line) {
        let whole = shown.response.protocol.as_ref().is_some_and(|protocol| protocol.whole);
        let own = line.stamp.person.is_some() && line.stamp.person == shown.caller;
        let Some(protocol) = &mut shown.response.protocol else { return };
        let mut message = message(&protocol.interview, self.0.house.as_str(), &line);
        // Whose question was merged sees the fate, not the target (L4).
        if let Told::Merged(into) = line.told
            && !shown.questions.iter().any(|(seen, _)| *seen == into)
        {
            message.merged_into.clear();
        }
        match line.subject {
            Subject::Interview => {
                // She sits with the child from the start to the end.
                if matches!(line.told, Told::Started | Told::Ended(_)) {
                    let role = i32::from(v1::Role::ChildInterviewer);
                    let her = protocol.participants.iter_mut().find(|participant| participant.role == role);
                    her.into_iter().for_each(|her| her.lines.push(message.clone()));
                }
                if whole || own {
                    protocol.lines.push(message);
                }
            }
            Subject::Participant(person) if whole || own || Some(&person) == shown.caller.as_ref() => {
                // An admission, absence or removal is told of one, and recorded by another.
                let by_another = matches!(line.told, Told::Absent(_) | Told::Admitted | Told::Removed);
                let seat = shown.seats.iter().find(|(seated, ..)| *seated == person && by_another);
                let (role, post, deputy) = match seat {
                    Some((_, role, post)) => (*role, post.clone(), false),
                    None => (message.role, message.post.clone(), message.deputy),
                };
                let known = |participant: &&mut v1::ProtocolParticipant| {
                    participant.role == role && participant.post == post && participant.deputy == deputy
                };
                match protocol.participants.iter_mut().find(known) {
                    Some(participant) => participant.lines.push(message),
                    None => protocol.participants.push(v1::ProtocolParticipant { role, post, lines: vec![message], deputy }),
                }
            }
            Subject::Question(number) => {
                // Whoever asked what was merged sees the fate (L4).
                let of_all = matches!(line.told, Told::Delivered { .. } | Told::FateNoted(_) | Told::FateCorrected(_));
                for ((own, speaks), question) in shown.questions.iter().zip(&mut protocol.questions) {
                    if *own == number || (of_all && *speaks == number) {
                        question.lines.push(message.clone());
                    }
                }
            }
            _ => {}
        }
    }
}

/// What may be shown, without lines: the texts of this are named by the record of the reading.
fn frame(scene: &Scene<'_>) -> Draft<Shown> {
    let viewer = &scene.viewer;
    let Some((case, interview)) = meant(viewer, scene.target) else { return Draft::plain(Shown::default()) };
    let whole = viewer.reads_protocol(case, interview, false);
    let caller = Some(&viewer.actor.person).filter(|_| whole || viewer.reads_protocol(case, interview, true));
    let house = viewer.house.definition().map_or_else(String::new, |definition| format!("houses/{}", definition.id));
    let name = format!("{house}/cases/{}/interviews/{}", case.alias, interview.number);
    let questions = || interview.questions().iter().filter(|question| whole || Some(&question.author) == caller);
    let entry = |question: &barnahus_domain::question::Question| v1::ProtocolQuestion {
        name: format!("{name}/questions/{}", question.number),
        role: role_to(question.role).into(),
        post: format!("{house}/posts/{}", question.post),
        text: String::new(),
        urgent_protection: question.urgent,
        state: question::state(question.state).into(),
        lines: question.carried_from.iter().map(carried).collect(),
        carried_from: question
            .carried_from
            .map(|from| format!("{house}/cases/{}/interviews/{}/questions/{}", case.alias, from.interview, from.number))
            .unwrap_or_default(),
    };
    let interviewer = interview.interviewer().filter(|her| interview.started_at.is_some() && (whole || her.person.as_ref() == caller));
    let interviewer = interviewer.map(|her| v1::ProtocolParticipant {
        role: role_to(her.role).into(),
        post: format!("{house}/posts/{}", her.post),
        ..v1::ProtocolParticipant::default()
    });
    let seat = |seat: &Observer| (seat.person.clone(), i32::from(role_to(seat.role)), format!("{house}/posts/{}", seat.post));
    let frame = v1::Protocol {
        kind: interview.kind.number(),
        telling: if interview.started_at.is_some() { case.tellings(interview.number) } else { 0 },
        tellings: case.tellings(u32::MAX),
        recording_reference: interview.recording_reference.clone().filter(|_| whole).unwrap_or_default(),
        disclosure_ban_until: interview.ban_until.map(timestamp),
        starts_at: Some(timestamp(interview.starts_at)),
        ends_at: Some(timestamp(interview.ends_at)),
        rooms: interview.rooms.iter().map(|room| format!("{house}/rooms/{room}")).collect(),
        leader: case.leader().map(|leader| format!("{house}/posts/{}", leader.post)).unwrap_or_default(),
        police_reference: case.police_reference.clone().filter(|_| whole).unwrap_or_default(),
        participants: interviewer.into_iter().collect(),
        questions: questions().map(entry).collect(),
        deviations: interview.deviations.iter().map(|deviation| deviation.number()).collect(),
        interview: name.clone(),
        whole,
        closing: interview.closed.as_ref().map(closing),
        ..v1::Protocol::default()
    };
    let shown = Shown {
        alias: Some(case.alias.clone()),
        number: interview.number,
        caller: caller.cloned(),
        seats: interview.observers.iter().map(seat).collect(),
        closed: interview.closed.as_ref().map(|closed| closed.index),
        questions: questions().map(|question| (question.number, question.spokesman(interview).number)).collect(),
        response: v1::GetProtocolResponse { protocol: Some(frame), ..v1::GetProtocolResponse::default() },
    };
    let reason = interview.deviation_index.filter(|_| whole).map(|index| TextRef::new(index, "reason"));
    let mut draft = Draft::plain(shown).text(reason, |shown: &mut Shown, reason| {
        if let Some(protocol) = &mut shown.response.protocol {
            protocol.deviation_reason = reason;
        }
    });
    draft = draft.text(interview.ban_index.filter(|_| whole).map(|index| TextRef::new(index, "scope")), |shown: &mut Shown, scope| {
        if let Some(protocol) = &mut shown.response.protocol {
            protocol.disclosure_ban_scope = scope;
        }
    });
    let followed = interview.follows.and_then(|number| case.interviews().iter().find(|other| other.number == number));
    let decided = followed.and_then(|followed| followed.further).filter(|_| whole);
    draft = draft.text(decided.map(|further| TextRef::new(further.index, "reason")), |shown: &mut Shown, reason| {
        if let Some(protocol) = &mut shown.response.protocol {
            protocol.further_reason = reason;
        }
    });
    let remarks = interview.remarks.iter().filter(|(_, author)| whole || Some(author) == caller).map(|(index, _)| (*index, "text"));
    let further = interview.further.filter(|_| whole).map(|further| (further.index, "reason"));
    let defence = interview.defence_note_index.filter(|_| whole).map(|index| (index, "defence_note"));
    for (index, field) in remarks.chain(further).chain(defence) {
        draft = draft.text(Some(TextRef::new(index, field)), move |shown, text| {
            let lines = shown.response.protocol.iter_mut().flat_map(|protocol| &mut protocol.lines);
            if let Some(line) = lines.into_iter().find(|line| line.record_index == index) {
                line.text = text;
            }
        });
    }
    for (at, question) in questions().enumerate() {
        let text = TextRef::new(question.text_index, "text");
        draft = draft.text(Some(text), move |shown, text| {
            if let Some(question) = at_question(shown, at) {
                question.text = text;
            }
        });
        let objections = question.objections.iter().map(|index| (*index, "text", (|line| &mut line.objection) as Place));
        let wordings = question.wordings.iter().map(|wording| (wording.text_index, "text", (|line| &mut line.text) as Place));
        let unmarked = question.urgency_unmarked.map(|index| (index, "reason", (|line| &mut line.text) as Place));
        for (index, field, place) in objections.chain(wordings).chain(unmarked) {
            draft = draft.text(Some(TextRef::new(index, field)), move |shown, text| {
                let line = at_question(shown, at).and_then(|question| question.lines.iter_mut().find(|line| line.record_index == index));
                if let Some(line) = line {
                    *place(line) = text;
                }
            });
        }
    }
    draft
}

fn closing(closed: &Closed) -> v1::ProtocolClosing {
    v1::ProtocolClosing { record_index: closed.index, closed_at: Some(timestamp(closed.at)), digest: closed.digest.clone() }
}

fn carried(from: &Carried) -> v1::ProtocolLine {
    let event = ProtocolEvent::QuestionCarried.into();
    v1::ProtocolLine { record_index: from.index, recorded_at: Some(timestamp(from.at)), event, ..v1::ProtocolLine::default() }
}

/// Where in a line a text belongs.
type Place = fn(&mut v1::ProtocolLine) -> &mut String;

fn at_question(shown: &mut Shown, at: usize) -> Option<&mut v1::ProtocolQuestion> {
    shown.response.protocol.as_mut()?.questions.get_mut(at)
}

fn message(interview: &str, house: &str, line: &Line) -> v1::ProtocolLine {
    let mut message = v1::ProtocolLine {
        record_index: line.stamp.index,
        recorded_at: Some(timestamp(line.stamp.at)),
        happened_at: line.stamp.happened_at.map(timestamp),
        event: event(line.told).into(),
        role: line.stamp.role.map_or(v1::Role::Unspecified, role_to).into(),
        post: line.stamp.post.as_ref().map(|post| format!("houses/{house}/posts/{post}")).unwrap_or_default(),
        deputy: line.stamp.part == Part::Deputy,
        ..v1::ProtocolLine::default()
    };
    match line.told {
        Told::BreakCalled(number) => message.break_number = number,
        Told::DeliveryAcknowledged(number, batch) => (message.break_number, message.batch_number) = (number, batch),
        Told::Delivered { break_number, batch_number, place } => {
            (message.break_number, message.batch_number, message.place) = (break_number, batch_number, place);
        }
        Told::Interrupted(reason) | Told::Ended(reason) => message.end_reason = reason.number(),
        Told::Absent(reason) => message.absence_reason = reason.number(),
        Told::Rejected(reason) => message.reject_reason = reason.number(),
        Told::Ranked(rank) => message.rank = rank.unwrap_or(0),
        Told::Merged(into) => message.merged_into = format!("{interview}/questions/{into}"),
        Told::FateNoted(fate) | Told::FateCorrected(fate) => {
            message.fate = fate.kind().number();
            match fate {
                Fate::Asked { offset_us, .. } => message.offset = Some(duration(offset_us)),
                Fate::NotAsked { reason } => message.not_asked_reason = reason.number(),
            }
        }
        _ => {}
    }
    message
}

fn event(told: Told) -> ProtocolEvent {
    match told {
        Told::Booked => ProtocolEvent::Booked,
        Told::Confirmed => ProtocolEvent::Confirmed,
        Told::DisclosureBanOrdered => ProtocolEvent::DisclosureBanOrdered,
        Told::RosterFrozen => ProtocolEvent::RosterFrozen,
        Told::ChildInformed => ProtocolEvent::ChildInformed,
        Told::Started => ProtocolEvent::Started,
        Told::BreakCalled(_) => ProtocolEvent::BreakCalled,
        Told::DeliveryAcknowledged(..) => ProtocolEvent::DeliveryAcknowledged,
        Told::BreakRequested => ProtocolEvent::BreakRequested,
        Told::NotesAllowed(true) => ProtocolEvent::NotesAllowed,
        Told::NotesAllowed(false) => ProtocolEvent::NotesEnded,
        Told::FurtherDecided => ProtocolEvent::FurtherDecided,
        Told::Resumed => ProtocolEvent::Resumed,
        Told::Interrupted(_) => ProtocolEvent::Interrupted,
        Told::ClosingBegun => ProtocolEvent::ClosingBegun,
        Told::Ended(_) => ProtocolEvent::Ended,
        Told::FatesConfirmed => ProtocolEvent::FatesConfirmed,
        Told::Documented => ProtocolEvent::Documented,
        Told::Closed => ProtocolEvent::Closed,
        Told::Remarked => ProtocolEvent::Remarked,
        Told::CheckedIn => ProtocolEvent::CheckedIn,
        Told::CheckedOut => ProtocolEvent::CheckedOut,
        Told::Admitted => ProtocolEvent::Admitted,
        Told::Removed => ProtocolEvent::Removed,
        Told::SignedOff => ProtocolEvent::SignedOff,
        Told::Absent(_) => ProtocolEvent::Absent,
        Told::Submitted => ProtocolEvent::QuestionSubmitted,
        Told::Withdrawn => ProtocolEvent::QuestionWithdrawn,
        Told::Approved => ProtocolEvent::QuestionApproved,
        Told::Rejected(_) => ProtocolEvent::QuestionRejected,
        Told::Merged(_) => ProtocolEvent::QuestionMerged,
        Told::Objected => ProtocolEvent::QuestionObjected,
        Told::Revised => ProtocolEvent::QuestionRevised,
        Told::Reworded => ProtocolEvent::QuestionReworded,
        Told::Deferred => ProtocolEvent::QuestionDeferred,
        Told::Ranked(_) => ProtocolEvent::QuestionRanked,
        Told::UrgencyUnmarked => ProtocolEvent::QuestionUrgencyUnmarked,
        Told::ActedOn => ProtocolEvent::QuestionActedOn,
        Told::Delivered { .. } => ProtocolEvent::QuestionDelivered,
        Told::FateNoted(_) => ProtocolEvent::QuestionFateNoted,
        Told::FateCorrected(_) => ProtocolEvent::QuestionFateCorrected,
    }
}

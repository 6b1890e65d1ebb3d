//! `barnahus interview`.

use barnahus_proto::v1::{
    AcceptBookingRequest, AcknowledgeDeliveryRequest, AddRemarkRequest, AdmitObserversRequest, AllowNotesRequest, BeginClosingRequest,
    BookInterviewRequest, CallBreakRequest, CheckInRequest, CheckOutRequest, CloseProtocolRequest, ConfirmFatesRequest,
    ConfirmInterviewRequest, DecideFurtherInterviewRequest, DeclineBookingRequest, DocumentInterviewRequest, EndInterviewRequest,
    FateCorrection, FreezeRosterRequest, GetInterviewRequest, GetProtocolRequest, InterruptInterviewRequest, InvitePostRequest,
    ListInterviewsRequest, Need, NotAskedReason, OrderDisclosureBanRequest, ProtocolEvent, RecordAbsenceRequest,
    RecordChildInformedRequest, RemoveObserverRequest, RequestBreakRequest, ResumeInterviewRequest, SignOffRequest, StartInterviewRequest,
    Unasked, Waiver,
};

use super::{Fill as _, paper, posts, watch};
use crate::{
    args::{
        BookArgs, Happened, InterviewCommand, Output,
        pair::{NeedArg, WaiverArg},
    },
    clock,
    errors::{Exit, Failure},
    kept::{self, KeptEnd},
    names::{Who, short},
    output::{Admitted, note},
    rpc::Call,
    session::{Session, spoken_now},
    stdin,
    times::{self, Offset},
};

/// Does it.
pub(super) async fn run(session: &mut Session, command: InterviewCommand) -> Result<(), Failure> {
    match command {
        InterviewCommand::Book(args) => book(session, args).await,
        InterviewCommand::Accept { of, unchanged } => {
            let name = session.full(&of.interview);
            session.show(AcceptBookingRequest { name, etag: unchanged.etag, ..Default::default() }).await
        }
        InterviewCommand::Decline { of, reason, unchanged } => {
            let name = session.full(&of.interview);
            session.show(DeclineBookingRequest { name, etag: unchanged.etag, reason: reason.into(), ..Default::default() }).await
        }
        InterviewCommand::Invite { of, post, instead_of, unchanged } => {
            let (name, post, instead_of) = (session.full(&of.interview), session.full(&post), session.full(&instead_of));
            session.show(InvitePostRequest { name, etag: unchanged.etag, post, instead_of, ..Default::default() }).await
        }
        InterviewCommand::Confirm { of, waive, defence_note, unchanged } => {
            let (name, waivers) = (session.full(&of.interview), waivers(session, waive)?);
            let noted = defence_note.map(|note| stdin::text(Some(&note), "ask-defence-note", session.screen.words)).transpose()?;
            let defence_note = noted.unwrap_or_default();
            session.show(ConfirmInterviewRequest { name, etag: unchanged.etag, waivers, defence_note, ..Default::default() }).await
        }
        InterviewCommand::Ban { of, until, scope, unchanged } => {
            let (name, until) = (session.full(&of.interview), session.time(until.0)?);
            let scope = stdin::text(scope.as_deref(), "ask-ban-scope", session.screen.words)?;
            session.show(OrderDisclosureBanRequest { name, etag: unchanged.etag, scope, until, ..Default::default() }).await
        }
        InterviewCommand::Remove { of, person, unchanged } => {
            let name = session.full(&of.interview);
            let posts = posts::list(session).await?;
            let person = posts::holder(session, &posts, &person)?;
            session.show(RemoveObserverRequest { name, etag: unchanged.etag, person, ..Default::default() }).await
        }
        InterviewCommand::Absent { of, person, reason, unchanged } => {
            let name = session.full(&of.interview);
            let posts = posts::list(session).await?;
            let person = posts::holder(session, &posts, &person)?;
            session.show(RecordAbsenceRequest { name, etag: unchanged.etag, person, reason: reason.into(), ..Default::default() }).await
        }
        InterviewCommand::Admit { of, persons, unchanged } => {
            let name = session.full(&of.interview);
            admit(session, name, unchanged.etag, &persons).await
        }
        InterviewCommand::Document(act) => {
            let name = session.full(&act.of.interview);
            session.show(DocumentInterviewRequest { name, etag: act.unchanged.etag, ..Default::default() }).await
        }
        InterviewCommand::Show { of } => session.show(GetInterviewRequest { name: session.full(&of.interview) }).await,
        InterviewCommand::List { case, pages } => {
            let parent = case.map_or_else(|| session.house().to_owned(), |case| session.full(&case));
            session.show_pages(ListInterviewsRequest { parent, ..Default::default() }, &pages).await
        }
        InterviewCommand::Watch { of, resume_token } => watch::watch(session, session.full(&of.interview), resume_token).await,
        InterviewCommand::Protocol(args) => paper::protocol(session, args).await,
        InterviewCommand::Listeners(args) => paper::listeners(session, args).await,
        InterviewCommand::Sheet(args) => paper::sheet(session, args).await,
        other => in_the_room(session, other).await,
    }
}

/// What happens on the day itself.
async fn in_the_room(session: &mut Session, command: InterviewCommand) -> Result<(), Failure> {
    match command {
        InterviewCommand::CheckIn { act, acknowledge_ban } => {
            let (name, happened_at) = (session.full(&act.of.interview), session.happened(act.happened)?);
            let etag = act.unchanged.etag;
            session
                .show(CheckInRequest { name, etag, happened_at, acknowledge_disclosure_ban: acknowledge_ban, ..Default::default() })
                .await
        }
        InterviewCommand::CheckOut(act) => {
            let (name, happened_at) = (session.full(&act.of.interview), session.happened(act.happened)?);
            session.show(CheckOutRequest { name, etag: act.unchanged.etag, happened_at, ..Default::default() }).await
        }
        InterviewCommand::Freeze(act) => {
            let (name, happened_at) = (session.full(&act.of.interview), session.happened(act.happened)?);
            session.show(FreezeRosterRequest { name, etag: act.unchanged.etag, happened_at, ..Default::default() }).await
        }
        InterviewCommand::ChildInformed(act) => {
            let (name, happened_at) = (session.full(&act.of.interview), session.happened(act.happened)?);
            session.show(RecordChildInformedRequest { name, etag: act.unchanged.etag, happened_at, ..Default::default() }).await
        }
        InterviewCommand::Start { act, recording, reason } => {
            let (name, happened_at) = (session.full(&act.of.interview), session.happened(act.happened)?);
            let reason = stdin::optional(reason.as_deref(), "ask-start-reason", session.screen.words)?;
            let (etag, recording_reference) = (act.unchanged.etag, recording);
            session.show(StartInterviewRequest { name, etag, happened_at, recording_reference, reason, ..Default::default() }).await
        }
        InterviewCommand::Break(act) => {
            let (name, happened_at) = (session.full(&act.of.interview), session.happened(act.happened)?);
            session.show(CallBreakRequest { name, etag: act.unchanged.etag, happened_at, ..Default::default() }).await
        }
        InterviewCommand::Acknowledge { of, break_number, batch_number, happened, unchanged } => {
            let (name, etag, happened_at) = (session.full(&of.interview), unchanged.etag, session.happened(happened)?);
            let (break_number, batch_number) = match (break_number, batch_number) {
                (Some(number), Some(batch)) => (number, batch),
                (wanted, _) => unacknowledged(session, &name, wanted).await?,
            };
            session.show(AcknowledgeDeliveryRequest { name, etag, happened_at, break_number, batch_number, ..Default::default() }).await
        }
        InterviewCommand::Further { of, kind, reason, unchanged } => {
            let name = session.full(&of.interview);
            let reason = stdin::text(reason.as_deref(), "ask-further", session.screen.words)?;
            let request = DecideFurtherInterviewRequest { name, etag: unchanged.etag, kind: kind.into(), reason, ..Default::default() };
            session.show(request).await
        }
        InterviewCommand::CloseProtocol { of } => {
            let name = session.full(&of.interview);
            let read = session.call(GetProtocolRequest { name: name.clone() }).await?;
            let protocol = read.protocol.unwrap_or_default();
            if protocol.whole && !protocol.lines.iter().any(|line| line.event == ProtocolEvent::Documented as i32) {
                return Err(Failure::new(Exit::Refused, "fail-not-documented"));
            }
            let digest = protocol.digest;
            let said = session.screen.words.tell("say-protocol-closing", &[("digest", &digest)]);
            session.show(CloseProtocolRequest { name, request_id: String::new(), closing_token: read.closing_token, digest }).await?;
            note(&said);
            Ok(())
        }
        InterviewCommand::Remark { of, text } => {
            let name = session.full(&of.interview);
            let text = stdin::text(text.as_deref(), "ask-remark", session.screen.words)?;
            session.show(AddRemarkRequest { name, request_id: String::new(), text }).await
        }
        InterviewCommand::AskBreak(act) => {
            let name = session.full(&act.of.interview);
            session.show(RequestBreakRequest { name, etag: act.unchanged.etag, ..Default::default() }).await
        }
        InterviewCommand::Notes { act, off } => {
            let name = session.full(&act.of.interview);
            session.show(AllowNotesRequest { name, etag: act.unchanged.etag, allowed: !off, ..Default::default() }).await
        }
        InterviewCommand::Resume(act) => {
            let (name, happened_at) = (session.full(&act.of.interview), session.happened(act.happened)?);
            session.show(ResumeInterviewRequest { name, etag: act.unchanged.etag, happened_at, ..Default::default() }).await
        }
        InterviewCommand::Closing(act) => {
            let (name, happened_at) = (session.full(&act.of.interview), session.happened(act.happened)?);
            session.show(BeginClosingRequest { name, etag: act.unchanged.etag, happened_at, ..Default::default() }).await
        }
        InterviewCommand::SignOff(act) => {
            let (name, happened_at) = (session.full(&act.of.interview), session.happened(act.happened)?);
            session.show(SignOffRequest { name, etag: act.unchanged.etag, happened_at, ..Default::default() }).await
        }
        InterviewCommand::Interrupt { of, reason, happened } => {
            let (name, happened_at) = (session.full(&of.interview), session.happened(happened)?);
            let request = InterruptInterviewRequest { name, happened_at, reason: reason.into(), ..Default::default() };
            now_or_later(session, request, happened).await.map(drop)
        }
        InterviewCommand::End { of, reason, unasked, happened } => {
            let (name, happened_at) = (session.full(&of.interview), session.happened(happened)?);
            let house = session.house().to_owned();
            let slips = unasked.iter().filter(|entry| entry.meant.is_none()).map(|entry| entry.typed.clone());
            let mut left_out: Vec<String> = slips.collect();
            let meant = unasked.iter().filter_map(|entry| entry.meant.as_ref());
            let unasked = meant.map(|pair| Unasked { question: pair.0.full(&house, &name), reason: pair.1.0.into() }).collect();
            let request = EndInterviewRequest { name, happened_at, reason: reason.into(), unasked, ..Default::default() };
            // Before anything is sent: whoever gives up waiting has lost nothing.
            let end = (!session.repeats()).then(|| keep(session, &request)).flatten();
            let answered = now_or_later(session, request, happened).await;
            let answer = match (answered, end) {
                (Err(failure), Some(end)) if failure.exit == Exit::TryAgain => {
                    let time = times::time_of_day(end.happened_at, &session.profile.zone);
                    return Err(Failure::new(Exit::TryAgain, "fail-end-kept").with("time", time));
                }
                (answered, end) => {
                    end.iter().for_each(|end| kept::forget(&session.profile, end));
                    answered?
                }
            };
            left_out.extend(answer.left_out.iter().map(|question| short(question)));
            let counted = answer.interview.and_then(|interview| interview.ended_at);
            if let Some(counted) = counted.filter(|counted| happened_at.is_some_and(|claimed| claimed != *counted)) {
                let time = times::instant(counted).map(|time| times::day_and_time(time, &session.screen.zone)).unwrap_or_default();
                note(&session.screen.words.tell("say-end-counted", &[("time", &time)]));
            }
            if !left_out.is_empty() {
                let questions = left_out.join(", ");
                note(&session.screen.words.tell("say-left-out", &[("questions", &questions)]));
            }
            Ok(())
        }
        InterviewCommand::ConfirmFates { of, correct, unchanged } => {
            let (name, house) = (session.full(&of.interview), session.house().to_owned());
            let correct = correct.iter().map(|correction| FateCorrection {
                question: correction.question.full(&house, &name),
                fate: correction.fate.into(),
                offset: correction.offset.map(Offset::duration),
                reason: correction.reason.unwrap_or(NotAskedReason::Unspecified).into(),
            });
            let corrections = correct.collect();
            session.show(ConfirmFatesRequest { name, etag: unchanged.etag, corrections, ..Default::default() }).await
        }
        _ => Ok(()),
    }
}

/// An act that is never held up (rule L11): if it cannot be recorded now, it is said how to record it later as having happened now.
async fn now_or_later<C: Call>(session: &mut Session, request: C, happened: Happened) -> Result<C::Answer, Failure> {
    let at = happened.at.is_none().then(|| spoken_now(session));
    let answer = session.call_told_later(request, at).await?;
    session.screen.answer(C::RPC, &answer)?;
    Ok(answer)
}

/// Keeps an end until the house has answered (rule L11), with the time that it has now; none where it cannot be kept.
fn keep(session: &Session, request: &EndInterviewRequest) -> Option<KeptEnd> {
    let unasked = request.unasked.iter().map(|unasked| (unasked.question.clone(), unasked.reason().as_str_name().to_owned()));
    let end = KeptEnd {
        // Not the attempt's own: that request does not say when it happened.
        request_id: clock::request_id(),
        interview: request.name.clone(),
        happened_at: request.happened_at.and_then(times::instant).unwrap_or_else(clock::now),
        reason: request.reason().as_str_name().to_owned(),
        unasked: unasked.collect(),
    };
    kept::keep(&session.profile, &end).is_ok().then_some(end)
}

/// Admits, and says who came to sit there for whom.
async fn admit(session: &mut Session, name: String, etag: String, persons: &[Who]) -> Result<(), Failure> {
    let posts = posts::list(session).await?;
    let persons = persons.iter().map(|who| posts::holder(session, &posts, who)).collect::<Result<Vec<_>, _>>()?;
    let answer = session.call(AdmitObserversRequest { name, etag, persons: persons.clone(), ..Default::default() }).await?;
    session.screen.answer(AdmitObserversRequest::RPC, &answer)?;
    if session.screen.output != Output::Table {
        return Ok(());
    }
    let seats = answer.interview.into_iter().flat_map(|interview| interview.observers);
    let seats = seats.filter(|seat| persons.contains(&seat.person)).map(|seat| {
        let authority = posts.iter().find(|post| post.name == seat.post).map(|post| post.authority.clone()).unwrap_or_default();
        Admitted { seat, authority }
    });
    session.screen.shown(&seats.collect::<Vec<_>>())
}

/// The newest batch that was not acknowledged, of this break or of all.
async fn unacknowledged(session: &mut Session, name: &str, wanted: Option<u32>) -> Result<(u32, u32), Failure> {
    let answer = session.call(GetInterviewRequest { name: name.to_owned() }).await?;
    let interview = answer.interview.unwrap_or_default();
    let breaks = interview.breaks.into_iter().map(|lasting| (lasting.number, lasting.batches)).chain([(0, interview.notes)]);
    let breaks = breaks.filter(|(number, _)| wanted.is_none_or(|wanted| *number == wanted));
    let open = breaks.flat_map(|(number, batches)| {
        batches.into_iter().filter(|batch| batch.acknowledged_at.is_none()).map(move |batch| (number, batch.number))
    });
    open.max().ok_or_else(|| Failure::new(Exit::Usage, "fail-nothing-to-acknowledge"))
}

async fn book(session: &mut Session, args: BookArgs) -> Result<(), Failure> {
    let need = |needed: &NeedArg, required: bool| {
        let post = needed.post.as_ref().map(|post| session.full(post)).unwrap_or_default();
        Need { role: needed.role.into(), required, post }
    };
    let required = args.need.iter().map(|needed| need(needed, true));
    let request = BookInterviewRequest {
        parent: session.full(&args.of.case),
        request_id: String::new(),
        kind: args.kind.into(),
        needs: required.chain(args.wish.iter().map(|wished| need(wished, false))).collect(),
        rooms: session.full_all(&args.room),
        starts_at: session.time(args.starts)?,
        duration: Some(prost_types::Duration { seconds: args.minutes * 60, nanos: 0 }),
    };
    session.show(request).await
}

/// The waivers, their reasons from the arguments or, a line for each that has none, from standard input.
fn waivers(session: &Session, waive: Vec<WaiverArg>) -> Result<Vec<Waiver>, Failure> {
    let unsaid = waive.iter().filter(|waiver| waiver.reason.is_none()).count();
    let said = if unsaid == 0 { Vec::new() } else { stdin::lines("ask-waivers", session.screen.words)? };
    if said.len() != unsaid {
        return Err(Failure::new(Exit::Usage, "fail-waiver-reasons").with("wanted", unsaid).with("given", said.len()));
    }
    let mut said = said.into_iter();
    let with_reason = |waiver: WaiverArg| {
        let reason = waiver.reason.or_else(|| said.next()).unwrap_or_default();
        Waiver { post: session.full(&waiver.post), reason }
    };
    Ok(waive.into_iter().map(with_reason).collect())
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::EndReason;

    use super::*;
    use crate::{
        args::OfInterview,
        door::{Canned, Fault, World},
        text::{Lang, Words},
    };

    #[tokio::test]
    async fn an_end_that_cannot_be_recorded_is_kept_and_told_as_ended_l11() {
        let world = World::new();
        let (port, door) = world.open(vec![Canned::HangUp]).await;
        let mut session = world.session(&Fault::None, port, "interview end");
        let of = OfInterview { interview: "VRM-2026-0142/1".parse().unwrap() };
        let end = InterviewCommand::End { of, reason: EndReason::Safety, unasked: Vec::new(), happened: Happened::default() };
        let failure = tokio::select! {
            ended = run(&mut session, end) => ended.unwrap_err(),
            () = door => unreachable!("it stays open"),
        };
        assert!(failure.exit == Exit::TryAgain && failure.tell(Words { lang: Lang::En }, false).contains("ENDED at"), "{failure:?}");
        let kept = kept::kept(&session.profile);
        assert_eq!((kept.len(), kept[0].reason.as_str()), (1, "END_REASON_SAFETY"));
    }
}

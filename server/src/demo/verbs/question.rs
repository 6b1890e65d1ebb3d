//! Questions: asked, decided on, and what became of them. A step names a question by its text.

use std::collections::BTreeMap;

use barnahus_proto::v1::{
    ApproveQuestionRequest, DeferQuestionRequest, DeliverNoteRequest, Fate, GetQuestionRequest, Hint, ListQuestionsRequest,
    MarkActedOnRequest, MergeQuestionRequest, NotAskedReason, NoteFateRequest, ObjectToDecisionRequest, Question, QuestionState,
    RankQuestionRequest, RejectQuestionRequest, RejectReason, ReviseQuestionRequest, RewordQuestionRequest, SubmitQuestionRequest,
    UnmarkUrgencyRequest, WithdrawQuestionRequest,
};

use super::{Play, plain, present, request_id};
use crate::demo::{
    code::{Coded, words},
    player::{Done, Halt, Player, Scene},
    rpc::last,
};

/// Asks; its author must get this hint, or none (L9).
pub(super) async fn submit(
    player: &mut Player<'_>,
    scene: Scene<'_>,
    text: &str,
    urgent_protection: bool,
    hint: Option<Coded<Hint>>,
) -> Play {
    let request = SubmitQuestionRequest {
        parent: player.interview(scene)?,
        request_id: request_id(),
        text: text.to_owned(),
        urgent_protection,
        happened_at: None,
    };
    let answer = player.act(scene.who, request).await?;
    let question = present(answer.question, "the question")?;
    let hints: Vec<_> = answer.hints.iter().map(|hint| words::<Hint>(*hint)).collect();
    if let Some(hint) = hint.filter(|hint| !answer.hints.contains(&hint.number())) {
        let expected = format!("the hint \"{}\" to its author", words::<Hint>(hint.number()));
        return Err(Halt::unexpected(expected, format!("hints {hints:?}")));
    }
    let urgent = question.urgent_protection.then(|| "urgent".to_owned());
    let marks =
        urgent.into_iter().chain(hints.iter().map(|hint| format!("hint: {hint}"))).map(|mark| format!(", {mark}")).collect::<String>();
    let said = Done::said(format!("question {}{marks}", last(&question.name)));
    player.remember(scene.case).questions.push((text.to_owned(), question.name));
    Ok(said)
}

pub(super) async fn withdraw(player: &mut Player<'_>, scene: Scene<'_>, text: &str) -> Play {
    let request = WithdrawQuestionRequest { name: player.question(scene, text)?, request_id: request_id(), etag: String::new() };
    plain(player, scene, request, "withdrawn").await
}

/// Words it anew. From then on steps name it by its new words.
pub(super) async fn revise(player: &mut Player<'_>, scene: Scene<'_>, question: &str, text: &str) -> Play {
    let name = player.question(scene, question)?;
    let request = ReviseQuestionRequest { name: name.clone(), request_id: request_id(), etag: String::new(), text: text.to_owned() };
    let played = plain(player, scene, request, &format!("question {} anew", last(&name))).await?;
    player.remember(scene.case).questions.push((text.to_owned(), name));
    Ok(played)
}

/// The same, as the leader.
pub(super) async fn reword(player: &mut Player<'_>, scene: Scene<'_>, question: &str, text: &str) -> Play {
    let name = player.question(scene, question)?;
    let request = RewordQuestionRequest { name: name.clone(), request_id: request_id(), etag: String::new(), text: text.to_owned() };
    let played = plain(player, scene, request, &format!("question {}, both stand", last(&name))).await?;
    player.remember(scene.case).questions.push((text.to_owned(), name));
    Ok(played)
}

pub(super) async fn defer(player: &mut Player<'_>, scene: Scene<'_>, question: &str) -> Play {
    let request = DeferQuestionRequest { name: player.question(scene, question)?, request_id: request_id(), ..Default::default() };
    plain(player, scene, request, "to the next interview").await
}

pub(super) async fn rank(player: &mut Player<'_>, scene: Scene<'_>, question: &str, rank: u32) -> Play {
    let request = RankQuestionRequest { name: player.question(scene, question)?, request_id: request_id(), etag: String::new(), rank };
    plain(player, scene, request, "ranked").await
}

pub(super) async fn unmark_urgency(player: &mut Player<'_>, scene: Scene<'_>, question: &str, reason: &str) -> Play {
    let name = player.question(scene, question)?;
    let request = UnmarkUrgencyRequest { name, request_id: request_id(), etag: String::new(), reason: reason.to_owned() };
    plain(player, scene, request, "not urgent").await
}

pub(super) async fn acted_on(player: &mut Player<'_>, scene: Scene<'_>, question: &str) -> Play {
    let request = MarkActedOnRequest { name: player.question(scene, question)?, request_id: request_id(), etag: String::new() };
    plain(player, scene, request, "outside the room").await
}

pub(super) async fn deliver_note(player: &mut Player<'_>, scene: Scene<'_>, question: &str) -> Play {
    let request = DeliverNoteRequest { name: player.question(scene, question)?, request_id: request_id(), etag: String::new() };
    plain(player, scene, request, "one note").await
}

/// What waits for the leader or the break must be these texts, in this order (L7). From then on steps mean the questions of this interview.
pub(super) async fn expect_questions(player: &mut Player<'_>, scene: Scene<'_>, in_order: &[String]) -> Play {
    let answer = player.act(scene.who, ListQuestionsRequest { parent: player.interview(scene)? }).await?;
    let waits = |question: &&Question| matches!(question.state(), QuestionState::Submitted | QuestionState::Approved);
    let seen: Vec<_> = answer.questions.iter().filter(waits).map(|question| question.text.as_str()).collect();
    if !seen.iter().copied().eq(in_order.iter().map(String::as_str)) {
        return Err(Halt::unexpected(format!("in this order: {in_order:?}"), format!("{seen:?}")));
    }
    let said = Done::said(format!("{} wait", seen.len()));
    let known = answer.questions.into_iter().map(|question| (question.text, question.name));
    player.remember(scene.case).questions.extend(known);
    Ok(said)
}

/// Decides one question after the other: first what is approved, then what is merged, then what is rejected.
pub(super) async fn triage(
    player: &mut Player<'_>,
    scene: Scene<'_>,
    approve: &[String],
    merge: &BTreeMap<String, String>,
    reject: &BTreeMap<String, Coded<RejectReason>>,
) -> Play {
    for text in approve {
        let name = player.question(scene, text)?;
        player.act(scene.who, ApproveQuestionRequest { name, request_id: request_id(), ..Default::default() }).await?;
    }
    for (text, into) in merge {
        let (name, into) = (player.question(scene, text)?, player.question(scene, into)?);
        player
            .act(scene.who, MergeQuestionRequest { name, request_id: request_id(), etag: String::new(), into, happened_at: None })
            .await?;
    }
    for (text, reason) in reject {
        let name = player.question(scene, text)?;
        player
            .act(
                scene.who,
                RejectQuestionRequest { name, request_id: request_id(), etag: String::new(), reason: reason.number(), happened_at: None },
            )
            .await?;
    }
    Ok(Done::said(format!("{} yes, {} merged, {} no", approve.len(), merge.len(), reject.len())))
}

pub(super) async fn object(player: &mut Player<'_>, scene: Scene<'_>, to: &str, text: &str) -> Play {
    let name = player.question(scene, to)?;
    let outcome = format!("to question {}", last(&name));
    let request = ObjectToDecisionRequest { name, request_id: request_id(), etag: String::new(), text: text.to_owned() };
    plain(player, scene, request, &outcome).await
}

pub(super) async fn note_fate(
    player: &mut Player<'_>,
    scene: Scene<'_>,
    text: &str,
    fate: Coded<Fate>,
    offset_minutes: Option<u16>,
    reason: Option<Coded<NotAskedReason>>,
) -> Play {
    let request = NoteFateRequest {
        name: player.question(scene, text)?,
        request_id: request_id(),
        etag: String::new(),
        fate: fate.number(),
        offset: offset_minutes.map(|minutes| prost_types::Duration { seconds: i64::from(minutes) * 60, nanos: 0 }),
        reason: reason.map(Coded::number).unwrap_or_default(),
        happened_at: None,
    };
    let answer = player.act(scene.who, request).await?;
    let question = present(answer.question, "the question")?;
    let at = offset_minutes.map(|minutes| format!(", {minutes} min")).unwrap_or_default();
    Ok(Done::said(format!("{}{at}", words::<QuestionState>(question.state))))
}

/// What this post may list of the interview's questions must be nothing at all (L8).
pub(super) async fn expect_nothing_delivered(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let answer = player.act(scene.who, ListQuestionsRequest { parent: player.interview(scene)? }).await?;
    let seen = answer.questions.len();
    if seen == 0 { Ok(Done::said("nothing to see")) } else { Err(Halt::unexpected("no question", format!("{seen} questions"))) }
}

/// Reads the text of the case's first question, whatever it is.
pub(super) async fn read_text(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let first = player.memory(scene.case).questions.first().map(|(_, name)| name.clone());
    let name = first.ok_or_else(|| Halt::unexpected("an earlier step with a question", format!("none in case {}", scene.case)))?;
    let question = present(player.act(scene.who, GetQuestionRequest { name }).await?.question, "the question")?;
    if question.text.is_empty() { Err(Halt::unexpected("the question's text", "none")) } else { Ok(Done::said("read")) }
}

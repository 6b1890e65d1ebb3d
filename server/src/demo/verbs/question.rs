//! Questions: asked, decided on, and what became of them. A step names a question by its text.

use std::collections::BTreeMap;

use barnahus_proto::v1::{
    ApproveQuestionRequest, Fate, GetQuestionRequest, Hint, ListQuestionsRequest, MergeQuestionRequest, NotAskedReason, NoteFateRequest,
    ObjectToDecisionRequest, QuestionState, RejectQuestionRequest, RejectReason, SubmitQuestionRequest, WithdrawQuestionRequest,
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
    let request =
        SubmitQuestionRequest { parent: player.interview(scene)?, request_id: request_id(), text: text.to_owned(), urgent_protection };
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
        player.act(scene.who, ApproveQuestionRequest { name, request_id: request_id(), etag: String::new() }).await?;
    }
    for (text, into) in merge {
        let (name, into) = (player.question(scene, text)?, player.question(scene, into)?);
        player.act(scene.who, MergeQuestionRequest { name, request_id: request_id(), etag: String::new(), into }).await?;
    }
    for (text, reason) in reject {
        let name = player.question(scene, text)?;
        player
            .act(scene.who, RejectQuestionRequest { name, request_id: request_id(), etag: String::new(), reason: reason.number() })
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

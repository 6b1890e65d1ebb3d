//! A connection to the house: calls over mutual TLS, each answer's receipt verified and kept.
//!
//! It connects at the first call, so that a person who is asked for a text holds no connection meanwhile. A call that the house puts off
//! (UNAVAILABLE with RetryInfo) is repeated with the same request id. INVARIANT: a command calls only what its help says it calls; an
//! answer is handed on whether or not its receipt verifies, but one that does not verify ends the command with an error.

mod line;

use std::time::{Duration, Instant};

use barnahus_proto::method;
use tonic::{
    Request, Status,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};
use tonic_prost::ProstCodec;
use uuid::Uuid;

use crate::{
    args::{Global, Output, serves},
    clock,
    errors::{self, Asked, Exit, Failure, transport::Trouble},
    output::{Screen, note},
    profile::{self, Profile},
    receipts::Receipts,
    rpc::{Call, Paged},
    times,
};

pub(crate) use self::line::Line;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
const KEEP_ALIVE: Duration = Duration::from_secs(20);
const RETRIES: u32 = 3;
const RETRY_FOR: Duration = Duration::from_secs(10);
const MAX_MESSAGE_BYTES: usize = 32 << 20;

/// One command's dealings with the house.
pub(crate) struct Session {
    /// Who calls.
    pub(crate) profile: Profile,
    /// The person's receipts.
    pub(crate) receipts: Receipts,
    /// Where answers are shown.
    pub(crate) screen: Screen,
    global: Global,
    /// The words of the command, such as `interview book`.
    command: String,
    grpc: Option<Grpc<Channel>>,
    unproven: Option<Failure>,
    /// Whether nothing is said beside the answers: somebody else owns the terminal.
    quiet: bool,
}

impl Session {
    /// For one command; nothing is sent yet.
    pub(crate) fn new(profile: Profile, screen: Screen, global: Global, command: String) -> Result<Self, Failure> {
        let receipts = Receipts::of(&profile)?;
        Ok(Self { profile, receipts, screen, global, command, grpc: None, unproven: None, quiet: false })
    }

    /// `houses/varmland`.
    pub(crate) fn house(&self) -> &str {
        &self.profile.settings.house
    }

    /// Calls, and shows the answer.
    pub(crate) async fn show<C: Call>(&mut self, request: C) -> Result<(), Failure> {
        let answer = self.call(request).await?;
        self.screen.answer(C::RPC, &answer)
    }

    /// Calls for a page, or for all of them one after the other, and shows them.
    pub(crate) async fn show_pages<C: Paged>(&mut self, mut request: C, pages: &crate::args::Pages) -> Result<(), Failure> {
        let size = i32::try_from(pages.page_size).unwrap_or_default();
        request.set_page(size, &pages.page_token);
        let mut answer = self.call(request.clone()).await?;
        while pages.all && !C::next(&answer).is_empty() {
            request.set_page(size, C::next(&answer));
            let next = self.call(request.clone()).await?;
            C::append(&mut answer, next);
        }
        self.screen.answer(C::RPC, &answer)?;
        if !C::next(&answer).is_empty() {
            note(&self.screen.words.tell("say-more", &[("token", &C::next(&answer))]));
        }
        Ok(())
    }

    /// Calls, and hands the answer on. Its receipt is verified and kept; one that does not verify is told at once, and again by
    /// [`Session::finish`].
    pub(crate) async fn call<C: Call>(&mut self, request: C) -> Result<C::Answer, Failure> {
        self.call_told_later(request, None).await
    }

    /// As [`Session::call`], but the receipt is verified only: for the questions about receipts themselves, which would never come to an
    /// end if each left a receipt to ask about.
    pub(crate) async fn call_unkept<C: Call>(&mut self, request: C) -> Result<C::Answer, Failure> {
        let answer = self.attempt(&request, &Asked { rpc: C::RPC, ..Asked::default() }).await?;
        self.receipts.verify(crate::rpc::Answer::receipt(&answer))?;
        Ok(answer)
    }

    /// As [`Session::call`], for acts that cannot wait (rule L11): if they cannot be recorded now, the person is told to record them
    /// later, as having happened at this time.
    pub(crate) async fn call_told_later<C: Call>(&mut self, request: C, at: Option<String>) -> Result<C::Answer, Failure> {
        self.send(request, self.global.request_id.unwrap_or_else(clock::request_id), at).await
    }

    /// As [`Session::call`], under this request id: for who repeats an act until its outcome is known.
    pub(crate) async fn call_as<C: Call>(&mut self, request: C, id: Uuid) -> Result<C::Answer, Failure> {
        self.send(request, id, None).await
    }

    async fn send<C: Call>(&mut self, mut request: C, id: Uuid, at: Option<String>) -> Result<C::Answer, Failure> {
        let act = request.set_request_id(&id.to_string());
        let asked = Asked { rpc: C::RPC, request_id: act.then(|| id.to_string()), at };
        let answer = self.attempt(&request, &asked).await?;
        self.keep(crate::rpc::Answer::receipt(&answer), act);
        Ok(answer)
    }

    /// Connects, if that was not done yet. Nothing that a person asked for is sent.
    async fn connect(&mut self, asked: &Asked) -> Result<Grpc<Channel>, Failure> {
        if let Some(grpc) = &self.grpc {
            return Ok(grpc.clone());
        }
        let endpoint = endpoint(&self.profile, (!self.quiet).then_some(&self.screen))?;
        let connected = endpoint.connect().await.map_err(|error| Status::from_error(error.into()));
        let channel = connected.map_err(|status| errors::refused(&status, asked))?;
        Ok(self.grpc.insert(Grpc::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES)).clone())
    }

    /// The line, connected if it was not yet, for streams.
    pub(crate) async fn line(&mut self, asked: &Asked) -> Result<Line, Failure> {
        Ok(Line::new(self.connect(asked).await?, self.command.clone()))
    }

    /// The same, saying nothing beside its answers: a receipt that does not verify is then told by [`Session::unproven`] and at the end.
    pub(crate) fn quiet(self) -> Self {
        Self { quiet: true, ..self }
    }

    /// Whether a receipt did not verify so far.
    pub(crate) fn unproven(&self) -> bool {
        self.unproven.is_some()
    }

    /// Whether this run repeats an earlier one, by the person's word.
    pub(crate) fn repeats(&self) -> bool {
        self.global.request_id.is_some()
    }

    /// Ends the dealings: with an error if a receipt did not verify, though all else went well.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        self.unproven.map_or(Ok(()), Err)
    }

    async fn attempt<C: Call>(&mut self, request: &C, asked: &Asked) -> Result<C::Answer, Failure> {
        // Until the connection stands nothing was sent: no outcome to find out.
        let mut grpc = self.connect(&Asked { request_id: None, ..asked.clone() }).await?;
        let begun = Instant::now();
        for attempt in 0.. {
            let status = match self.once(&mut grpc, request).await {
                Ok(answer) => return Ok(answer),
                Err(status) => status,
            };
            let wait = errors::retry_after(&status).filter(|wait| attempt < RETRIES && begun.elapsed() + *wait <= RETRY_FOR);
            let Some(wait) = wait else { return Err(errors::refused(&status, asked)) };
            if !self.quiet {
                note(&self.screen.words.tell("say-retry", &[("seconds", &wait.as_secs_f64().ceil())]));
            }
            tokio::time::sleep(wait).await;
        }
        Err(Trouble::Lost.failure())
    }

    async fn once<C: Call>(&self, grpc: &mut Grpc<Channel>, request: &C) -> Result<C::Answer, Status> {
        let path = path(&self.command, C::RPC);
        let mut request = Request::new(request.clone());
        request.set_timeout(CALL_TIMEOUT);
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let call = grpc.unary(request, path, ProstCodec::<C, C::Answer>::default());
        let answer = tokio::time::timeout(CALL_TIMEOUT, call).await.map_err(|_| Status::deadline_exceeded("no answer in time"))??;
        Ok(answer.into_inner())
    }

    fn keep(&mut self, receipt: Option<&barnahus_proto::v1::Receipt>, act: bool) {
        let words = self.screen.words;
        match self.receipts.keep(receipt) {
            Ok(index) if !self.quiet && self.global.output == Output::Table && (act || self.global.verbose) => {
                note(&words.tell("say-recorded", &[("index", &index)]))
            }
            Ok(_) => (),
            Err(failure) => {
                if !self.quiet {
                    failure.report(words, self.global.verbose, self.global.output);
                }
                self.unproven = Some(Failure::new(Exit::Other, "fail-unproven"));
            }
        }
    }
}

fn path(command: &str, rpc: &'static str) -> PathAndQuery {
    debug_assert!(serves::calls(command, rpc), "`{command}` does not say that it calls `{rpc}`");
    PathAndQuery::from_static(method(rpc).map_or("/", |method| method.path))
}

/// The time that a person would type to say later that something happens now.
pub(crate) fn spoken_now(session: &Session) -> String {
    times::day_and_time(clock::now(), &session.profile.zone)
}

fn endpoint(profile: &Profile, told: Option<&Screen>) -> Result<Endpoint, Failure> {
    let settings = &profile.settings;
    let certificate = profile.read(&settings.certificate)?;
    let key = profile.read(&settings.key)?;
    let authority = profile.read(&settings.authority)?;
    if let (Some(end), Some(screen)) = (profile::ends_soon(&certificate, clock::now()), told) {
        note(&screen.words.tell("say-certificate-ends", &[("time", &times::day_and_time(end, &profile.zone))]));
    }
    let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority)).identity(Identity::from_pem(certificate, key));
    if let Some(name) = &settings.server_name {
        tls = tls.domain_name(name);
    }
    let invalid = |error: tonic::transport::Error| {
        let said = errors::transport::chain(&error).join(": ");
        Failure::new(Exit::Usage, "fail-profile-invalid").with("path", profile.folder.display()).with("error", said)
    };
    let endpoint = Endpoint::from_shared(settings.server.clone()).map_err(invalid)?.tls_config(tls).map_err(invalid)?;
    let endpoint = endpoint.user_agent(concat!("barnahus-cli/", env!("CARGO_PKG_VERSION"))).map_err(invalid)?;
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true))
}

#[cfg(test)]
mod tests {
    use barnahus_audit::{Tree, leaf_hash};
    use barnahus_proto::v1::{ErrorReason, GetSelfRequest, GetSelfResponse, SignOffRequest, SignOffResponse};
    use prost::Message as _;
    use tokio::{io::AsyncWriteExt as _, net::TcpListener};
    use tonic::Code;

    use super::*;
    use crate::{
        door::{Canned, Fault, World, refusal},
        text::{Lang, Words},
    };

    fn says(failure: &Failure, exit: Exit, word: &str) {
        let told = failure.tell(Words { lang: Lang::En }, true);
        assert!(failure.exit == exit && told.contains(word), "{told}");
    }

    /// What a person with this fault is told at the door.
    async fn told(world: &World, fault: Fault) -> Failure {
        let (port, door) = world.open(Vec::new()).await;
        let mut session = world.session(&fault, port, "whoami");
        tokio::select! {
            failed = session.call(GetSelfRequest {}) => failed.unwrap_err(),
            () = door => unreachable!("it stays open"),
        }
    }

    #[tokio::test]
    async fn a_refused_certificate_is_told_by_its_fault() {
        let world = World::new();
        says(&told(&world, Fault::Revoked).await, Exit::Refused, "your certificate is revoked");
        says(&told(&world, Fault::Expired).await, Exit::Refused, "your certificate has expired");
        says(&told(&world, Fault::Foreign).await, Exit::Refused, "who issued your certificate");
    }

    #[tokio::test]
    async fn a_house_that_is_not_the_profiles_is_told() {
        says(&told(&World::foreign(), Fault::None).await, Exit::Other, "is not the house");
    }

    #[tokio::test]
    async fn an_address_where_nobody_listens_or_something_else_does_is_told() {
        let world = World::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let greet = async {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap();
                stream.shutdown().await.unwrap();
            }
        };
        let mut session = world.session(&Fault::None, port, "whoami");
        let failed = tokio::select! {
            failed = session.call(GetSelfRequest {}) => failed.unwrap_err(),
            () = greet => unreachable!("it greets for ever"),
        };
        says(&failed, Exit::Other, "does not speak TLS");
        drop(listener);
        let failed = world.session(&Fault::None, port, "interview sign-off").call(SignOffRequest::default()).await.unwrap_err();
        says(&failed, Exit::TryAgain, "nobody answers");
        let told = failed.tell(Words { lang: Lang::En }, false);
        assert!(!told.contains("--request-id"), "nothing was sent: {told}");
    }

    #[tokio::test]
    async fn an_act_that_was_cut_off_says_how_to_find_out() {
        let world = World::new();
        let (port, door) = world.open(vec![Canned::HangUp]).await;
        let mut session = world.session(&Fault::None, port, "interview sign-off");
        let failed = tokio::select! {
            failed = session.call(SignOffRequest::default()) => failed.unwrap_err(),
            () = door => unreachable!("it stays open"),
        };
        says(&failed, Exit::TryAgain, "repeat the same command with --request-id");
    }

    #[tokio::test]
    async fn what_the_house_puts_off_is_asked_again_with_the_same_request_id() {
        let world = World::new();
        let mut tree = Tree::new();
        tree.append(leaf_hash(b"record"));
        let receipt = Some(world.receipt(&tree, b"record"));
        let put_off = || Canned::Refuse(refusal(Code::Unavailable, ErrorReason::Unavailable, Some(Duration::from_millis(1))));
        let answer = SignOffResponse { interview: None, receipt }.encode_to_vec();
        let (port, door) = world.open(vec![put_off(), put_off(), Canned::Say(vec![answer])]).await;
        let mut session = world.session(&Fault::None, port, "interview sign-off");
        tokio::select! {
            answered = session.call(SignOffRequest::default()) => answered.unwrap(),
            () = door => unreachable!("it stays open"),
        };
        let ids: Vec<_> = world.asked().iter().map(|asked| SignOffRequest::decode(asked.as_slice()).unwrap().request_id).collect();
        assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0] && id.len() == 36), "{ids:?}");
        assert_eq!(session.receipts.kept().unwrap().len(), 1);
        session.finish().unwrap();
    }

    #[tokio::test]
    async fn what_stays_put_off_fails_after_three_repeats_and_a_refusal_at_once() {
        let world = World::new();
        let put_off = || Canned::Refuse(refusal(Code::Unavailable, ErrorReason::Unavailable, Some(Duration::from_millis(1))));
        let (port, door) = world.open(vec![put_off(), put_off(), put_off(), put_off(), put_off()]).await;
        let mut session = world.session(&Fault::None, port, "interview sign-off");
        let failed = tokio::select! {
            failed = session.call(SignOffRequest::default()) => failed.unwrap_err(),
            () = door => unreachable!("it stays open"),
        };
        says(&failed, Exit::TryAgain, "--request-id");
        assert_eq!(world.asked().len(), 4);

        let denied = Canned::Refuse(refusal(Code::PermissionDenied, ErrorReason::PermissionDenied, Some(Duration::from_millis(1))));
        let (port, door) = world.open(vec![denied]).await;
        let mut session = world.session(&Fault::None, port, "interview sign-off");
        let failed = tokio::select! {
            failed = session.call(SignOffRequest::default()) => failed.unwrap_err(),
            () = door => unreachable!("it stays open"),
        };
        says(&failed, Exit::Refused, "you may not do this");
        assert_eq!(world.asked().len(), 5);
    }

    #[tokio::test]
    async fn an_answer_without_a_sound_receipt_is_handed_on_and_ends_with_an_error() {
        let world = World::new();
        let mut tree = Tree::new();
        tree.append(leaf_hash(b"another"));
        let receipt = Some(world.receipt(&tree, b"record"));
        let answer = GetSelfResponse { house: "houses/v".into(), receipt, ..GetSelfResponse::default() }.encode_to_vec();
        let (port, door) = world.open(vec![Canned::Say(vec![answer])]).await;
        let mut session = world.session(&Fault::None, port, "whoami");
        let answer = tokio::select! {
            answered = session.call(GetSelfRequest {}) => answered.unwrap(),
            () = door => unreachable!("it stays open"),
        };
        assert_eq!(answer.house, "houses/v");
        assert!(session.receipts.kept().unwrap().is_empty());
        says(&session.finish().unwrap_err(), Exit::Other, "a receipt did not verify");
    }
}

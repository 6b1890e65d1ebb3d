//! The contract of a Barnahus house: messages, services, and the table of methods.
//!
//! Made from `barnahus/v1/*.proto` by `build.rs`, without protoc. What a message or rpc means stands in those files; this crate adds
//! nothing but the buffers that messages take and [`METHODS`], the table from which the server's checks, the client's help and the tests of refusals are made.
//! It names no other room, and holds no rule.

mod codec;

/// The contract, version 1.
pub mod v1 {
    #![expect(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        reason = "generated; the .proto files say what each thing means"
    )]
    tonic::include_proto!("barnahus.v1");
    include!(concat!(env!("OUT_DIR"), "/debug.rs"));
}

/// The whole contract as an encoded `FileDescriptorSet`, with comments and our options.
pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.bin"));

/// `ErrorInfo.domain` of every error.
pub const ERROR_DOMAIN: &str = "barnahus.v1";

/// What an rpc leaves in the log (rule U1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recorded {
    /// One record that changes the house.
    Act,
    /// One record of a consultation.
    Read,
    /// One record for each page.
    List,
    /// One record at the start, and one for each group of changes in which text was shown.
    Stream,
}

/// One rpc.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// `/barnahus.v1.QuestionService/SubmitQuestion`.
    pub path: &'static str,
    /// `QuestionService`.
    pub service: &'static str,
    /// `SubmitQuestion`.
    pub name: &'static str,
    /// Full name of the request message.
    pub request: &'static str,
    /// Full name of the response message.
    pub response: &'static str,
    /// What the policies decide on, `question.submit`.
    pub permission: &'static str,
    /// The kind of the record that it leaves when it succeeds, `question.submitted`.
    pub kind: &'static str,
    /// What it leaves in the log.
    pub recorded: Recorded,
    /// True if it answers with a stream.
    pub streaming: bool,
    /// What it does, in a sentence or two.
    pub what: &'static str,
    /// Who may call it, in words.
    pub who: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/methods.rs"));

/// The rpc with this name, such as `SubmitQuestion`; names are unique across services.
#[must_use]
pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rpc_has_a_name_and_a_permission_of_its_own() {
        let names: std::collections::HashSet<_> = METHODS.iter().map(|method| method.name).collect();
        let permissions: std::collections::HashSet<_> = METHODS.iter().map(|method| method.permission).collect();
        assert_eq!(names.len(), METHODS.len());
        assert_eq!(permissions.len(), METHODS.len());
    }

    #[test]
    fn debug_of_a_private_message_hides_its_text() {
        let request = v1::SubmitQuestionRequest { parent: "houses/x".into(), text: "canary".into(), ..Default::default() };
        let shown = format!("{request:?}");
        assert!(shown.contains("houses/x") && !shown.contains("canary"), "{shown}");
    }
}

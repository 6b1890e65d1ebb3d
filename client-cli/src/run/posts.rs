//! Persons by their posts: who holds which, asked of the house.

use barnahus_proto::v1::{ListPostsRequest, Post};

use super::Fill as _;
use crate::{
    errors::{Exit, Failure},
    names::{Who, shorts},
    session::Session,
};

/// Every post, with who holds it.
pub(super) async fn list(session: &mut Session) -> Result<Vec<Post>, Failure> {
    let parent = session.house().to_owned();
    Ok(session.call(ListPostsRequest { parent }).await?.posts)
}

/// A person's full name; the house is asked only where a post was typed.
pub(super) async fn person(session: &mut Session, who: &Who) -> Result<String, Failure> {
    let posts = if matches!(who, Who::Post(_)) { list(session).await? } else { Vec::new() };
    holder(session, &posts, who)
}

/// A person's full name, by these posts.
pub(super) fn holder(session: &Session, posts: &[Post], who: &Who) -> Result<String, Failure> {
    let post = match who {
        Who::Person(person) => return Ok(session.full(person)),
        Who::Post(post) => post,
    };
    let name = session.full(post);
    let found = posts.iter().find(|post| post.name == name);
    let found = found.ok_or_else(|| Failure::new(Exit::NotFound, "fail-post-unknown").with("post", post))?;
    match found.holders.as_slice() {
        [holder] => Ok(holder.clone()),
        [] => Err(Failure::new(Exit::NotFound, "fail-post-unheld").with("post", post)),
        holders => Err(Failure::new(Exit::Usage, "fail-post-shared").with("post", post).with("holders", shorts(holders))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::{Fault, World};

    #[test]
    fn a_post_stands_for_the_one_who_holds_it() {
        let world = World::new();
        let session = world.session(&Fault::None, 1, "interview admit");
        let post = |id: &str, holders: &[&str]| Post {
            name: format!("houses/v/posts/{id}"),
            holders: holders.iter().map(|holder| format!("houses/v/persons/{holder}")).collect(),
            ..Post::default()
        };
        let posts = [post("one", &["p-1"]), post("two", &["p-1", "p-2"]), post("none", &[])];
        let held = |who: &str| holder(&session, &posts, &who.parse().unwrap()).map_err(|failure| failure.exit);
        assert_eq!(held("one").unwrap(), "houses/v/persons/p-1");
        assert_eq!(held("p-7").unwrap(), "houses/v/persons/p-7");
        assert_eq!([held("two"), held("none"), held("three")], [Err(Exit::Usage), Err(Exit::NotFound), Err(Exit::NotFound)]);
    }
}

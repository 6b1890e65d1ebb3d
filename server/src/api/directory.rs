//! The directory: who the caller is, what the house consists of, and who holds which post.
//!
//! Changes nothing, and knows people by their pseudonyms only (A6).

use std::sync::Arc;

use barnahus_domain::{
    HouseId, RoomId, Target, Time,
    code::Code as _,
    directory::Person,
    house::{Authority, Definition, House, Post, Room},
};
use barnahus_proto::v1::{self, directory_service_server::DirectoryService};
use tonic::{Request, Response, Status};

use super::{call::Desk, times::timestamp};
use crate::{
    clerk::{Draft, Scene},
    record::role_to,
};

/// The service.
pub struct Directory(pub Arc<Desk>);

#[tonic::async_trait]
impl DirectoryService for Directory {
    async fn get_self(&self, request: Request<v1::GetSelfRequest>) -> Result<Response<v1::GetSelfResponse>, Status> {
        let (call, _) = self.0.call(request, "GetSelf")?;
        let render = |scene: &Scene<'_>| {
            let viewer = &scene.viewer;
            let house = house_name(viewer.house);
            let person = viewer.house.person(&viewer.actor.person).map(|person| message(&house, person));
            Draft::plain(v1::GetSelfResponse { person, house, receipt: None })
        };
        self.0.show(&call, self.0.fields(), Target::House, render).await
    }

    async fn get_house(&self, request: Request<v1::GetHouseRequest>) -> Result<Response<v1::GetHouseResponse>, Status> {
        let (call, message) = self.0.call(request, "GetHouse")?;
        let mut fields = self.0.fields();
        let target = fields.house("name", &message.name);
        let render = |scene: &Scene<'_>| {
            let house = scene.viewer.house.definition().map(house);
            Draft::plain(v1::GetHouseResponse { house, receipt: None })
        };
        self.0.show(&call, fields, target, render).await
    }

    async fn list_posts(&self, request: Request<v1::ListPostsRequest>) -> Result<Response<v1::ListPostsResponse>, Status> {
        let (call, message) = self.0.call(request, "ListPosts")?;
        let mut fields = self.0.fields();
        let target = fields.house("parent", &message.parent);
        let render = |scene: &Scene<'_>| {
            let viewer = &scene.viewer;
            let posts: Vec<_> = viewer.house.posts().map(|known| post(viewer.house, known, viewer.now)).collect();
            let listed = posts.iter().map(|post| post.name.clone()).collect();
            Draft::plain(v1::ListPostsResponse { posts, receipt: None }).listing(listed)
        };
        self.0.show(&call, fields, target, render).await
    }
}

/// `houses/{house}`: what every other name begins with.
pub(super) fn house_name(house: &House) -> String {
    house.definition().map_or_else(String::new, |definition| name(&definition.id))
}

fn name(house: &HouseId) -> String {
    format!("houses/{house}")
}

/// A person in the contract's form. `house` is the house's name.
#[must_use]
pub fn message(house: &str, person: &Person) -> v1::Person {
    let mandates = person.mandates.iter().map(|mandate| v1::Mandate {
        post: format!("{house}/posts/{}", mandate.post),
        from: Some(timestamp(mandate.from)),
        until: Some(timestamp(mandate.until)),
    });
    v1::Person {
        name: format!("{house}/persons/{}", person.id),
        mandates: mandates.collect(),
        revoked_at: person.revoked_at.map(timestamp),
        certificate_ends_at: Some(timestamp(person.certificate_ends_at)),
    }
}

fn house(definition: &Definition) -> v1::House {
    let name = name(&definition.id);
    v1::House {
        display_name: definition.name.clone(),
        time_zone: definition.time_zone.clone(),
        alias_prefix: definition.alias_prefix.clone(),
        rooms: definition.rooms.iter().map(|known| room(&name, known)).collect(),
        authorities: definition.authorities.iter().map(|known| authority(&name, known)).collect(),
        name,
    }
}

fn room(house: &str, room: &Room) -> v1::Room {
    let name = |id: &RoomId| format!("{house}/rooms/{id}");
    v1::Room {
        name: name(&room.id),
        kind: room.kind.number(),
        paired_with: room.paired_with.as_ref().map(name).unwrap_or_default(),
        seats: room.seats.unwrap_or_default(),
        suits: room.suits.iter().map(|band| band.number()).collect(),
    }
}

fn authority(house: &str, authority: &Authority) -> v1::Authority {
    let name = format!("{house}/authorities/{}", authority.id);
    v1::Authority { name, display_name: authority.name.clone(), independent: authority.independent }
}

fn post(house: &House, post: &Post, now: Time) -> v1::Post {
    let within = house_name(house);
    v1::Post {
        name: format!("{within}/posts/{}", post.id),
        authority: format!("{within}/authorities/{}", post.authority),
        roles: post.roles.iter().map(|role| role_to(*role).into()).collect(),
        qualified: post.qualified.iter().map(|band| band.number()).collect(),
        languages: post.languages.clone(),
        on_call: post.on_call,
        holders: house.holders(&post.id, now).map(|person| format!("{within}/persons/{}", person.id)).collect(),
    }
}

//! `/{tenant}/admin/...`: what an administrator does with users, clients and assignments. Every change is recorded.

mod assignments;
mod clients;
mod keys;
mod page;
mod records;
mod users;

pub(crate) use assignments::{assign, list as assignments, unassign};
pub(crate) use clients::{approve, create as create_client, new_client, new_secret};
pub(crate) use keys::{list as keys, published, rotate};
pub(crate) use records::{commit, disable, enable, find, fresh, list, put, read};
pub(crate) use users::{create as create_user, new_password, read as read_user, reset_second_factor};

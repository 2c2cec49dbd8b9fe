//! The answer as it grows: what `@flatten` brings together, and fields that are asked for twice.

use theriac_core::json::{Node, Object};

#[derive(Debug, Default)]
pub struct Output(Vec<Member>);

#[derive(Debug)]
struct Member {
    name: String,
    values: Vec<Node<'static>>,
    is_list: bool,
    is_single: bool,
}

/// What becomes of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    One,
    List,
    /// `@singleton`: one, or it is an error.
    Single,
}

impl Output {
    pub fn add(&mut self, name: &str, shape: Shape, values: Vec<Node<'static>>) {
        if values.is_empty() {
            return;
        }
        let (is_list, is_single) = (shape == Shape::List, shape == Shape::Single);
        match self.0.iter_mut().find(|member| member.name == name) {
            // The same element asked for twice, each time for other parts of it.
            Some(member) if !member.is_list && !is_list && member.values.len() == 1 && values.len() == 1 => {
                if is_single {
                    member.values.extend(values);
                } else {
                    values.into_iter().for_each(|value| merge(&mut member.values[0], value));
                }
            }
            Some(member) => {
                member.values.extend(values);
                member.is_single |= is_single;
            }
            None => self.0.push(Member { name: name.to_owned(), values, is_list, is_single }),
        }
    }

    /// A list that is asked for twice is one list; only `@flatten` makes a longer one of it.
    pub fn add_again(&mut self, name: &str, shape: Shape, values: Vec<Node<'static>>) {
        match self.0.iter_mut().find(|member| member.name == name) {
            Some(member) if shape == Shape::List && member.values.len() == values.len() => {
                member.values.iter_mut().zip(values).for_each(|(own, value)| merge(own, value));
            }
            _ => self.add(name, shape, values),
        }
    }

    /// # Errors
    /// A field that must be one and is several.
    pub fn finish(self) -> Result<Object<'static>, String> {
        let mut object = Object::default();
        for mut member in self.0 {
            let node = match (member.is_single, member.is_list, member.values.len()) {
                (true, _, 2..) => return Err(format!("{} is marked @singleton and has several values", member.name)),
                (false, true, _) | (false, _, 2..) => Node::Array(member.values),
                _ => member.values.pop().unwrap_or(Node::Null),
            };
            object.set(&member.name, node);
        }
        Ok(object)
    }
}

fn merge(own: &mut Node<'static>, value: Node<'static>) {
    match (own, value) {
        (Node::Object(own), Node::Object(more)) => {
            for (name, value) in more.0 {
                match own.get_mut(&name) {
                    Some(slot) => merge(slot, value),
                    None => own.set(&name, value),
                }
            }
        }
        (Node::Array(own), Node::Array(more)) if own.len() == more.len() => {
            own.iter_mut().zip(more).for_each(|(own, value)| merge(own, value));
        }
        _ => {}
    }
}

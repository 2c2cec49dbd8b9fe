//! Rules at work, in their order, on each record by itself.

use super::World;
use super::rules::{Rule, Rules};
use super::tree::{Done, ROOT, Tree, Types};
use super::value;
use std::collections::HashMap;
use theriac_core::json::{self, Node};
use theriac_core::{Error, Result};

pub(super) fn all(rules: &Rules, tree: &mut Tree, world: &dyn World) -> Result<()> {
    for record in tree.records() {
        for rule in &rules.fhir_path_rules {
            let Some(path) = &rule.read else { continue };
            for node in path.select(tree, record, world)? {
                let mut at = Process { rules, rule, tree: &mut *tree, world };
                at.element(node).map_err(|error| error.at(rule.path.clone()))?;
            }
        }
    }
    Ok(())
}

fn id(tree: &Tree, record: usize) -> String {
    let id = tree.children(record).find(|kid| tree.nodes[*kid].name == "id");
    id.and_then(|kid| tree.text(kid)).unwrap_or_default().to_owned()
}

struct Process<'p> {
    rules: &'p Rules,
    rule: &'p Rule,
    tree: &'p mut Tree,
    world: &'p dyn World,
}

impl Process<'_> {
    /// The element and what is below it, as far as no rule before has touched it.
    fn element(&mut self, node: usize) -> Result<()> {
        if self.tree.nodes[node].is_touched {
            return Ok(());
        }
        if self.rule.does("substitute") {
            return self.substitute(node);
        }
        if self.rule.does("remove") {
            self.tree.nodes[node].is_gone = true;
            let around = self.tree.nodes[node].parent.unwrap_or(node);
            self.done(around, |done| done.redacted = true);
            return Ok(());
        }
        self.value(node)?;
        self.tree.nodes[node].is_touched = true;
        let kids: Vec<usize> = self.tree.children(node).collect();
        for kid in kids {
            if !self.tree.nodes[kid].is_record {
                self.element(kid)?;
            }
        }
        Ok(())
    }

    fn done(&mut self, node: usize, what: impl Fn(&mut Done)) {
        let record = self.tree.record_of(node);
        what(self.tree.done.entry(record).or_default());
    }

    fn value(&mut self, node: usize) -> Result<()> {
        let Some(value) = self.tree.nodes[node].value.clone() else {
            // A part that goes is a redaction, whatever it held.
            if self.rule.does("redact") && !self.tree.nodes[node].kids.is_empty() {
                self.done(node, |done| done.redacted = true);
            }
            return Ok(());
        };
        let text = match &value {
            Node::String(text) => text.to_string(),
            Node::Number(text) => text.to_string(),
            Node::Bool(value) => value.to_string(),
            _ => return Ok(()),
        };
        match self.rule.method.to_lowercase().as_str() {
            "redact" => self.redact(node, &text),
            "dateshift" => self.shift(node, &text),
            "cryptohash" => self.hash(node, &text)?,
            "encrypt" => {
                let sealed = value::encrypted(&text, &self.rules.parameters)?;
                self.put(node, Some(Node::string(sealed)), |done| done.encrypted = true);
            }
            "pseudonymize" => self.pseudonymize(node, &text)?,
            "generalize" => self.generalize(node, &value, &text)?,
            "perturb" => self.perturb(node, &text)?,
            _ => {}
        }
        Ok(())
    }

    fn put(&mut self, node: usize, value: Option<Node<'static>>, what: impl Fn(&mut Done)) {
        self.tree.nodes[node].value = value;
        self.done(node, what);
    }

    fn redact(&mut self, node: usize, text: &str) {
        let element = &self.tree.nodes[node];
        let parent = element.parent.map_or("", |parent| self.tree.nodes[parent].of.as_str());
        let (is_age, is_zip) = (parent == "Age" && element.name == "value", element.name == "postalCode");
        let left = value::redacted(&element.of, is_age, is_zip, text, &self.rules.parameters, self.world.this_year());
        match left {
            // Only of a place is the part that stays called an abstraction.
            Some(left) if is_age => self.put(node, Some(Node::Number(left.into())), |done| done.redacted = true),
            Some(left) if is_zip => self.put(node, Some(Node::string(left)), |done| done.abstracted = true),
            Some(left) => self.put(node, Some(Node::string(left)), |done| done.redacted = true),
            None => self.put(node, None, |done| done.redacted = true),
        }
    }

    fn shift(&mut self, node: usize, text: &str) {
        let of = self.tree.nodes[node].of.clone();
        if !matches!(of.as_str(), "date" | "dateTime" | "instant") {
            return;
        }
        // Of the whole, as the rules before this one have left it: what came in one Bundle is shifted alike.
        let id = id(self.tree, ROOT);
        match value::shifted(text, &of, &id, &self.rules.parameters, self.world.this_year()) {
            (Some(moved), true) => self.put(node, Some(Node::string(moved)), |done| done.perturbed = true),
            (Some(year), false) => self.put(node, Some(Node::string(year)), |done| done.redacted = true),
            (None, _) => self.put(node, None, |done| done.redacted = true),
        }
    }

    /// Does the text name a record, so that its id alone is changed? A URN does so in a `Reference` only.
    fn is_reference(&self, node: usize, text: &str) -> bool {
        let element = &self.tree.nodes[node];
        let parent = element.parent.map_or("", |parent| self.tree.nodes[parent].of.as_str());
        match (parent, element.name.as_str()) {
            ("Reference", "reference") => true,
            ("Bundle.entry", "fullUrl") | ("Bundle.entry.request", "url") | ("Bundle.entry.response", "location") => {
                !text.starts_with("urn:")
            }
            _ => false,
        }
    }

    fn hash(&mut self, node: usize, text: &str) -> Result<()> {
        let (parameters, most) = (&self.rules.parameters, self.rule.truncate_to_max_length);
        let hash = |text: &str| Ok(value::hashed(text, parameters, most));
        let hashed = if self.is_reference(node, text) { value::in_reference(text, hash)? } else { hash(text)? };
        self.put(node, Some(Node::string(hashed)), |done| done.hashed = true);
        Ok(())
    }

    fn pseudonymize(&mut self, node: usize, text: &str) -> Result<()> {
        let domain = self.rule.domain.as_deref().or(self.rule.namespace.as_deref()).unwrap_or_default();
        let change = |text: &str| self.world.pseudonym(domain, text);
        let shown = if self.is_reference(node, text) { value::in_reference(text, change)? } else { change(text)? };
        self.put(node, Some(Node::string(shown)), |done| done.pseudonymised = true);
        Ok(())
    }

    fn generalize(&mut self, node: usize, value: &Node<'static>, text: &str) -> Result<()> {
        let of = self.tree.nodes[node].of.clone();
        for (condition, expression) in self.rule.case_list() {
            // `$this` as a condition says that there is a value.
            if condition.trim() == "$this" || self.world.holds(value, &of, &condition)? {
                let general = self.world.value(value, &of, &expression)?;
                let general = general.map(|general| typed(value, general));
                self.put(node, general, |done| done.generalized = true);
                return Ok(());
            }
        }
        if self.rule.other_values.as_deref() != Some("keep") {
            self.redact(node, text);
        }
        Ok(())
    }

    /// Noise of the given span, evenly spread.
    fn perturb(&mut self, node: usize, text: &str) -> Result<()> {
        let Ok(number) = text.parse::<f64>() else { return Ok(()) };
        let span = self.rule.span.unwrap_or_default();
        let is_share = self.rule.range_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("proportional"));
        let span = if is_share { span * number.abs() } else { span };
        let random = u32::from_be_bytes(crate::secret::random::<4>()?);
        let noise = span * (f64::from(random) / f64::from(u32::MAX) - 0.5);
        let digits = usize::try_from(self.rule.round_to.unwrap_or(2).clamp(0, 28)).unwrap_or(2);
        let digits = if matches!(self.tree.nodes[node].of.as_str(), "decimal") { digits } else { 0 };
        let noisy = Node::Number(format!("{:.digits$}", number + noise).into());
        self.put(node, Some(noisy), |done| done.perturbed = true);
        Ok(())
    }

    /// Another value, or other parts; what earlier rules have touched stays.
    fn substitute(&mut self, node: usize) -> Result<()> {
        let Some(with) = &self.rule.replace_with else { return Ok(()) };
        let is_value = self.tree.nodes[node].of.starts_with(|c: char| c.is_ascii_lowercase());
        let text = match (with, is_value) {
            (serde_json::Value::String(text), false) => text.clone(),
            (other, _) => other.to_string(),
        };
        let with =
            json::parse(text.as_bytes()).map_err(|_| Error::invalid("replaceWith holds no parts of that type"))?;
        if is_value {
            self.tree.nodes[node].value = Some(with.into_owned());
        } else {
            let Node::Object(object) = with else {
                return Err(Error::invalid("replaceWith holds no parts of that type"));
            };
            self.prune(node);
            let mut object = object.clone();
            let kept: Vec<String> = self.tree.children(node).map(|kid| self.tree.nodes[kid].name.clone()).collect();
            object.0.retain(|(name, _)| !kept.iter().any(|kept| kept == name));
            let mut known = HashMap::new();
            self.tree.fill(node, &object, &mut Types { schema: self.world.schema(), known: &mut known });
        }
        self.touch(node);
        self.done(node, |done| done.substituted = true);
        Ok(())
    }

    /// Takes away what no rule has touched; is anything left?
    fn prune(&mut self, node: usize) -> bool {
        let kids: Vec<usize> = self.tree.children(node).collect();
        let mut left = false;
        for kid in kids {
            let below = self.prune(kid);
            let touched = self.tree.nodes[kid].is_touched && (self.tree.nodes[kid].value.is_some() || below);
            self.tree.nodes[kid].is_gone = !(touched || below);
            left |= touched || below;
        }
        left
    }

    fn touch(&mut self, node: usize) {
        self.tree.nodes[node].is_touched = true;
        let kids: Vec<usize> = self.tree.children(node).collect();
        kids.into_iter().for_each(|kid| self.touch(kid));
    }
}

/// Of the same kind as the value before.
fn typed(before: &Node<'static>, text: String) -> Node<'static> {
    match before {
        Node::Number(_) if text.parse::<f64>().is_ok() => Node::Number(text.into()),
        Node::Bool(_) if text == "true" || text == "false" => Node::Bool(text == "true"),
        _ => Node::string(text),
    }
}

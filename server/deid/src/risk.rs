//! How well a cohort hides its members: k-anonymity (Sweeney, IJUFKS 10(5), 2002), l-diversity (Machanavajjhala et al.,
//! ACM TKDD 1(1), 2007), t-closeness (Li, Li, Venkatasubramanian, ICDE 2007), and the risk of being found that follows.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One member: what others may know of it, and what they must not learn.
#[derive(Debug, Clone)]
pub struct Row {
    pub quasi: Vec<String>,
    pub sensitive: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    pub rows: usize,
    /// Groups of members who look alike.
    pub classes: usize,
    /// Members of the smallest group.
    pub k: usize,
    /// Members who look like nobody else.
    pub unique: usize,
    /// How likely it is that somebody who is known to be in the cohort is found: at most, and on average.
    pub highest_risk: f64,
    pub average_risk: f64,
    pub sensitive: Vec<Spread>,
}

/// Of one sensitive attribute.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// The fewest different values in a group.
    pub distinct_l: usize,
    /// e to the least entropy of a group.
    pub entropy_l: f64,
    /// The farthest that a group's values are from those of all: earth mover's distance, by order where all values are
    /// numbers, by equality otherwise.
    pub t: f64,
}

/// Nothing can be said of nobody.
#[allow(clippy::cast_precision_loss)]
pub fn of(rows: &[Row]) -> Option<Risk> {
    let mut classes: BTreeMap<&[String], Vec<&Row>> = BTreeMap::new();
    for row in rows {
        classes.entry(&row.quasi).or_default().push(row);
    }
    let k = classes.values().map(Vec::len).min()?;
    let columns = rows.first()?.sensitive.len();
    Some(Risk {
        rows: rows.len(),
        classes: classes.len(),
        k,
        unique: classes.values().filter(|class| class.len() == 1).count(),
        highest_risk: 1.0 / k as f64,
        average_risk: classes.len() as f64 / rows.len() as f64,
        sensitive: (0..columns).map(|column| spread(rows, classes.values(), column)).collect(),
    })
}

fn spread<'r>(rows: &[Row], classes: impl Iterator<Item = &'r Vec<&'r Row>>, column: usize) -> Spread {
    let value = |row: &Row| row.sensitive.get(column).cloned().unwrap_or_default();
    let all: Vec<String> = rows.iter().map(value).collect();
    let order = order(&all);
    let whole = shares(&all, &order);
    let mut spread = Spread { distinct_l: usize::MAX, entropy_l: f64::INFINITY, t: 0.0 };
    for class in classes {
        let own = shares(&class.iter().map(|row| value(row)).collect::<Vec<_>>(), &order);
        let present = own.iter().filter(|share| **share > 0.0);
        let entropy: f64 = present.clone().map(|share| -share * share.ln()).sum();
        spread.distinct_l = spread.distinct_l.min(present.count());
        spread.entropy_l = spread.entropy_l.min(entropy.exp());
        spread.t = spread.t.max(distance(&own, &whole, order.is_numeric));
    }
    spread
}

/// The values there are, numbers by size.
struct Order {
    values: Vec<String>,
    is_numeric: bool,
}

fn order(all: &[String]) -> Order {
    let mut values: Vec<String> = all.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
    let number = |text: &String| text.parse::<f64>().ok().filter(|n| n.is_finite());
    let is_numeric = values.iter().all(|value| number(value).is_some());
    if is_numeric {
        values.sort_by(|a, b| number(a).unwrap_or_default().total_cmp(&number(b).unwrap_or_default()));
    }
    Order { values, is_numeric }
}

#[allow(clippy::cast_precision_loss)]
fn shares(values: &[String], order: &Order) -> Vec<f64> {
    let count = |wanted: &String| values.iter().filter(|value| *value == wanted).count() as f64;
    order.values.iter().map(|value| count(value) / values.len() as f64).collect()
}

/// Sections 4.1 and 4.2 of the paper.
#[allow(clippy::cast_precision_loss)]
fn distance(own: &[f64], whole: &[f64], is_numeric: bool) -> f64 {
    let differences = own.iter().zip(whole).map(|(p, q)| p - q);
    if !is_numeric {
        return differences.map(f64::abs).sum::<f64>() / 2.0;
    }
    let mut moved = 0.0;
    let total: f64 = differences
        .map(|difference| {
            moved += difference;
            f64::abs(moved)
        })
        .sum();
    if own.len() < 2 { 0.0 } else { total / (own.len() - 1) as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(table: &[(&str, &str, &str)]) -> Vec<Row> {
        let row = |(zip, age, value): &(&str, &str, &str)| Row {
            quasi: vec![(*zip).to_owned(), (*age).to_owned()],
            sensitive: vec![(*value).to_owned()],
        };
        table.iter().map(row).collect()
    }

    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 5e-4, "{found}, not {wanted}");
    }

    /// Machanavajjhala et al. 2007, figure 2 (4-anonymous) and figure 3 (3-diverse inpatient microdata).
    #[test]
    fn inpatients_as_in_the_paper_on_l_diversity() {
        let four = [("130**", "<30", "HHVV"), ("1485*", ">=40", "CHVV"), ("130**", "3*", "CCCC")];
        let three = [("1305*", "<=40", "HVCC"), ("1485*", ">40", "CHVV"), ("1306*", "<=40", "HVCC")];
        let table = |classes: &[(&str, &str, &str)]| -> Vec<Row> {
            let rows = classes.iter().flat_map(|(zip, age, values)| {
                values
                    .chars()
                    .map(|v| Row { quasi: vec![(*zip).to_owned(), (*age).to_owned()], sensitive: vec![v.to_string()] })
            });
            rows.collect()
        };
        let (four, three) = (of(&table(&four)).unwrap(), of(&table(&three)).unwrap());
        assert_eq!((four.rows, four.classes, four.k, four.unique), (12, 3, 4, 0));
        assert_eq!((four.sensitive[0].distinct_l, three.sensitive[0].distinct_l), (1, 3));
        near(four.sensitive[0].entropy_l, 1.0);
        // A quarter, a quarter, a half: 2 to the power of 1.5.
        near(three.sensitive[0].entropy_l, 2.828);
        near(four.highest_risk, 0.25);
        near(four.average_risk, 0.25);
    }

    /// Li et al. 2007, section 4.3: of the salaries 3k to 11k, {3k, 4k, 5k} is 0.375 away and {6k, 8k, 11k} 0.167.
    #[test]
    fn salaries_as_in_the_paper_on_t_closeness() {
        let table = [
            ("476**", "2*", "3"),
            ("476**", "2*", "4"),
            ("476**", "2*", "5"),
            ("4790*", ">=40", "6"),
            ("4790*", ">=40", "8"),
            ("4790*", ">=40", "11"),
            ("476**", "3*", "7"),
            ("476**", "3*", "9"),
            ("476**", "3*", "10"),
        ];
        let all = rows(&table);
        near(of(&all).unwrap().sensitive[0].t, 0.375);
        let values: Vec<String> = all.iter().map(|row| row.sensitive[0].clone()).collect();
        let order = order(&values);
        let whole = shares(&values, &order);
        near(distance(&shares(&["6", "8", "11"].map(str::to_owned), &order), &whole, true), 0.167);
    }

    /// Sweeney 2002, figure 2: race, birth, gender, ZIP, and a quasi-identifier of k = 2.
    #[test]
    fn a_table_of_k_two_as_in_the_paper_on_k_anonymity() {
        let table = [
            ("Black1965m0214*", "", "short breath"),
            ("Black1965m0214*", "", "chest pain"),
            ("Black1965f0213*", "", "hypertension"),
            ("Black1965f0213*", "", "hypertension"),
            ("Black1964f0213*", "", "obesity"),
            ("Black1964f0213*", "", "chest pain"),
            ("White1964m0213*", "", "chest pain"),
            ("White1964m0213*", "", "obesity"),
            ("White1964m0213*", "", "short breath"),
            ("White1967m0213*", "", "chest pain"),
            ("White1967m0213*", "", "chest pain"),
        ];
        let risk = of(&rows(&table)).unwrap();
        assert_eq!((risk.rows, risk.classes, risk.k, risk.sensitive[0].distinct_l), (11, 5, 2, 1));
    }

    #[test]
    fn one_who_is_like_nobody_is_found() {
        let risk = of(&rows(&[("1", "a", "x"), ("1", "a", "y"), ("2", "a", "x")])).unwrap();
        assert_eq!((risk.k, risk.unique), (1, 1));
        near(risk.highest_risk, 1.0);
        assert_eq!(of(&[]), None);
    }
}

//! Special parameters: `near` on Location. <http://hl7.org/fhir/R4/location.html#positional>
//!
//! `latitude|longitude|distance|units`, in that order. Positions stand as points on the unit sphere, so that
//! "within a distance" is "within a chord": the haversine formula without trigonometry in the database.

use super::super::catalogue::Prepared;
use super::super::criterion::{Criterion, Sphere};
use super::super::index::{Index, Place};
use super::super::query::Modifier;
use super::super::value::split;
use super::{Context, number, refuse};
use theriac_core::error::Result;
use theriac_core::json::Node;
use theriac_units::{Exact, Unit};

/// The one special parameter that resources leave values for.
pub const NEAR: &str = "near";

/// Mean radius R1 of the Earth in metres (Moritz 2000, Geodetic Reference System 1980, Journal of Geodesy 74).
const RADIUS: f64 = 6_371_008.8;

/// How far is near where the caller leaves it to the server.
const USUAL: f64 = 50_000.0;

pub fn index(_: &Prepared, node: &Node<'_>, _: &Context<'_>, index: &mut Index) {
    let degrees = |name| node.get(name).and_then(Node::as_number).and_then(number::value);
    let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) else { return };
    if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 {
        let [x, y, z] = point(latitude, longitude);
        index.places.push(Place { x, y, z });
    }
}

fn point(latitude: f64, longitude: f64) -> [f64; 3] {
    let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

pub fn criterion(prepared: &Prepared, _: &Modifier, values: &[&str], _: &Context<'_>) -> Result<Criterion> {
    let one = |value: &&str| sphere(value).ok_or_else(|| refuse(prepared, FORMS));
    Ok(Criterion::Near { any: values.iter().map(one).collect::<Result<_>>()? })
}

const FORMS: &str = "latitude|longitude|distance|unit in degrees and a UCUM unit of length, such as \
                     42.2565|-83.6948|11.2|km; without a unit the distance is in km, without a distance it is 50 km";

fn sphere(value: &str) -> Option<Sphere> {
    let parts = split(value, '|');
    let degrees = |at: usize, most: f64| number::plain(parts.get(at)?).filter(|v| v.abs() <= most);
    let (latitude, longitude) = (degrees(0, 90.0)?, degrees(1, 180.0)?);
    let unit = parts.get(3).filter(|unit| !unit.is_empty()).unwrap_or(&"km");
    let distance = match parts.get(2).filter(|text| !text.is_empty()) {
        Some(text) => metres(text, unit)?,
        None if parts.get(3).is_some_and(|unit| !unit.is_empty()) => return None,
        None => USUAL,
    };
    let half = (distance / (2.0 * RADIUS)).min(std::f64::consts::FRAC_PI_2);
    let chord = if half < std::f64::consts::FRAC_PI_2 { 2.0 * half.sin() } else { 3.0 };
    (parts.len() <= 4 && distance >= 0.0).then(|| Sphere { point: point(latitude, longitude), chord2: chord * chord })
}

fn metres(text: &str, unit: &str) -> Option<f64> {
    number::plain(text)?;
    let metres = Unit::cached(unit)?.convert(Exact::parse(text)?, Unit::cached("m")?.as_ref())?;
    Some(metres.to_f64()).filter(|m| m.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The haversine formula as R. W. Sinnott gave it, Sky and Telescope 68 (1984), p. 159.
    fn haversine(a: (f64, f64), b: (f64, f64)) -> f64 {
        let half = |x: f64| (x.to_radians() / 2.0).sin().powi(2);
        let h = half(b.0 - a.0) + a.0.to_radians().cos() * b.0.to_radians().cos() * half(b.1 - a.1);
        2.0 * RADIUS * h.sqrt().asin()
    }

    #[test]
    fn a_chord_measures_what_the_haversine_formula_measures() {
        let places =
            [(42.2565, -83.6948), (42.3314, -83.0458), (-33.87, 151.21), (0.0, 179.9), (0.0, -179.9), (89.9, 10.0)];
        for a in places {
            for b in places {
                let metres = haversine(a, b);
                let at = |distance: f64| sphere(&format!("{}|{}|{distance}|m", a.0, a.1)).unwrap();
                let [x, y, z] = point(b.0, b.1);
                let inside = |distance: f64| at(distance).holds(&Place { x, y, z });
                assert!(
                    inside(metres * 1.000_001 + 0.001) && (metres == 0.0 || !inside(metres * 0.999_999)),
                    "{a:?} {b:?}"
                );
            }
        }
    }

    #[test]
    fn latitude_comes_first_and_units_count() {
        let km = sphere("42.2565|-83.6948|11.2|km").unwrap();
        assert_eq!(km.chord2, sphere("42.2565|-83.6948|11200|m").unwrap().chord2);
        assert_eq!(km, sphere("42.2565|-83.6948|11.2").unwrap());
        assert!(sphere("42|-83|1|[mi_i]").unwrap().chord2 > sphere("42|-83|1|km").unwrap().chord2);
        assert!(sphere("42|-83|30000|km").unwrap().chord2 > 4.0, "the whole Earth");
        for text in ["", "1", "-183.7|42.2|1|km", "1|2|3|kg", "1|2|-3|km", "1|2|3|km|x", "a|2", "1|2||km", "1|2|nan"] {
            assert_eq!(sphere(text), None, "{text}");
        }
    }
}

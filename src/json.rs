use serde_json::Value;

/// A whole number, also when it is written as `120.0` or in a string, as the vendor's JSON has it
/// (PROTOCOL 4.4 and 14).
pub(crate) fn as_whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.parse().ok().or_else(|| whole(text.parse().ok()?)),
        _ => None,
    }
}

fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= MAX_EXACT).then_some(number as i64)
}

// Up to 2^53 every whole number is exact.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

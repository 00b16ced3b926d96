//! The Kotlin and Swift face of `scan-login`. Conversions only; the logic is in the core.

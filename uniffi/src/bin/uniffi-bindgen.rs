//! Generates the bindings; `bindings/generate` calls it.

fn main() {
    uniffi::uniffi_bindgen_main()
}

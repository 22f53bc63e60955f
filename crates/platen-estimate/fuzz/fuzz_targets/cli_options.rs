#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = platen_estimate::cli::parse_options(text);
});

#![no_main]

libfuzzer_sys::fuzz_target!(|document: &[u8]| {
    platen_estimate_fuzz::read(document, platen_estimate::Format::Jpeg);
});

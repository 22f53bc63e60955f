#![no_main]

libfuzzer_sys::fuzz_target!(|rest: &[u8]| {
    platen_estimate_fuzz::find_out(&[b"\x1b%-12345X@PJL ", rest].concat());
});
